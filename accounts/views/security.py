"""Security: the password, the second factor, the address, and where one is logged in (ACC-4)."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import current_user
from accounts.security_forms import ChangePasswordForm
from accounts.services.factor_settings import read_status
from accounts.services.password import PasswordRefused, change_password, has_portal_password
from accounts.services.second_factor import may_choose_second_factor
from accounts.services.sessions import devices_of, end_other_sessions, note_session


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """What guards the account, each with the way to change it."""
    user = current_user(request)
    devices = devices_of(user, here=request.session.session_key)
    if not any(device.here for device in devices):  # it began before devices were written down
        note_session(request, user)
        devices = devices_of(user, here=request.session.session_key)
    context = {
        "has_password": has_portal_password(user),
        "password_page": settings.SSO.password_url if settings.SSO else "",
        "second_factor_offered": may_choose_second_factor(user),
        "status": read_status(user),
        "devices": devices,
    }
    return render(request, "accounts/security.html", context)


@login_required
@require_POST
def log_out_others(request: HttpRequest) -> HttpResponse:
    """Log out other devices."""
    end_other_sessions(request, current_user(request))
    messages.success(request, _("Every other browser and phone is logged out."))
    return redirect("security")


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def edit_password(request: HttpRequest) -> HttpResponse:
    """Change Password: current, new, confirm. This session goes on, all others end."""
    user = current_user(request)
    if not has_portal_password(user):
        messages.info(request, _("Your password is not kept here. The Security page says where to change it."))
        return redirect("security")
    form = ChangePasswordForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_password(user, password=form.cleaned_data["password1"], keep=request.session.session_key)
        except PasswordRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            update_session_auth_hash(request, changed)
            messages.success(request, _("Your password is changed. Every other browser and phone is logged out."))
            return redirect("security")
    return render(request, "accounts/change_password.html", {"form": form})
