"""Download My Data."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.current import current_user
from accounts.models import DataExport
from opscom.lib.dates import today
from opscom.office.people.exporting import ask_for_export
from opscom.views.confirmation import confirmation_form


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def my_data(request: HttpRequest) -> HttpResponse:
    """Ask for a copy, see how far it is, get it."""
    user, form = current_user(request), confirmation_form(request)
    latest = DataExport.objects.for_user(user).exclude(state=DataExport.State.OVER).first()
    waiting = latest is not None and latest.state == DataExport.State.WAITING
    if request.method == "POST" and form.is_valid():
        ask_for_export(user, language=get_language() or "en")
        messages.success(request, _("Your copy is being prepared. An e-mail says when it is ready."))
        return redirect("my_data")
    if "waiting" in request.GET and not waiting:
        return redirect("my_data")
    ready = latest if latest and latest.expires_at and latest.expires_at > timezone.now() else None
    context = {"form": form, "waiting": latest if waiting else None, "ready": ready}
    return render(request, "people/my_data.html", context)


@login_required
@require_safe
def download(request: HttpRequest, code: str) -> FileResponse:
    """The copy, for the person alone, as long as it is there."""
    exports = DataExport.objects.for_user(current_user(request)).there(timezone.now())
    export = get_object_or_404(exports, code=code)
    return FileResponse(export.file.open("rb"), as_attachment=True, filename=f"my-data-{today()}.zip")
