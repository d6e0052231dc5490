"""The settings of the second factor (MFA-1, MFA-2)."""

import time

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.current import current_user
from accounts.models import User
from accounts.security_forms import AuthenticatorForm, SecondFactorForm
from accounts.services import factor_settings
from accounts.services.factor_settings import Option, read_status
from accounts.services.second_factor import CodeRefused, enter_one_time_password, may_choose_second_factor

SETUP_KEY, SETUP_SECONDS = "authenticator_setup", 900


@login_required
@sensitive_post_parameters("current", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """The status and what can be changed. Open before the one-time password is entered, but each change needs one."""
    user = current_user(request)
    if not may_choose_second_factor(user):
        raise Http404
    status = read_status(user)
    form = SecondFactorForm(
        request.POST if request.method == "POST" else None,
        user=user,
        status=status,
        initial={"option": request.GET.get("option")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            enter_one_time_password(request, form.cleaned_data["code"])
            return _change(request, user, form.cleaned_data["option"])
        except CodeRefused as refusal:
            form.add_error("code", str(refusal))
    return render(request, "accounts/multiauth.html", {"form": form, "status": status})


def _change(request: HttpRequest, user: User, option: str) -> HttpResponse:
    """Do what was chosen and show what follows."""
    if option == Option.ADD_APP:
        device = factor_settings.begin_authenticator(user)
        request.session[SETUP_KEY] = [device.pk, int(time.time())]
        return redirect("authenticator")
    if option == Option.BACKUP_CODES:
        codes = factor_settings.renew_backup_codes(user)
        return render(request, "accounts/backup_codes.html", {"codes": codes})
    change = {
        Option.ENABLE: factor_settings.enable_second_factor,
        Option.DISABLE: factor_settings.disable_second_factor,
        Option.REMOVE_APP: factor_settings.remove_authenticator,
    }[Option(option)]
    change(user)
    messages.success(request, _("Your settings are changed."))
    return redirect("multiauth")


@login_required
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def authenticator(request: HttpRequest) -> HttpResponse:
    """The square code for the app, and the code from the app that makes it count. Only the session that asked for it sees
    the secret, for 15 minutes."""
    device = _device_in_setup(request)
    if device is None:
        messages.info(request, _("This page is over. Choose Set Up Authenticator App once more."))
        return redirect("multiauth")
    form = AuthenticatorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = factor_settings.confirm_authenticator(
                current_user(request), device_id=device.pk, code=form.cleaned_data["code"]
            )
        except CodeRefused as refusal:
            form.add_error("code", str(refusal))
        else:
            del request.session[SETUP_KEY]
            messages.success(request, _("Your authenticator app is set up."))
            return render(request, "accounts/backup_codes.html", {"codes": codes}) if codes else redirect("multiauth")
    secret = factor_settings.authenticator_secret(device)
    picture = segno.make(factor_settings.authenticator_link(device), error="m")
    svg = picture.svg_inline(border=3, omitsize=True, dark="#000", light="#fff", svgclass="qr-code", lineclass=None)
    groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    context = {"form": form, "picture": mark_safe(svg), "groups": groups}  # noqa: S308 (drawn by segno alone)
    return render(request, "accounts/authenticator.html", context)


def _device_in_setup(request: HttpRequest) -> TOTPDevice | None:
    """The unconfirmed app of this session, if it was asked for a moment ago."""
    pk, since = request.session.get(SETUP_KEY, (0, 0))
    if time.time() - since > SETUP_SECONDS or not may_choose_second_factor(current_user(request)):
        return None
    return TOTPDevice.objects.filter(user=current_user(request), pk=pk, confirmed=False).first()
