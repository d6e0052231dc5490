"""The one-time password page (MFA-3 to MFA-6)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.current import current_user
from accounts.forms import OneTimePasswordForm
from accounts.navigation import safe_path
from accounts.services.second_factor import (
    CodeRefused,
    enter_one_time_password,
    send_one_time_password,
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """The code from the e-mail opens this session (MFA-5). Looking at the page sends no code."""
    if not request.second_factor_missing:  # type: ignore[attr-defined]
        return redirect(_onward(request))
    form = OneTimePasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            enter_one_time_password(request, form.cleaned_data["code"])
        except CodeRefused as refusal:
            form.add_error("code", str(refusal))
        else:
            request.session.cycle_key()  # a session that may do more gets a new name
            return redirect(_onward(request))
    return render(request, "accounts/one_time_password.html", {"form": form})


@login_required
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Send One-Time Password To Email."""
    user = current_user(request)
    if not request.second_factor_missing:  # type: ignore[attr-defined]
        return redirect(_onward(request))
    try:
        send_one_time_password(user)
    except CodeRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("A one-time password is on its way to %(email)s.") % {"email": user.email})
    return redirect("one_time_password")


def _onward(request: HttpRequest) -> str:
    """The page that was asked for before the code, else Home; for staff, the office."""
    path = safe_path(request, request.session.pop("after_one_time_password", ""))
    return path or reverse("admin:index" if current_user(request).is_staff else "home")
