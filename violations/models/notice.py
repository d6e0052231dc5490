"""What an unpaid ticket's owner is told, and when: by e-mail, or by letters that the office prints in batches."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Mail
from opscom.lib.codes import random_code
from violations.models.violation import Violation


class NoticeStep(models.TextChoices):
    """The steps of the escalation that somebody hears of."""

    NEW = "new", _("New ticket")
    DISCOUNT = "discount", _("Discount ends soon")
    OVERDUE = "overdue", _("Overdue")
    LAST = "last", _("Last notice")


def letters_code() -> str:
    """130 bits: the name of a file that lists people."""
    return random_code(26)


def letters_path(batch: "LetterBatch", _name: str) -> str:
    """Where a batch's letters are kept, encrypted: they show PINs."""
    return f"letters/{batch.code}/letters.sealed"


class LetterBatch(models.Model):
    """Letters of one step. Its tickets are locked from the moment in which it is made until it is sent or taken back: none
    of them is in another open batch. `file` is deleted on `expires_at`, and drawn again when somebody asks."""

    code = models.CharField(_("code"), max_length=26, unique=True, default=letters_code, editable=False)
    step = models.CharField(_("notice"), max_length=10, choices=NoticeStep.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("locked"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    dropped_at = models.DateTimeField(_("taken back"), null=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sent or taken back by"),
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    taken_at = models.DateTimeField(null=True, editable=False)
    drawn = models.PositiveSmallIntegerField(_("drawn"), default=0, editable=False)
    drawn_at = models.DateTimeField(_("letters drawn"), null=True, editable=False)
    expires_at = models.DateTimeField(_("there until"), null=True, editable=False)
    file = models.FileField(_("file"), upload_to=letters_path, blank=True, editable=False)

    class Meta:
        verbose_name = _("batch of letters")
        verbose_name_plural = _("batches of letters")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="letters_end_once", condition=Q(sent_at__isnull=True) | Q(dropped_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.pk}"

    @property
    def is_open(self) -> bool:
        """Locked: neither sent nor taken back."""
        return self.sent_at is None and self.dropped_at is None


class LetterItem(models.Model):
    """One ticket in a letter: to whom, as it was when the batch was made; those of one owner share theirs. `open` holds it."""

    batch = models.ForeignKey(LetterBatch, on_delete=models.CASCADE, related_name="items")
    violation = models.ForeignKey(
        Violation, verbose_name=_("violation"), on_delete=models.PROTECT, related_name="letters"
    )
    name = models.CharField(_("name"), max_length=120)
    address = models.TextField(_("address"), max_length=400)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    open = models.BooleanField(default=True, editable=False)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="letter_open_once", fields=["violation"], condition=Q(open=True)),
        ]

    def __str__(self) -> str:
        return self.violation.number


class TicketNotice(models.Model):
    """A step of a ticket that was told, once: by the e-mail or in the batch that stands here."""

    violation = models.ForeignKey(
        Violation, verbose_name=_("violation"), on_delete=models.CASCADE, related_name="notices"
    )
    step = models.CharField(_("notice"), max_length=10, choices=NoticeStep.choices)
    at = models.DateTimeField(_("when"), default=timezone.now)
    mail = models.ForeignKey(
        Mail, verbose_name=_("e-mail"), null=True, on_delete=models.SET_NULL, related_name="ticket_notices"
    )
    batch = models.ForeignKey(
        LetterBatch, verbose_name=_("batch of letters"), null=True, on_delete=models.PROTECT, related_name="notices"
    )

    class Meta:
        verbose_name = _("notice of a ticket")
        verbose_name_plural = _("notices of tickets")
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(name="notice_once_a_step", fields=["violation", "step"])]

    def __str__(self) -> str:
        return self.get_step_display()
