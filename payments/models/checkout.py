"""What somebody set out to pay, frozen."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.codes import random_code
from opscom.lib.money import ZERO, PriceField
from payments.models.charge import Charge


def checkout_code() -> str:
    """A checkout's address: for a guest it is the only key, so it is long."""
    return random_code(20)


class CheckoutQuerySet(models.QuerySet["Checkout"]):
    """Questions about checkouts."""

    def for_user(self, user: object) -> "CheckoutQuerySet":
        """That person's own; guests' checkouts belong to whoever holds their address."""
        if getattr(user, "is_authenticated", False):
            return self.filter(models.Q(user=user) | models.Q(user=None))
        return self.filter(user=None)


class Checkout(models.Model):
    """Chosen charges with their quoted sums. Later prices never change it (RULES 9)."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Paid or promised")
        EXPIRED = "expired", _("Expired")

    code = models.CharField(_("code"), max_length=20, unique=True, default=checkout_code, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="checkouts",
    )
    company = models.ForeignKey(
        "accounts.Company",
        verbose_name=_("company"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Set where somebody pays what the company's people owe."),
    )
    instalment = models.ForeignKey(
        "payments.Instalment",
        verbose_name=_("instalment"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="checkouts",
        help_text=_("Set where what is due of a payment plan is paid: its lines are parts of their charges."),
    )
    email = models.EmailField(_("email for the receipt"), blank=True)
    language = models.CharField(_("language"), max_length=5, default="en")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    total = PriceField(_("total"))
    back = models.CharField(_("page to go back to"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("quote ends"))

    objects = CheckoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["expires_at"], name="checkout_open", condition=models.Q(state="open")),
            models.Index(fields=["email"], name="checkout_email_begins", opclasses=["varchar_pattern_ops"]),
            models.Index(
                fields=["created_at"],
                name="checkout_guest_address",
                condition=models.Q(~models.Q(email=""), user__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CheckoutLine(models.Model):
    """One charge in a checkout: what is paid for it and what the office forgoes."""

    checkout = models.ForeignKey(Checkout, on_delete=models.CASCADE, related_name="lines")
    charge = models.ForeignKey(Charge, verbose_name=_("charge"), on_delete=models.PROTECT, related_name="lines")
    amount = PriceField(_("amount"))
    discount = PriceField(_("discount"), default=ZERO)

    class Meta:
        verbose_name = _("checkout line")
        verbose_name_plural = _("checkout lines")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["checkout", "charge"], name="checkout_line_once")]

    def __str__(self) -> str:
        return str(self.charge)
