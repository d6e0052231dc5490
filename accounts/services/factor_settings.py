"""How a person's second factor is set up (MFA-1, MFA-2). Whoever calls has had the password and a fresh code entered."""

import secrets
from base64 import b32encode
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import AccountEvent, User
from accounts.models.mail import MailKind
from accounts.services.history import note_event
from accounts.services.mail import queue_mail_to
from accounts.services.second_factor import (
    BACKUP_DIGITS,
    CodeRefused,
    backup_digest,
    has_second_factor,
    lock_gate,
    must_have_second_factor,
)
from accounts.services.sessions import end_all_sessions
from opscom.lib.office import office

BACKUP_CODES = 10


class Option(models.TextChoices):
    """What one may do with the second factor; the guide's words where it has them."""

    ENABLE = "enable", gettext_lazy("Enable One-Time Passwords")
    DISABLE = "disable", gettext_lazy("Disable MFA")
    ADD_APP = "add_app", gettext_lazy("Set Up Authenticator App")
    REMOVE_APP = "remove_app", gettext_lazy("Remove Authenticator App")
    BACKUP_CODES = "backup_codes", gettext_lazy("New Backup Codes")


@dataclass(frozen=True)
class Status:
    """What guards one account: whether codes are asked for, whether that is required, and where they come from."""

    on: bool
    required: bool
    app: bool
    backup_codes: int

    @property
    def options(self) -> list[Option]:
        """What can be changed from here."""
        found = [] if self.on else [Option.ENABLE]
        found += [Option.DISABLE] if self.on and not self.required else []
        found += [Option.REMOVE_APP if self.app else Option.ADD_APP]
        return [*found, Option.BACKUP_CODES] if self.on else found


def read_status(user: User) -> Status:
    """The state of this person's second factor."""
    return Status(
        on=has_second_factor(user),
        required=must_have_second_factor(user),
        app=TOTPDevice.objects.filter(user=user, confirmed=True).exists(),
        backup_codes=StaticToken.objects.filter(device__user=user).count(),
    )


@transaction.atomic
def enable_second_factor(user: User) -> None:
    """From now on each login asks for a code."""
    lock_gate(user)
    if not user.second_factor:
        _switch(user, on=True)
        note_event(user, AccountEvent.Verb.SECOND_FACTOR_ON, by=user)
        _tell(user, gettext_lazy("One-time passwords are on: each login asks for a code."))


@transaction.atomic
def disable_second_factor(user: User) -> None:
    """Logins ask for the password alone; app and backup codes are forgotten. CodeRefused where it is required."""
    lock_gate(user)
    if must_have_second_factor(user):
        raise CodeRefused(_("The parking office requires a second factor for your account."), code="required")
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    _switch(user, on=False)
    note_event(user, AccountEvent.Verb.SECOND_FACTOR_OFF, by=user)
    _tell(user, gettext_lazy("One-time passwords are off: a login asks for the password alone."))


@transaction.atomic
def begin_authenticator(user: User) -> TOTPDevice:
    """A new secret for an app; it opens nothing until a code from the app has confirmed it."""
    lock_gate(user)
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    device: TOTPDevice = TOTPDevice.objects.create(user=user, name="app", confirmed=False)
    return device


def authenticator_link(device: TOTPDevice) -> str:
    """What the square code holds (otpauth, Google Authenticator's key URI format)."""
    issuer = office().office_name.replace(":", "")
    query = urlencode({"secret": authenticator_secret(device), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(device.user.email)}?{query}"


def authenticator_secret(device: TOTPDevice) -> str:
    """The secret as apps let one type it, 32 letters and digits."""
    return b32encode(device.bin_key).decode()


@transaction.atomic
def confirm_authenticator(user: User, *, device_id: int, code: str) -> list[str]:
    """The app counts once it has shown a right code; any other app is forgotten. Answers new backup codes, or none where
    there are some left. CodeRefused for a wrong code."""
    lock_gate(user)
    device = TOTPDevice.objects.filter(user=user, pk=device_id, confirmed=False).first()
    if device is None:
        raise CodeRefused(_("This page is over. Choose Set Up Authenticator App once more."), code="over")
    typed = code.strip().replace(" ", "")
    if not (typed.isascii() and typed.isdigit() and device.verify_token(typed)):
        raise CodeRefused(
            _("The app shows another code by now, or your phone's clock is off. Enter the code that it shows."),
            code="wrong",
        )
    TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    _switch(user, on=True)
    note_event(user, AccountEvent.Verb.AUTHENTICATOR_ADDED, by=user)
    _tell(user, gettext_lazy("An authenticator app is set up: logins take its codes."))
    return [] if StaticToken.objects.filter(device__user=user).exists() else _write_backup_codes(user)


@transaction.atomic
def remove_authenticator(user: User) -> None:
    """The app's codes count no more; those by e-mail do."""
    lock_gate(user)
    TOTPDevice.objects.filter(user=user).delete()
    note_event(user, AccountEvent.Verb.AUTHENTICATOR_REMOVED, by=user)
    _tell(user, gettext_lazy("The authenticator app is removed: codes come by e-mail."))


@transaction.atomic
def renew_backup_codes(user: User) -> list[str]:
    """Ten new codes, each good for one login; the old ones are void. They are shown once: only digests are stored."""
    lock_gate(user)
    codes = _write_backup_codes(user)
    _tell(user, gettext_lazy("New backup codes were made; the old ones are void."))
    return codes


@transaction.atomic
def reset_second_factor(user: User, *, by: User, reason: str) -> None:
    """The office's help for somebody whose phone is lost: app and backup codes are forgotten, counted misses too, and every
    session ends. The second factor itself stays on, with codes by e-mail."""
    lock_gate(user).delete()
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    end_all_sessions(user)
    note_event(user, AccountEvent.Verb.SECOND_FACTOR_RESET, by=by, detail=reason)
    _tell(user, gettext_lazy("The parking office reset it: app and backup codes are void, codes come by e-mail."))


def _write_backup_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="backup")
    codes = [f"{secrets.randbelow(10**BACKUP_DIGITS):0{BACKUP_DIGITS}d}" for _n in range(BACKUP_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=backup_digest(user, code)) for code in codes)
    note_event(user, AccountEvent.Verb.BACKUP_CODES_MADE, by=user)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _switch(user: User, *, on: bool) -> None:
    User.objects.filter(pk=user.pk).update(second_factor=on)
    user.second_factor = on


def _tell(user: User, what: str | Promise) -> None:
    link = settings.BASE_URL + reverse("security")
    context = {"what": what, "action_url": link, "url": link}
    queue_mail_to(user, MailKind.SECOND_FACTOR_CHANGED, context=context)
