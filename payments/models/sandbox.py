"""What the sandbox provider keeps beside its pages: cards and refunds, as a provider keeps them on its own machines."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.codes import random_code
from opscom.lib.money import PriceField


def card_token() -> str:
    """The reference of a stored card."""
    return f"sbc_{random_code(20)}"


def refund_reference() -> str:
    """The sandbox's reference of a refund."""
    return f"sbr_{random_code(20)}"


class SandboxCard(models.Model):
    """A stored test card, and how it behaves when it is charged."""

    class Behaviour(models.TextChoices):
        PAYS = "pays", _("Test card that pays")
        SHORT = "short", _("Test card that is declined: not enough money")
        LOST = "lost", _("Test card that is declined for good: reported lost")
        SECURE = "secure", _("Test card whose bank wants to ask the person each time")
        EXPIRING = "expiring", _("Test card that pays, and expires at the end of this month")

    token = models.CharField(max_length=40, unique=True, default=card_token)
    customer_ref = models.CharField(max_length=40, db_index=True)
    behaviour = models.CharField(max_length=10, choices=Behaviour.choices, default=Behaviour.PAYS)
    brand = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("sandbox card")
        verbose_name_plural = _("sandbox cards")

    def __str__(self) -> str:
        return self.token


class SandboxSetup(models.Model):
    """A page on which a card is stored."""

    reference = models.CharField(max_length=40, unique=True)
    our_ref = models.CharField(max_length=40, unique=True)
    customer_ref = models.CharField(max_length=40)
    name = models.CharField(max_length=200, blank=True)
    success_url = models.URLField(max_length=300)
    cancel_url = models.URLField(max_length=300)
    card = models.OneToOneField(SandboxCard, null=True, on_delete=models.SET_NULL, related_name="setup")
    done = models.BooleanField(default=False)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sandbox card page")
        verbose_name_plural = _("sandbox card pages")

    def __str__(self) -> str:
        return self.reference


class SandboxCharge(models.Model):
    """One try to collect from a stored card."""

    reference = models.CharField(max_length=40, unique=True)
    our_ref = models.CharField(max_length=40, unique=True)
    amount = PriceField()
    currency = models.CharField(max_length=3)
    decline = models.CharField(max_length=12, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("sandbox charge")
        verbose_name_plural = _("sandbox charges")

    def __str__(self) -> str:
        return self.reference


class SandboxRefund(models.Model):
    """Money given back of a page or of a stored card's charge; `charge_ref` is its reference."""

    class State(models.TextChoices):
        DONE = "done"
        PENDING = "pending"
        FAILED = "failed"

    reference = models.CharField(max_length=40, unique=True, default=refund_reference)
    our_ref = models.CharField(max_length=40, unique=True)
    charge_ref = models.CharField(max_length=40, db_index=True)
    amount = PriceField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DONE)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("sandbox refund")
        verbose_name_plural = _("sandbox refunds")

    def __str__(self) -> str:
        return self.reference
