"""Which e-mails a person wants (PREF-1 to PREF-4)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.mail import MailKind

ACCOUNT, RECEIPTS, PERMITS, REMINDERS = "account", "receipts", "permits", "reminders"
ALWAYS_SENT = (ACCOUNT, RECEIPTS)
CATEGORY_OF = {
    MailKind.RECEIPT: RECEIPTS,
    MailKind.PROMISE: RECEIPTS,
    MailKind.REFUND: RECEIPTS,
    MailKind.SURPLUS: RECEIPTS,
    MailKind.PERMIT_CANCELLED: RECEIPTS,
    MailKind.PERMIT_EXCHANGED: RECEIPTS,
    MailKind.COURTESY_CAR: RECEIPTS,
    MailKind.TEXT_PARKED: RECEIPTS,
    MailKind.CHEQUE_BOUNCED: RECEIPTS,
    MailKind.HOLD_LAPSED: PERMITS,
    MailKind.WAITLIST_JOINED: PERMITS,
    MailKind.WAITLIST_TAKEN: PERMITS,
    MailKind.PERMIT_EXPIRES: REMINDERS,
    MailKind.LOCKER_ENDS: REMINDERS,
}


def category_code(kind: str) -> str:
    """The category that a kind of message belongs to; what is not named belongs to the account and is always sent."""
    return CATEGORY_OF.get(MailKind(kind), ACCOUNT)


class EmailCategory(models.Model):
    """A group of messages that people may switch off, unless it is essential. The portal brings the rows along
    (`accounts.services.preferences.make_categories`); the office words them."""

    code = models.SlugField(_("code"), max_length=30, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
    description = models.CharField(_("description"), max_length=250, help_text=_("What people read behind the ?."))
    essential = models.BooleanField(
        _("essential"),
        default=False,
        help_text=_("Always sent; listed on Email Preferences, but cannot be switched off."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("e-mail category")
        verbose_name_plural = _("e-mail categories")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                name="email_category_always_sent",
                condition=~Q(code__in=ALWAYS_SENT) | Q(essential=True),
                violation_error_message=_("Receipts and messages about the account are always sent. Tick Essential."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class EmailOptOut(models.Model):
    """One person does not want one category. It stays when the office makes the category essential, or switches Email
    Preferences off, and holds again afterwards."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="email_opt_outs"
    )
    category = models.ForeignKey(
        EmailCategory, verbose_name=_("category"), on_delete=models.CASCADE, related_name="opt_outs"
    )
    at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("unwanted e-mail category")
        verbose_name_plural = _("unwanted e-mail categories")
        constraints = [models.UniqueConstraint(fields=["user", "category"], name="email_opt_out_once")]

    def __str__(self) -> str:
        return str(self.category)
