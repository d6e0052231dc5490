"""Evidence of an appeal, and the letter with its decision."""

from django.core.files.base import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from violations.letters import appeal_letter
from violations.models import AppealFile
from violations.services.appeals.evidence import can_be_opened
from violations.views.appeals.access import visible_or_404

HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}


@require_safe
def show_evidence(request: HttpRequest, code: str, file: str) -> FileResponse:
    """One file, never shown by the browser in our name."""
    row = _file_or_404(request, code, file)
    kind = row.of_kind.content_type
    content = _open_or_404(row.file) if can_be_opened(row) else _nothing()
    return FileResponse(content, as_attachment=True, filename=row.name, content_type=kind, headers=HEADERS)


@require_safe
def show_evidence_thumb(request: HttpRequest, code: str, file: str) -> FileResponse:
    """The small picture beside its name; drawn by us, so it may be shown."""
    thumb = _open_or_404(_file_or_404(request, code, file).thumb)
    return FileResponse(thumb, content_type="image/jpeg", headers=HEADERS)


@require_safe
def show_letter(request: HttpRequest, code: str) -> HttpResponse:
    """The decision on paper."""
    appeal = visible_or_404(request, code)
    if not appeal.is_decided:
        raise Http404
    name = f'inline; filename="appeal-{appeal.violation.number}-{appeal.level}.pdf"'
    headers = HEADERS | {"Content-Disposition": name}
    return HttpResponse(appeal_letter(appeal), content_type="application/pdf", headers=headers)


def _file_or_404(request: HttpRequest, code: str, file: str) -> AppealFile:
    row: AppealFile = get_object_or_404(AppealFile, appeal=visible_or_404(request, code), code=file)
    return row


def _open_or_404(file: "File[bytes]") -> "File[bytes]":
    """The stored file; 404 for one that is gone."""
    try:
        return file.open("rb") if file else _nothing()
    except FileNotFoundError as error:
        raise Http404 from error


def _nothing() -> "File[bytes]":
    raise Http404
