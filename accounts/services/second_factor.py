"""The second factor at the door (MFA-3 to MFA-6): one-time passwords by e-mail, from an authenticator app, or off the list of
backup codes. django-otp keeps them; the row of the e-mail device is each person's gate: it is locked for every try and holds
the one counter of misses."""

import logging
import math
import re
from datetime import datetime
from typing import cast

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_otp import login as otp_login
from django_otp.plugins.otp_email.models import EmailDevice
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import AccountEvent, User
from accounts.models.mail import MailKind
from accounts.services.history import note_event
from accounts.services.mail import queue_mail_to
from opscom.lib.errors import PortalError
from opscom.lib.network import client_address
from opscom.lib.office import office

PASSED_ELSEWHERE = "second_factor_passed_elsewhere"
logger = logging.getLogger(__name__)
BACKUP_DIGITS = 10
MOST_MISSES = 10  # the wait doubles with each miss and ends at 2**9 seconds, so nobody locks the owner out for a day
TELLING_MISSES = 5


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


def is_second_factor_missing(request: HttpRequest) -> bool:
    """Whether this session still owes one."""
    user = cast(User, request.user)
    return user.is_authenticated and needs_one_time_password(user) and not passed_elsewhere(request)


def has_second_factor(user: User) -> bool:
    """Whether a one-time password follows this person's password at each login."""
    return user.is_staff or ((user.second_factor or _is_required(user)) and office().multifactor)


def must_have_second_factor(user: User) -> bool:
    """Whether it is not theirs to turn off: staff, and the user types of which the office requires it."""
    return user.is_staff or (_is_required(user) and office().multifactor)


def _is_required(user: User) -> bool:
    return bool(user.user_type and user.user_type.second_factor_required)


def may_choose_second_factor(user: User) -> bool:
    """Whether this person finds the settings of the second factor; without the office's leave only staff do (MFA-1)."""
    return user.is_staff or office().multifactor


def send_code_at_login(user: User) -> bool:
    """Whether the login itself mails a code: not to somebody whose phone shows one."""
    return has_second_factor(user) and not TOTPDevice.objects.filter(user=user, confirmed=True).exists()


@transaction.atomic
def send_one_time_password(user: User) -> None:
    """Mail a new code, valid for 15 minutes; every older one is void (MFA-3). CodeRefused while the last one is fresh."""
    gate = lock_gate(user)
    allowed, data = gate.generate_is_allowed()
    if not allowed:
        wait = math.ceil((data["next_generation_at"] - timezone.now()).total_seconds()) if data else 30
        raise CodeRefused(
            _("A code is on its way. You can ask for another one in %(seconds)s seconds.") % {"seconds": wait},
            code="cooldown",
        )
    gate.generate_token(length=6, valid_secs=900, commit=False)
    gate.cooldown_set(commit=False)
    gate.save()
    queue_mail_to(user, MailKind.ONE_TIME_PASSWORD, context={"code": gate.token, "minutes": 15})


def enter_one_time_password(request: HttpRequest, code: str) -> None:
    """Let this session through with the right code, once. A miss makes the next try wait; the gate is locked, so many
    tries at once count one by one. CodeRefused says what to do; an expired code is replaced by a new one (MFA-3)."""
    user, typed = cast(User, request.user), re.sub(r"[\s-]", "", code)
    with transaction.atomic():
        gate = lock_gate(user)
        refusal = _try_code(gate, user, typed)
    if refusal is not None:
        logger.warning("one-time password %s: user %s from %s", refusal.code, user.pk, client_address(request))
        raise refusal
    otp_login(request, gate)
    if getattr(request, "second_factor_missing", False):
        request.session.cycle_key()  # a session that may do more gets a new name


def lock_gate(user: User) -> EmailDevice:
    """The person's e-mail device, made if there is none, locked: it sends to the account's own address. Whatever changes
    the second factor takes this lock first."""
    gate: EmailDevice | None = EmailDevice.objects.select_for_update().filter(user=user).first()
    if gate is None:
        User.objects.select_for_update().get(pk=user.pk)  # two first codes at once make one device
        EmailDevice.objects.get_or_create(user=user, defaults={"name": "e-mail"})
        gate = EmailDevice.objects.select_for_update().get(user=user)
    gate.throttling_failure_count = min(gate.throttling_failure_count, MOST_MISSES)
    return gate


def backup_digest(user: User, code: str) -> str:
    """What is stored of a backup code: 64 bits that without the installation's secret lead nowhere."""
    return salted_hmac("accounts.backup_code", f"{user.pk}:{code}", algorithm="sha256").hexdigest()[:16]


def _try_code(gate: EmailDevice, user: User, typed: str) -> CodeRefused | None:
    """Judge what was typed: None for the right one, else the refusal. A miss is counted at the gate."""
    allowed, data = gate.verify_is_allowed()
    if not allowed:
        return CodeRefused(_("Too many tries. %(wait)s") % {"wait": _wait(data["locked_until"])}, code="throttled")
    if _takes_email_code(gate, typed) or _takes_app_code(user, typed) or _takes_backup_code(user, typed):
        gate.throttle_reset(commit=False)
        gate.cooldown_reset(commit=False)  # the code is gone, so the next login may send one at once
        gate.save()
        return None
    if typed and typed == gate.token:
        send_one_time_password(user)
        return CodeRefused(
            _("The 15 minutes of this code are over. A new one is on its way to %(email)s.") % {"email": user.email},
            code="expired",
        )
    gate.throttle_increment()
    if gate.throttling_failure_count == TELLING_MISSES:
        note_event(user, AccountEvent.Verb.CODES_REFUSED)
    return CodeRefused(
        _("This code does not match, or its 15 minutes are over. Enter it again, or send a new one."), code="wrong"
    )


def _takes_email_code(gate: EmailDevice, typed: str) -> bool:
    """The newest code from the mail, within its 15 minutes, once."""
    if not gate.token or typed != gate.token or timezone.now() >= gate.valid_until:
        return False
    gate.token = None
    return True


def _takes_app_code(user: User, typed: str) -> bool:
    """What the authenticator app shows now, or showed half a minute ago; each once."""
    if not re.fullmatch(r"[0-9]{6}", typed):
        return False
    app = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    return app is not None and app.verify_token(typed)


def _takes_backup_code(user: User, typed: str) -> bool:
    """One off the list, which is shorter by it from now on."""
    if not re.fullmatch(rf"[0-9]{{{BACKUP_DIGITS}}}", typed):
        return False
    codes = StaticDevice.objects.filter(user=user).first()
    if codes is None or not codes.verify_token(backup_digest(user, typed)):
        return False
    note_event(user, AccountEvent.Verb.BACKUP_CODE_USED, by=user)
    return True


def _wait(until: datetime) -> str:
    """How long until the next try."""
    seconds = max(1, math.ceil((until - timezone.now()).total_seconds()))
    if seconds < 60:
        return ngettext(
            "Wait %(count)d second, then enter the code again.",
            "Wait %(count)d seconds, then enter the code again.",
            seconds,
        ) % {"count": seconds}
    minutes = math.ceil(seconds / 60)
    return ngettext(
        "Wait %(count)d minute, then enter a new code.", "Wait %(count)d minutes, then enter a new code.", minutes
    ) % {"count": minutes}
