"""What card providers told us, and the sandbox provider's own memory."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.codes import random_code
from opscom.lib.money import PriceField
from payments.models.payment import Payment


class ProviderEvent(models.Model):
    """One webhook, kept as it came (RULES 22). Its body is a hint: the truth is asked of the provider."""

    class Outcome(models.TextChoices):
        RECEIVED = "received", _("Waiting")
        DONE = "done", _("Done")
        QUARANTINED = "quarantined", _("Set aside for staff")
        DEALT_WITH = "dealt_with", _("Dealt with by staff")

    class Subject(models.TextChoices):
        PAYMENT = "payment", _("Payment")
        REFUND = "refund", _("Refund")
        DISPUTE = "dispute", _("Dispute")
        CARD = "card", _("Stored card")

    provider = models.SlugField(_("provider"), max_length=20)
    event_id = models.CharField(_("event"), max_length=120)
    kind = models.CharField(_("kind"), max_length=80)
    provider_ref = models.CharField(_("provider's reference"), max_length=120, blank=True)
    our_ref = models.CharField(_("our reference"), max_length=40, blank=True)
    subject = models.CharField(_("about"), max_length=10, choices=Subject.choices, default=Subject.PAYMENT)
    charge_ref = models.CharField(_("provider's transaction"), max_length=120, blank=True)
    body = models.TextField(_("body"))
    payment = models.ForeignKey(
        Payment,
        verbose_name=_("payment"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="provider_events",
    )
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, default=Outcome.RECEIVED)
    note = models.CharField(_("note"), max_length=250, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)

    class Meta:
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        ordering = ["-received_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")]
        indexes = [
            models.Index(fields=["received_at"], name="provider_event_waiting", condition=models.Q(outcome="received")),
            models.Index(fields=["-received_at", "-id"], name="provider_event_newest"),
            models.Index(fields=["our_ref"], name="provider_event_payment"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


def sandbox_reference() -> str:
    """The reference of a sandbox session."""
    return f"sbx_{random_code(20)}"


class SandboxSession(models.Model):
    """A hosted payment page of the sandbox provider: what a real provider would keep on its own side."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        PAID = "paid", _("Paid")
        EXPIRED = "expired", _("Expired")

    class Later(models.TextChoices):
        """What happens after the money has moved."""

        NOTHING = ""
        NO_REFUND = "no-refund"
        DISPUTE = "dispute"

    reference = models.CharField(max_length=40, unique=True, default=sandbox_reference)
    our_ref = models.CharField(max_length=40, unique=True)
    amount = PriceField()
    currency = models.CharField(max_length=3, default=settings.CURRENCY)
    lines = models.JSONField(default=list)
    success_url = models.URLField(max_length=300)
    cancel_url = models.URLField(max_length=300)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    later = models.CharField(max_length=10, choices=Later.choices, blank=True, default=Later.NOTHING)
    paid_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("sandbox session")
        verbose_name_plural = _("sandbox sessions")

    def __str__(self) -> str:
        return self.reference
