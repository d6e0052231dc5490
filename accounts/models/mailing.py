"""E-mails that the office writes to many people at once."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.mail import Mail
from accounts.models.preference import EmailCategory


class Mailing(models.Model):
    """One message to many. Its people are written down when it is begun; it can be worded until it is started, and stopped
    until the last message is written."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("begun"), default=timezone.now)
    source = models.CharField(_("chosen in"), max_length=80)
    source_url = models.CharField(_("with the filters"), max_length=500, blank=True)
    rows = models.CharField(_("kind of rows"), max_length=20, default="person", editable=False)
    category = models.ForeignKey(
        EmailCategory,
        verbose_name=_("e-mail category"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Who has switched this category off gets nothing. An essential one reaches everybody."),
    )
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    text = models.TextField(
        _("text"),
        blank=True,
        max_length=10_000,
        help_text=_("A blank line starts a paragraph. The placeholders are listed below. The foot is added by itself."),
    )
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("started by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("stopped by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("e-mail to many")
        verbose_name_plural = _("e-mails to many")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="mailing_of_a_category",
                condition=models.Q(started_at=None) | models.Q(category__isnull=False),
            )
        ]
        indexes = [
            models.Index(
                fields=["started_at"],
                name="mailing_running",
                condition=models.Q(started_at__isnull=False, finished_at=None, stopped_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.subject or str(_("Not worded yet"))

    @property
    def is_draft(self) -> bool:
        """It can still be worded."""
        return self.started_at is None

    @property
    def is_running(self) -> bool:
        """A worker writes its messages."""
        return self.started_at is not None and self.finished_at is None and self.stopped_at is None


class MailingPerson(models.Model):
    """One person of a mailing, and what came of it. Mailing and person are the key: nobody is written to twice. `rows` are the
    keys of the rows by which the person was chosen, the newest first."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Not written yet")
        WRITTEN = "written", _("Written")
        UNWANTED = "unwanted", _("Has switched off such e-mails")
        CLOSED = "closed", _("Account closed")
        TAKEN_BACK = "taken", _("Taken back before it left")
        FAILED = "failed", _("Could not be filled in")

    mailing = models.ForeignKey(
        Mailing, verbose_name=_("e-mail to many"), on_delete=models.CASCADE, related_name="people"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+"
    )
    rows = models.JSONField(_("rows"), default=list, editable=False)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    mail = models.ForeignKey(
        Mail, verbose_name=_("e-mail"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("person of an e-mail to many")
        verbose_name_plural = _("people of e-mails to many")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["mailing", "user"], name="mailing_person_once")]
        indexes = [
            models.Index(fields=["mailing"], name="mailing_person_waiting", condition=models.Q(outcome="waiting"))
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.outcome}"
