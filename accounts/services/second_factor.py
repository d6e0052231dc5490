"""One-time passwords by e-mail (MFA-3 to MFA-6), on django-otp's e-mail device."""

import math
from typing import cast

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp import login as otp_login
from django_otp.plugins.otp_email.models import EmailDevice

from accounts.models import User
from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail
from opscom.lib.errors import PortalError
from opscom.lib.office import office

PASSED_ELSEWHERE = "second_factor_passed_elsewhere"


class CodeRefused(PortalError):
    """The one-time password does not open the door, or may not be sent again yet."""


def needs_one_time_password(user: User) -> bool:
    """Staff always; others when they turned it on and the office offers it. Not again in a session that entered one (MFA-5)."""
    if user.is_verified():  # added by django-otp's middleware
        return False
    return has_second_factor(user)


def trust_second_factor(request: HttpRequest) -> None:
    """The single sign-on provider has asked this person for a second factor, the operator says; ours is not asked on top."""
    request.session[PASSED_ELSEWHERE] = request.user.pk


def passed_elsewhere(request: HttpRequest) -> bool:
    """Whether that holds for this session. Never for staff, not even for those who became staff meanwhile."""
    user = cast(User, request.user)
    return not user.is_staff and request.session.get(PASSED_ELSEWHERE) == user.pk


def has_second_factor(user: User) -> bool:
    """Whether a one-time password follows this person's password at each login."""
    return user.is_staff or (user.second_factor and office().multifactor)


def may_choose_second_factor(user: User) -> bool:
    """Whether this person finds the settings of the second factor; without the office's leave only staff do (MFA-1)."""
    return user.is_staff or office().multifactor


@transaction.atomic
def send_one_time_password(user: User) -> None:
    """Mail a new code, valid for 15 minutes; every older one is void (MFA-3). CodeRefused while the last one is fresh."""
    device = _locked_device(user)
    allowed, data = device.generate_is_allowed()
    if not allowed:
        wait = math.ceil((data["next_generation_at"] - timezone.now()).total_seconds()) if data else 30
        raise CodeRefused(
            _("A code is on its way. You can ask for another one in %(seconds)s seconds.") % {"seconds": wait},
            code="cooldown",
        )
    device.generate_token(length=6, valid_secs=900, commit=False)
    device.cooldown_set(commit=False)
    device.save()
    queue_mail(
        MailKind.ONE_TIME_PASSWORD,
        to=user.email,
        language=user.language,
        user=user,
        context={"code": device.token, "name": user.get_short_name(), "minutes": 15},
    )


def enter_one_time_password(request: HttpRequest, code: str) -> None:
    """Let this session through with the right code, once. A miss makes the next try wait; the row is locked, so many
    tries at once count one by one. CodeRefused says what to do."""
    with transaction.atomic():
        device = _locked_device(cast(User, request.user))
        allowed, _data = device.verify_is_allowed()
        right = bool(allowed) and device.verify_token(code.strip().replace(" ", ""))
    if not allowed:
        raise CodeRefused(_("Too many tries. Wait a moment, then enter the code again."), code="throttled")
    if not right:
        raise CodeRefused(
            _("This code does not match, or its 15 minutes are over. Enter it again, or send a new one."), code="wrong"
        )
    otp_login(request, device)


def _locked_device(user: User) -> EmailDevice:
    """The person's e-mail device, made if there is none: it sends to the account's own address."""
    EmailDevice.objects.get_or_create(user=user, defaults={"name": "e-mail"})
    device: EmailDevice = EmailDevice.objects.select_for_update().get(user=user)
    return device
