"""Change the e-mail address, which is the login: confirmed at the old address and at the new one (ACC-4 and beyond)."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.plugins.otp_email.models import EmailDevice

from accounts.models import AccountEvent, EmailChange, User
from accounts.models.mail import MailKind
from accounts.services.history import note_event
from accounts.services.mail import queue_mail_to
from accounts.services.registration import change_email, send_account_exists, verify_address
from opscom.lib.errors import PortalError
from opscom.lib.office import office

GOOD_FOR = timedelta(hours=24)
MOST_A_DAY = 5  # each start writes to an address that may be somebody else's


class ChangeRefused(PortalError):
    """The address stays as it is."""


@transaction.atomic
def start_email_change(user: User, *, new: str, at: datetime | None = None) -> EmailChange:
    """Mail a link to each of the two addresses; an earlier wish is void. Whether the new address belongs to somebody else
    is told to its holder alone, so nobody learns here who has an account."""
    at = at or timezone.now()
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.login_source == User.LoginSource.SSO:
        raise ChangeRefused(
            _("Your address comes from your organisation's single sign-on. Change it there."), code="sso"
        )
    if EmailChange.objects.filter(user=locked, created_at__gt=at - timedelta(days=1)).count() >= MOST_A_DAY:
        raise ChangeRefused(
            _("You have asked for 5 changes within a day. Try again tomorrow, or call %(phone)s.")
            % {"phone": office().phone},
            code="too_many",
        )
    EmailChange.objects.give_up(locked)
    tokens = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    change = EmailChange.objects.create(
        user=locked,
        old=locked.email,
        new=new,
        old_digest=_digest(tokens[0]),
        new_digest=_digest(tokens[1]),
        created_at=at,
        expires_at=at + GOOD_FOR,
    )
    _ask(change, MailKind.EMAIL_CHANGE_OLD, to=change.old, token=tokens[0])
    if User.objects.filter(email=new).exists():
        send_account_exists(new)
    else:
        _ask(change, MailKind.EMAIL_CHANGE_NEW, to=new, token=tokens[1])
    note_event(locked, AccountEvent.Verb.EMAIL_CHANGE_STARTED, by=locked, detail=mask_address(new))
    return change


def read_link(token: str, *, at: datetime | None = None) -> tuple[EmailChange, str]:
    """The wish behind a link, and which address the link went to, "old" or "new". ChangeRefused says what to do where it
    does not work any more."""
    digest = _digest(token)
    change = EmailChange.objects.select_related("user").filter(Q(old_digest=digest) | Q(new_digest=digest)).first()
    if change is None:
        raise ChangeRefused(_("We do not know this link. Open the one in the newest e-mail."), code="unknown")
    side = "old" if change.old_digest == digest else "new"
    _check(change, side, at or timezone.now())
    return change, side


def confirm_email_change(token: str, *, at: datetime | None = None) -> EmailChange:
    """One of the two addresses says yes; with the second yes the address changes. ChangeRefused as above, and where the new
    address has become somebody else's meanwhile."""
    at = at or timezone.now()
    with transaction.atomic():
        found, side = read_link(token, at=at)
        User.objects.select_for_update().get(pk=found.user_id)
        change, side = read_link(token, at=at)
        setattr(change, f"{side}_confirmed_at", at)
        if change.old_confirmed_at and change.new_confirmed_at:
            change.ended = EmailChange.Ended.DONE if _move(change) else EmailChange.Ended.TAKEN
        change.save(update_fields=[f"{side}_confirmed_at", "ended"])
    if change.ended == EmailChange.Ended.TAKEN:
        raise ChangeRefused(_taken(), code="taken")
    return change


def mask_address(email: str) -> str:
    """a…@example.test: enough for its owner, for the history."""
    local, _at, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _check(change: EmailChange, side: str, at: datetime) -> None:
    if change.ended == EmailChange.Ended.DONE:
        raise ChangeRefused(_("The address is changed already. Log in with the new one."), code="done")
    if change.ended == EmailChange.Ended.TAKEN:
        raise ChangeRefused(_taken(), code="taken")
    if not change.user.is_active:
        raise ChangeRefused(
            _("This account is switched off, so its address stays. Call the parking office: %(phone)s.")
            % {"phone": office().phone},
            code="inactive",
        )
    if change.ended or change.user.email != change.old:
        raise ChangeRefused(
            _(
                "This link is void: another change came after it. Open the newest e-mail, or start again on the Security page."
            ),
            code="void",
        )
    if at >= change.expires_at:
        raise ChangeRefused(
            _("The 24 hours of this link are over. Nothing was changed. Start again on the Security page."),
            code="expired",
        )
    if getattr(change, f"{side}_confirmed_at"):
        other = change.new if side == "old" else change.old
        raise ChangeRefused(
            _("You have confirmed this already. Now open the link in the e-mail to %(email)s.") % {"email": other},
            code="confirmed",
        )


def _taken() -> str:
    return _(
        "The new address belongs to another account by now, so nothing was changed. Start again with another address."
    )


def _move(change: EmailChange) -> bool:
    """Make the new address the person's, everywhere; False where somebody else has it. A one-time password that went to the
    old address is void."""
    user = change.user
    user.email = change.new
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError:
        return False
    change_email(user, before=change.old)
    verify_address(user)
    EmailDevice.objects.filter(user=user).update(token=None)
    note_event(user, AccountEvent.Verb.EMAIL_CHANGED, by=user, detail=mask_address(change.new))
    for address in (change.old, change.new):
        queue_mail_to(user, MailKind.EMAIL_CHANGED, to=address, context={"old": change.old, "new": change.new})
    return True


def _ask(change: EmailChange, kind: MailKind, *, to: str, token: str) -> None:
    link = settings.BASE_URL + reverse("confirm_email_change", args=[token])
    context = {"old": change.old, "new": change.new, "action_url": link, "url": link}
    queue_mail_to(change.user, kind, to=to, context=context)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
