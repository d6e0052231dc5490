"""Every e-mail is a row before it is a message: written with the change that it tells of, sent later, once."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.logs import without_secrets
from opscom.lib.sealed import unseal


class MailKind(models.TextChoices):
    """The messages that the portal sends. Each has built-in texts in templates/mail/."""

    CREATE_PASSWORD = "create_password", _("Create Password link")
    ACCOUNT_EXISTS = "account_exists", _("Account exists already")
    PASSWORD_RESET = "password_reset", _("Password reset")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    SECOND_FACTOR_CHANGED = "second_factor_changed", _("Second factor changed")
    ONE_TIME_PASSWORD = "one_time_password", _("One-time password")
    EMAIL_CHANGE_OLD = "email_change_old", _("Change of address, to the old one")
    EMAIL_CHANGE_NEW = "email_change_new", _("Change of address, to the new one")
    EMAIL_CHANGED = "email_changed", _("Address changed")
    ACTING_STARTED = "acting_started", _("Somebody acts for the person")
    RECEIPT = "receipt", _("Receipt")
    PROMISE = "promise", _("Promise to pay")
    REFUND = "refund", _("Refund")
    SURPLUS = "surplus", _("More was paid than was owed")
    PERMIT_CANCELLED = "permit_cancelled", _("Permit cancelled")
    PERMIT_EXCHANGED = "permit_exchanged", _("Permit exchanged")
    COURTESY_CAR = "courtesy_car", _("Courtesy car on a permit")
    CHEQUE_BOUNCED = "cheque_bounced", _("Cheque bounced")
    HOLD_LAPSED = "hold_lapsed", _("Reserved place released")
    LOT_CLOSED = "lot_closed", _("Closure or event in a lot")
    CLOSURE_OFF = "closure_off", _("Closure or event called off")
    PERMIT_EXPIRES = "permit_expires", _("Permit ends soon")
    PRIVILEGES_LOST = "privileges_lost", _("Parking privileges lost")
    PRIVILEGES_BACK = "privileges_back", _("Parking privileges back")
    TEXT_PARKED = "text_parked", _("Parking bought by text")
    CARD_EXPIRES = "card_expires", _("Stored card expires")
    ROLLOVER_FAILED = "rollover_failed", _("Permit Rollover: to be paid")
    ROLLOVER_STOPPED = "rollover_stopped", _("Permit Rollover: ended")
    ROLLOVER_PRICE = "rollover_price", _("Permit Rollover: new price")
    PLAN_OFFERED = "plan_offered", _("Payment plan: offered")
    PLAN_AGREED = "plan_agreed", _("Payment plan: agreed")
    PLAN_DUE = "plan_due", _("Payment plan: instalment due or missed")
    PLAN_ENDED = "plan_ended", _("Payment plan: paid, not kept or cancelled")
    LOCKER_LAPSED = "locker_lapsed", _("Reserved locker released")
    LOCKER_UNPAID = "locker_unpaid", _("Reserved locker: to be paid")
    LOCKER_ENDS = "locker_ends", _("Locker ends soon")
    LOCKER_EMPTY = "locker_empty", _("Locker to be emptied")
    LOCKER_CHANGED = "locker_changed", _("Locker moved or ended")
    WAITLIST_JOINED = "waitlist_joined", _("Waitlist joined")
    WAITLIST_OFFER = "waitlist_offer", _("Waitlist: place offered")
    WAITLIST_REMINDER = "waitlist_reminder", _("Waitlist: answer soon")
    WAITLIST_LAPSED = "waitlist_lapsed", _("Waitlist: offer over")
    WAITLIST_EMPTIED = "waitlist_emptied", _("Waitlist: emptied by the office")
    WAITLIST_TAKEN = "waitlist_taken", _("Waitlist: place taken")
    BOOT_CODE = "boot_code", _("Boot: release code")
    BOOT_DUE = "boot_due", _("Boot: to be brought back")
    BOOT_ENDED = "boot_ended", _("Boot: returned, or deposit kept")
    BOOT_UNDONE = "boot_undone", _("Boot: payment undone (to staff)")
    APPEAL_RECEIVED = "appeal_received", _("Appeal received")
    APPEAL_QUESTION = "appeal_question", _("Appeal: more information asked")
    APPEAL_DECIDED = "appeal_decided", _("Appeal decided")
    VEHICLE_ASSOCIATED = "vehicle_associated", _("Somebody appeals for the person's vehicle")
    ASSOCIATION_ANSWERED = "association_answered", _("Association with a vehicle allowed or refused")
    PLATE_CODE = "plate_code", _("Code for all tickets of a plate")
    TICKET_NOTICE = "ticket_notice", _("Notice of an unpaid ticket")
    FORM_SUBMITTED = "form_submitted", _("Form submitted (to staff)")
    FORM_ASKED = "form_asked", _("Form to be completed")
    FORM_DECIDED = "form_decided", _("Form approved or refused")
    ACCOUNT_CLOSED = "account_closed", _("Account closed")
    ACCOUNT_IDLE = "account_idle", _("Account that nobody uses")
    DATA_READY = "data_ready", _("Copy of the own data ready")
    PAYROLL = "payroll", _("Payroll deduction (to the payroll office)")
    ATTENTION = "attention", _("Payment needs attention (to staff)")
    TAG_READY = "tag_ready", _("Hang tag ready for pick-up")
    TAG_POSTED = "tag_posted", _("Hang tag posted")
    PERMIT_STOLEN = "permit_stolen", _("Printed permit stolen (to staff)")
    BOOKS = "books", _("Books need attention (to staff)")
    REPORT = "report", _("Report (to staff)")
    OFFICE_MESSAGE = "office_message", _("Message of the office to many")


# What anybody but the reader of the mailbox may see of a message. Others hold a link or a code that opens the account, and
# a kind that is not named here is taken for one of those.
READABLE_KINDS = (
    MailKind.ACCOUNT_EXISTS,
    MailKind.PASSWORD_CHANGED,
    MailKind.RECEIPT,
    MailKind.PROMISE,
    MailKind.REFUND,
    MailKind.SURPLUS,
    MailKind.PERMIT_CANCELLED,
    MailKind.PERMIT_EXCHANGED,
    MailKind.COURTESY_CAR,
    MailKind.CHEQUE_BOUNCED,
    MailKind.PAYROLL,
    MailKind.SECOND_FACTOR_CHANGED,
    MailKind.EMAIL_CHANGED,
    MailKind.ACTING_STARTED,
    MailKind.HOLD_LAPSED,
    MailKind.TICKET_NOTICE,
    MailKind.LOT_CLOSED,
    MailKind.CLOSURE_OFF,
    MailKind.PERMIT_EXPIRES,
    MailKind.PRIVILEGES_LOST,
    MailKind.PRIVILEGES_BACK,
    MailKind.TEXT_PARKED,
    MailKind.CARD_EXPIRES,
    MailKind.ROLLOVER_FAILED,
    MailKind.ROLLOVER_STOPPED,
    MailKind.ROLLOVER_PRICE,
    MailKind.PLAN_OFFERED,
    MailKind.PLAN_AGREED,
    MailKind.PLAN_DUE,
    MailKind.PLAN_ENDED,
    MailKind.LOCKER_LAPSED,
    MailKind.LOCKER_UNPAID,
    MailKind.LOCKER_ENDS,
    MailKind.LOCKER_EMPTY,
    MailKind.LOCKER_CHANGED,
    MailKind.WAITLIST_JOINED,
    MailKind.WAITLIST_OFFER,
    MailKind.WAITLIST_REMINDER,
    MailKind.WAITLIST_LAPSED,
    MailKind.WAITLIST_EMPTIED,
    MailKind.WAITLIST_TAKEN,
    MailKind.BOOT_DUE,
    MailKind.BOOT_ENDED,
    MailKind.BOOT_UNDONE,
    MailKind.APPEAL_RECEIVED,
    MailKind.APPEAL_QUESTION,
    MailKind.APPEAL_DECIDED,
    MailKind.VEHICLE_ASSOCIATED,
    MailKind.ASSOCIATION_ANSWERED,
    MailKind.FORM_SUBMITTED,
    MailKind.FORM_ASKED,
    MailKind.FORM_DECIDED,
    MailKind.ACCOUNT_CLOSED,
    MailKind.ACCOUNT_IDLE,
    MailKind.DATA_READY,
    MailKind.ATTENTION,
    MailKind.TAG_READY,
    MailKind.TAG_POSTED,
    MailKind.PERMIT_STOLEN,
    MailKind.BOOKS,
    MailKind.REPORT,
    MailKind.OFFICE_MESSAGE,
)

# Written into the database encrypted (opscom.lib.sealed): what they hold opens more than a page of the
# portal, and its maker has a key.
SEALED_KINDS = (MailKind.BOOT_CODE,)


def validate_template(_text: str) -> None:
    """Named by migrations; texts of the office are judged by accounts.services.wordings."""


class MailQuerySet(models.QuerySet["Mail"]):
    """Questions that the sender and the office ask."""

    def due(self, at: datetime) -> "MailQuerySet":
        """Queued and not waiting for a later try; also those whose sender died with them in hand."""
        return self.filter(state=Mail.State.QUEUED, next_try_at__lte=at)


class Mail(models.Model):
    """One message to one address. `key` makes it unique where a change may be told twice (RULES 18)."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Refused")
        GIVEN_UP = "given_up", _("Refused, dealt with")

    kind = models.CharField(_("message"), max_length=30, choices=MailKind.choices)
    key = models.CharField(_("key"), max_length=80, unique=True, null=True, blank=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="mails",
    )
    to = models.EmailField(_("to"))
    language = models.CharField(_("language"), max_length=5)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"))
    unsubscribe_url = models.CharField(_("unsubscribe link"), max_length=300, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("last answer of the mail server"), max_length=250, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["next_try_at"], name="mail_due", condition=models.Q(state="queued")),
            models.Index(fields=["-created_at", "-id"], name="mail_newest"),
            models.Index(fields=["to"], name="mail_to_begins", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"

    @property
    def is_sealed(self) -> bool:
        """Its text lies in the database encrypted."""
        return self.kind in SEALED_KINDS

    @property
    def plain_text(self) -> str:
        """The text as it is sent."""
        return unseal(self.text) if self.is_sealed else self.text

    @property
    def plain_html(self) -> str:
        """The HTML as it is sent."""
        return unseal(self.html) if self.is_sealed else self.html

    @property
    def is_secret(self) -> bool:
        """It holds a link or code that opens the account: nobody reads it here, not even a session that somebody took over."""
        return self.kind not in READABLE_KINDS

    @property
    def shown_text(self) -> str:
        """The text without signed links."""
        return "" if self.is_secret else without_secrets(self.text)
