"""Texts in and out. Every one is a row: what came, kept before it is answered; what goes, written with the change that it
tells of and sent later, once."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.sealed import unseal

LONGEST = 1600  # characters; what the gateway takes in one message


class TextKind(models.TextChoices):
    """What a text is about. Kept out of the column, so that a new one needs no migration."""

    PARKING = "parking", _("Parking by text")
    REPLY = "reply", _("Answer")
    KEYWORD = "keyword", _("Answer to STOP, START or HELP")
    TOO_MANY = "too_many", _("Too many texts")
    TRY_AGAIN = "try_again", _("Something went wrong")
    NO_WORDS = "no_words", _("Text without words")
    CONFIRMATION = "confirmation", _("Confirmation")
    REMINDER = "reminder", _("Reminder")
    BOOT_CODE = "boot_code", _("Boot: release code")


# Their words lie in the database encrypted, and nobody in the office reads them.
SEALED_TEXTS = (TextKind.BOOT_CODE,)


class TextMessageQuerySet(models.QuerySet["TextMessage"]):
    """Questions that the sender and the office ask."""

    def due(self, at: datetime) -> "TextMessageQuerySet":
        """Waiting to be sent, and not for a later try."""
        return self.filter(state=TextMessage.State.QUEUED, next_try_at__lte=at)

    def incoming(self) -> "TextMessageQuerySet":
        """What people texted."""
        return self.filter(direction=TextMessage.Direction.IN)

    def for_user(self, user: object) -> "TextMessageQuerySet":
        """To and from that person."""
        return self.filter(user=user)


class TextMessage(models.Model):
    """One text to or from `number`. `key` makes one of ours unique where a change may be told twice. Two texts of one
    `provider_id` are the same text, delivered again; `answer` is what was answered, replayed then."""

    class Direction(models.TextChoices):
        IN = "in", _("From the person")
        OUT = "out", _("To the person")

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("Being sent")
        UNKNOWN = "unknown", _("Perhaps sent")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Not delivered")
        DROPPED = "dropped", _("Not wanted any more")

    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    kind = models.CharField(_("about"), max_length=30)
    key = models.CharField(_("key"), max_length=80, blank=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="texts",
    )
    number = models.CharField(_("telephone"), max_length=20)
    office_number = models.CharField(_("number of the office"), max_length=20, blank=True)
    body = models.TextField(_("text"), blank=True)
    media = models.PositiveSmallIntegerField(_("pictures"), default=0)
    answers = models.OneToOneField(
        "self", verbose_name=_("answers"), null=True, blank=True, on_delete=models.CASCADE, related_name="answer"
    )
    provider_id = models.CharField(_("the gateway's name of it"), max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    segments = models.PositiveSmallIntegerField(_("segments"), default=1)
    price = models.DecimalField(_("price"), max_digits=8, decimal_places=4, default=Decimal("0.0000"))
    error_code = models.CharField(_("error code"), max_length=10, blank=True)
    error = models.CharField(_("last answer of the gateway"), max_length=250, blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    objects = TextMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="text_key_once", condition=~models.Q(key="")),
            models.UniqueConstraint(
                fields=["provider_id"], name="text_provider_id_once", condition=~models.Q(provider_id="")
            ),
            models.CheckConstraint(
                name="text_received_is_incoming",
                condition=models.Q(direction="in", state="received")
                | models.Q(direction="out") & ~models.Q(state="received"),
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], name="text_due", condition=models.Q(state__in=("queued", "sending"))),
            models.Index(fields=["-created_at", "-id"], name="text_newest"),
            models.Index(fields=["number"], name="text_number_begins", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_direction_display()}: {self.number}"

    @property
    def kind_label(self) -> str:
        """What it is about, in words."""
        return str(TextKind(self.kind).label) if self.kind in TextKind.values else self.kind

    @property
    def is_on_its_own_way(self) -> bool:
        """It is, or was, handed to the gateway by us, not given as the answer to its call."""
        return self.state == self.State.QUEUED or self.tries > 0

    @property
    def is_sealed(self) -> bool:
        """Its words lie in the database encrypted."""
        return self.kind in SEALED_TEXTS

    @property
    def plain_body(self) -> str:
        """The words as they are sent."""
        return unseal(self.body) if self.is_sealed and self.body else self.body

    @property
    def shown_body(self) -> str:
        """The words without what opens something."""
        return "" if self.is_sealed else self.body


class TextOptOut(models.Model):
    """A number that wants no texts, from when until when; open while `until` is empty."""

    class Source(models.TextChoices):
        TEXT = "text", _("By text")
        CARRIER = "carrier", _("Told by the gateway")
        OFFICE = "office", _("By the office")

    number = models.CharField(
        _("telephone"),
        max_length=20,
        validators=[RegexValidator(r"^\+?[0-9]{3,15}$", _("Write it in full, for example +15195550142."))],
    )
    source = models.CharField(_("how"), max_length=10, choices=Source.choices, default=Source.TEXT)
    since = models.DateTimeField(_("since"), default=timezone.now)
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("number without texts")
        verbose_name_plural = _("numbers without texts")
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="text_opt_out_once", condition=models.Q(until=None))
        ]
        indexes = [
            models.Index(fields=["-since", "-id"], name="optout_newest"),
            models.Index(fields=["number"], name="optout_number_begins", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.number


class TextLine(models.Model):
    """A number and a number of the office: locked while a text from the one to the other is answered, so that they are
    answered one after the other."""

    number = models.CharField(_("telephone"), max_length=20)
    office_number = models.CharField(_("number of the office"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("text line")
        verbose_name_plural = _("text lines")
        constraints = [models.UniqueConstraint(fields=["number", "office_number"], name="text_line_once")]

    def __str__(self) -> str:
        return f"{self.number} – {self.office_number}"
