"""Accounts come into being, and the links that set their passwords (REG-1 to REG-5, PWD-1 to PWD-3)."""

from collections.abc import Mapping
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.models import AccountEvent, EmailChange, User, UserType
from accounts.models.mail import MailKind
from accounts.services.history import note_event
from accounts.services.mail import queue_mail, queue_mail_to
from accounts.services.sessions import forget_devices
from opscom.lib.errors import PortalError
from opscom.lib.work import hint


class AddressTaken(PortalError):
    """There is an account with this address already."""


class LinkOver(PortalError):
    """The link was used, is too old, or never was one."""


def create_account(email: str, *, answers: Mapping[str, Any], user_type: UserType | None, language: str) -> User:
    """A new person without a password; the address counts as theirs once they follow a link. AddressTaken where another
    request was quicker."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, user_type=user_type, language=language, **answers)
            EmailAddress.objects.create(user=user, email=user.email, primary=True)
    except IntegrityError as error:
        raise AddressTaken(
            _("There is an account with this address already. Log in, or use Forgot Password.")
        ) from error
    return user


def password_link(user: User, *, page: str = "activate") -> str:
    """The address of the page on which this person sets a password; single-use, three days."""
    uid, token = user_pk_to_url_str(user), default_token_generator.make_token(user)
    args = [uid, token] if page == "account_reset_password_from_key" else [f"{uid}-{token}"]
    return settings.BASE_URL + reverse(page, args=args)


def send_create_password(user: User) -> None:
    """The Create Password mail."""
    link = password_link(user)
    queue_mail_to(user, MailKind.CREATE_PASSWORD, context={"action_url": link, "url": link})


def send_account_exists(email: str) -> None:
    """Tell the holder of a known address that somebody wanted to register it."""
    user = User.objects.filter(email=email.lower()).first()
    link = settings.BASE_URL + reverse("account_reset_password")
    queue_mail(
        MailKind.ACCOUNT_EXISTS,
        to=email,
        language=user.language if user else (get_language() or "en"),
        user=user,
        context={"name": user.get_short_name() if user else email, "action_url": link, "url": link},
    )


@transaction.atomic
def send_reset_link(email: str) -> None:
    """Mail the link to whoever has this address. For an unknown one the same work is done and then undone, so that the
    time of the answer does not tell whether there is an account (PWD-2)."""
    from accounts.tasks import send_mail

    user = User.objects.filter(email=email.lower(), is_active=True).first()
    with transaction.atomic():
        _queue_reset(user or User(pk=0, email=email, language=get_language() or "en"))
        transaction.set_rollback(user is None)
    if user is None:
        hint(send_mail, mail_id=0)


def _queue_reset(user: User) -> None:
    """The mail itself; whoever logs in elsewhere is sent there instead (PWD-3)."""
    sso = user.login_source == User.LoginSource.SSO
    context = {"sso": sso, **(_where_else() if sso else _reset_action(user))}
    queue_mail_to(user, MailKind.PASSWORD_RESET, context=context)


def _reset_action(user: User) -> dict[str, Any]:
    link = password_link(user, page="account_reset_password_from_key")
    return {"action_url": link, "url": link}


def _where_else() -> dict[str, Any]:
    """The provider's own page for passwords where the operator names one, else our login page, whose button leads there."""
    page = settings.SSO.password_url if settings.SSO else ""
    link = page or settings.BASE_URL + reverse("account_login")
    return {
        "action_url": link,
        "url": link,
        "action_label": gettext_lazy("Change the password there") if page else gettext_lazy("Log In"),
    }


@transaction.atomic
def set_password_by_link(user: User, *, key: str, password: str) -> User:
    """Set the password that the link's page was given. The row is locked, so one link sets one password; LinkOver where
    it was used meanwhile. Every other session of the person ends, because a session holds a hash of the password."""
    people = User.objects.select_for_update().filter(is_active=True, login_source=User.LoginSource.PORTAL)
    locked = people.filter(pk=user.pk).first()
    if locked is None or not default_token_generator.check_token(locked, key):
        raise LinkOver(_("This link was used already, or its three days are over. Ask for a new one."))
    locked.set_password(password)
    locked.save(update_fields=["password"])
    forget_devices(locked)
    EmailChange.objects.give_up(locked)
    note_event(locked, AccountEvent.Verb.PASSWORD_CHANGED, by=locked)
    verify_address(locked)
    return locked


def verify_address(user: User) -> None:
    """Whoever followed a link from a mail has its address."""
    address, _new = EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
    if not address.verified:
        address.verified = True
        address.set_as_primary(conditional=True)
        address.save(update_fields=["verified"])


@transaction.atomic
def change_email(user: User, *, before: str) -> None:
    """The office gave the person a new address: the old one no longer logs in, the new one is not proven yet."""
    if user.email != before or not user.is_active:
        EmailChange.objects.give_up(user)
    if user.email != before:
        EmailAddress.objects.filter(user=user).delete()
        EmailAddress.objects.create(user=user, email=user.email, primary=True)
