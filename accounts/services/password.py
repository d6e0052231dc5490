"""A person changes the own password (ACC-4)."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import AccountEvent, EmailChange, User
from accounts.models.mail import MailKind
from accounts.services.history import note_event
from accounts.services.mail import queue_mail_to
from accounts.services.sessions import forget_devices
from opscom.lib.errors import PortalError


class PasswordRefused(PortalError):
    """The password stays as it is."""


def has_portal_password(user: User) -> bool:
    """Whether this person logs in here with a password; others do with their organisation (PWD-3) or have none yet."""
    return user.login_source == User.LoginSource.PORTAL and user.has_usable_password()


@transaction.atomic
def change_password(user: User, *, password: str, keep: str | None = None) -> User:
    """Set the new password of somebody who has just given the current one. Every other session of the person ends, because
    a session holds a hash of the password; the list of devices keeps the session of that key. PasswordRefused where another window was quicker."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.password != user.password:
        raise PasswordRefused(
            _("Your password was changed a moment ago in another window. Log in again with the new one."),
            code="changed",
        )
    locked.set_password(password)
    User.objects.filter(pk=locked.pk).update(password=locked.password)
    forget_devices(locked, keep=keep)
    EmailChange.objects.give_up(locked)  # whoever started it may have known the old password
    note_event(locked, AccountEvent.Verb.PASSWORD_CHANGED, by=locked)
    link = settings.BASE_URL + reverse("account_reset_password")
    queue_mail_to(locked, MailKind.PASSWORD_CHANGED, context={"action_url": link, "url": link})
    return locked
