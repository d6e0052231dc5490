"""The one-time password page (MFA-3 to MFA-6)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.current import current_user
from accounts.navigation import safe_path
from accounts.security_forms import OneTimePasswordForm
from accounts.services.factor_settings import read_status
from accounts.services.second_factor import (
    CodeRefused,
    enter_one_time_password,
    may_choose_second_factor,
    send_one_time_password,
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """The code opens this session (MFA-5). Looking at the page sends none."""
    user = current_user(request)
    if not request.second_factor_missing:  # type: ignore[attr-defined]
        return redirect(_onward(request))
    status = read_status(user)
    form = OneTimePasswordForm(request.POST if request.method == "POST" else None, status=status)
    if request.method == "POST" and form.is_valid():
        try:
            enter_one_time_password(request, form.cleaned_data["code"])
        except CodeRefused as refusal:
            form.add_error("code", str(refusal))
        else:
            return redirect(_onward(request))
    return render(request, "accounts/one_time_password.html", {"form": form, "status": status})


@login_required
@sensitive_post_parameters("current")
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Send One-Time Password To Email: at the gate, or (with the choice made so far) from the settings."""
    user, option = current_user(request), request.POST.get("option")
    from_settings = bool(option) and may_choose_second_factor(user)
    if not from_settings and not request.second_factor_missing:  # type: ignore[attr-defined]
        return redirect(_onward(request))
    try:
        send_one_time_password(user)
    except CodeRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("A one-time password is on its way to %(email)s.") % {"email": user.email})
    if from_settings:
        return redirect(f"{reverse('multiauth')}?{urlencode({'option': option or ''})}")
    return redirect("one_time_password")


def _onward(request: HttpRequest) -> str:
    """The page that was asked for before the code, else Home; for staff, the office."""
    path = safe_path(request, request.session.pop("after_one_time_password", ""))
    return path or reverse("admin:index" if current_user(request).is_staff else "home")
