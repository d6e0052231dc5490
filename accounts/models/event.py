"""What happened to an account: the part of a person's history that no other row tells."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.acting import current_actor


class AccountEventQuerySet(models.QuerySet["AccountEvent"]):
    """Questions about the history of accounts."""

    def for_user(self, user: object) -> "AccountEventQuerySet":
        """What happened to that person's own account."""
        return self.filter(user=user)


class AccountEvent(models.Model):
    """One thing that was done to an account, by the person or (`by`) by somebody else; never changed again.

    `acting` is who acted in the person's name, where somebody did.
    `detail` holds what a reader needs and never a secret: a masked address, a file's name, a reason.
    """

    class Verb(models.TextChoices):
        """Kept out of the column, so that a new verb needs no migration."""

        PASSWORD_CHANGED = "password_changed", _("Password changed")
        ADDRESS_SAVED = "address_saved", _("Address saved")
        ADDRESS_REMOVED = "address_removed", _("Address removed")
        UPLOADED = "uploaded", _("Document uploaded")
        UPLOAD_DELETED = "upload_deleted", _("Document deleted")
        UPLOAD_TAKEN = "upload_taken", _("Document taken into account")
        UPLOAD_VIEWED = "upload_viewed", _("Document looked at by the office")
        UPLOAD_REFUSED = "upload_refused", _("Document refused by the virus scanner")
        EMAILS_OFF = "emails_off", _("E-mails switched off")
        EMAILS_ON = "emails_on", _("E-mails switched on")
        CLOSED = "closed", _("Account closed")
        ARCHIVED = "archived", _("Account archived by the office")
        OPENED_AGAIN = "opened_again", _("Account open again")
        ERASED = "erased", _("Personal details erased")
        TYPE_CHANGED = "type_changed", _("User type changed")
        MERGED_FROM = "merged_from", _("Another account of yours was merged into this one")
        MERGED_INTO = "merged_into", _("Merged into another account of yours")
        DATA_ASKED = "data_asked", _("Copy of the own data asked for")
        SSO_LINKED = "sso_linked", _("Single sign-on linked")
        SSO_UNLINKED = "sso_unlinked", _("Single sign-on unlinked")
        SSO_LOGIN = "sso_login", _("Logged in by single sign-on")
        SECOND_FACTOR_ON = "second_factor_on", _("One-time passwords turned on")
        SECOND_FACTOR_OFF = "second_factor_off", _("One-time passwords turned off")
        SECOND_FACTOR_RESET = "second_factor_reset", _("Second factor reset by the office")
        AUTHENTICATOR_ADDED = "authenticator_added", _("Authenticator app set up")
        AUTHENTICATOR_REMOVED = "authenticator_removed", _("Authenticator app removed")
        BACKUP_CODES_MADE = "backup_codes_made", _("New backup codes made")
        BACKUP_CODE_USED = "backup_code_used", _("Backup code used")
        SESSIONS_ENDED = "sessions_ended", _("Logged out other devices")
        EMAIL_CHANGE_STARTED = "email_change_started", _("Change of the e-mail address asked for")
        EMAIL_CHANGED = "email_changed", _("E-mail address changed")
        NUMBER_CONFIRMED = "number_confirmed", _("Mobile number confirmed for parking by text")
        NUMBER_LEFT = "number_left", _("Mobile number confirmed by another account")
        TEXTS_OFF = "texts_off", _("No more texts wanted")
        TEXTS_ON = "texts_on", _("Texts wanted again")
        CODES_REFUSED = "codes_refused", _("Several wrong one-time passwords")
        ACTING_STARTED = "acting_started", _("Somebody began to act for you")
        ACTING_ENDED = "acting_ended", _("Somebody stopped acting for you")
        ACTING_REVOKED = "acting_revoked", _("Acting for you no longer allowed")
        ACTING_ALLOWED = "acting_allowed", _("Acting for you allowed")
        ACTED = "acted", _("Done for you")
        PAID_FOR_YOU = "paid_for_you", _("Paid for you")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.PROTECT,
        related_name="account_events",
    )
    verb = models.CharField(_("what"), max_length=30)
    detail = models.CharField(_("detail"), max_length=250, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    acting = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acted for the person"),
        null=True,
        blank=True,
        default=current_actor,
        on_delete=models.PROTECT,
        related_name="+",
    )
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = AccountEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("account event")
        verbose_name_plural = _("account events")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["user", "-at"], name="account_event_user")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The verb in the reader's language."""
        return str(self.Verb(self.verb).label)
