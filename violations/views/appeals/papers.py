"""Evidence of an appeal, and the letter with its decision."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from opscom.lib.serving import PRIVATE, send_file, show_picture
from violations.models import AppealFile
from violations.papers.letters import appeal_letter
from violations.services.appeals.evidence import can_be_opened
from violations.views.appeals.access import visible_or_404


@require_safe
def show_evidence(request: HttpRequest, code: str, file: str) -> FileResponse:
    """One file, never shown by the browser in our name."""
    row = _file_or_404(request, code, file)
    if not can_be_opened(row):
        raise Http404
    return send_file(row.file, name=row.name, kind=row.of_kind.content_type)


@require_safe
def show_evidence_thumb(request: HttpRequest, code: str, file: str) -> FileResponse:
    """The small picture beside its name; drawn by us, so it may be shown."""
    return show_picture(_file_or_404(request, code, file).thumb)


@require_safe
def show_letter(request: HttpRequest, code: str) -> HttpResponse:
    """The decision on paper."""
    appeal = visible_or_404(request, code)
    if not appeal.is_decided:
        raise Http404
    name = f'inline; filename="appeal-{appeal.violation.number}-{appeal.level}.pdf"'
    headers = PRIVATE | {"Content-Disposition": name}
    return HttpResponse(appeal_letter(appeal), content_type="application/pdf", headers=headers)


def _file_or_404(request: HttpRequest, code: str, file: str) -> AppealFile:
    row: AppealFile = get_object_or_404(AppealFile, appeal=visible_or_404(request, code), code=file)
    return row
