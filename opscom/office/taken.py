"""Every file that a member of staff takes out of the portal is written down, whichever page gave it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from accounts.acting import real_user
from opscom.lib.taken import name_of
from opscom.models import ReportDownload

FILES = {
    "text/csv": ReportDownload.File.CSV,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ReportDownload.File.XLSX,
    "application/pdf": ReportDownload.File.PDF,
}
NOTED = {"upload_file", "forms:file"}  # the document's owner is told who has looked
LONGEST, LONGEST_ASKED = 40, 500


class FilesTakenMiddleware:
    """A row for each file, before it is sent; of a picture on a page none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if "Content-Disposition" in answer.headers and answer.status_code == 200:
            _note(request, answer)
        return answer


def _note(request: HttpRequest, answer: HttpResponseBase) -> None:
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    shown = kind.startswith("image/") and answer.headers["Content-Disposition"].startswith("inline")
    match = request.resolver_match
    view = match.view_name if match else ""
    by = real_user(request)
    if by is None or not by.is_staff or shown or view in NOTED or request.method == "HEAD":
        return
    report, asked = name_of(answer) or (view.removeprefix("admin:"), request.get_full_path())
    file = FILES.get(kind, ReportDownload.File.OTHER)
    ReportDownload.objects.create(report=report[:LONGEST], asked=asked[:LONGEST_ASKED], file=file, by=by)
