"""Account Uploads: documents for the parking office (UPL-1, UPL-2)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import current_user
from accounts.models import AccountUpload
from accounts.services.uploads import MOST_FILES, UploadRefused, delete_upload, note_view, receive_files
from opscom.lib.office import office
from opscom.lib.serving import send_file, show_picture

VIEW_RIGHT = "accounts.view_accountupload"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Select Files to Upload, Upload File, and what was uploaded."""
    _or_404()
    user = current_user(request)
    if request.method != "POST":
        context = {"uploads": AccountUpload.objects.for_user(user)[:MOST_FILES]}
        return render(request, "accounts/uploads.html", context)
    files = request.FILES.getlist("files")
    if not files:
        messages.error(request, _("Select at least one file, then press Upload File."))
    kept, refused = receive_files(user, files=files, by=user)
    if kept:
        text = ngettext("%(count)d file is uploaded.", "%(count)d files are uploaded.", len(kept))
        messages.success(request, text % {"count": len(kept)})
    for refusal in refused:
        messages.error(request, str(refusal))
    if (
        request.headers.get("Accept") == "application/json"
    ):  # the progress bar's request; the next page shows the messages
        return JsonResponse({"next": reverse("uploads")})
    return redirect("uploads")


@login_required
@require_safe
def download(request: HttpRequest, code: str) -> FileResponse:
    """The document itself, never shown by the browser in our name. Its owner notices when staff have looked."""
    upload = _visible_or_404(request, code)
    response = send_file(upload.file, name=upload.name, kind=upload.of_kind.content_type)
    if current_user(request) != upload.user and request.method == "GET":
        note_view(upload, by=current_user(request))
    return response


@login_required
@require_safe
def show_thumb(request: HttpRequest, code: str) -> FileResponse:
    """The small picture beside its name; drawn by us, so it may be shown."""
    return show_picture(_visible_or_404(request, code).thumb)


@login_required
@require_POST
def delete(request: HttpRequest, code: str) -> HttpResponse:
    """Take a document back, while the office has not used it."""
    _or_404()
    user = current_user(request)
    upload = get_object_or_404(AccountUpload.objects.for_user(user), code=code)
    try:
        delete_upload(upload, by=user)
    except UploadRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(name)s is deleted.") % {"name": upload.name})
    return redirect("uploads")


def _or_404() -> None:
    """Switched off, there is no page and no endpoint."""
    if not office().uploads_enabled:
        raise Http404


def _visible_or_404(request: HttpRequest, code: str) -> AccountUpload:
    """A document that may be opened, for its owner and for staff with the right; nothing for anybody else."""
    _or_404()
    user = current_user(request)
    upload = get_object_or_404(AccountUpload.objects.select_related("user"), code=code)
    if not upload.is_open or not (upload.user == user or (user.is_staff and user.has_perm(VIEW_RIGHT))):
        raise Http404
    return upload
