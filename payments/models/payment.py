"""Attempts to pay."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.acting import current_actor
from opscom.lib.codes import random_code
from opscom.lib.events import StateEvent
from opscom.lib.money import PriceField
from opscom.lib.states import StateModel
from payments.models.card import StoredCard
from payments.models.checkout import Checkout
from payments.models.drawer import CashDrawer
from payments.models.method import PaymentMethod


def payment_code() -> str:
    """The reference that a provider gets: its idempotency key and the return address are made of it."""
    return random_code(20)


class ReceivedAs(models.TextChoices):
    """What a cashier was handed."""

    CASH = "cash", _("Cash")
    CHEQUE = "cheque", _("Cheque")
    DEBIT = "debit", _("Card at the counter")


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Questions about attempts."""

    def in_flight(self) -> "PaymentQuerySet":
        """Card attempts of which the provider alone knows how they end."""
        return self.filter(state__in=Payment.IN_FLIGHT)

    def needing_attention(self) -> "PaymentQuerySet":
        """What staff must look at."""
        return self.exclude(attention="")


class Payment(StateModel):
    """One attempt. Late money is always recorded; a late failure never undoes it (RULES 21)."""

    class State(models.TextChoices):
        CREATED = "created", _("Started")
        REDIRECTED = "redirected", _("At the card page")
        PROMISED = "promised", _("Paid but not Processed")
        CONFIRMED = "confirmed", _("Paid")
        FAILED = "failed", _("Declined")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    class Attention(models.TextChoices):
        NONE = "", _("Nothing")
        MISMATCH = "mismatch", _("Amount, currency or reference differ from ours")
        FULFILMENT = "fulfilment", _("Paid, but what was bought could not be given")
        SURPLUS = "surplus", _("More was paid than was owed")
        PARTIAL = "partial", _("Paid in part: its credit was spent elsewhere")
        UNSURE = "unsure", _("The provider does not say how it ended")
        REFUND = "refund", _("A refund failed, or was made at the provider")
        DISPUTED = "disputed", _("Disputed by the card's holder")
        BOUNCED = "bounced", _("Its cheque bounced, and what it paid for is another person's by now")

    class Decline(models.TextChoices):
        NONE = "", _("Not, or not known")
        SOFT = "soft", _("Another try may help")
        HARD = "hard", _("Not with this card")
        AUTHENTICATE = "authenticate", _("The person must confirm it")

    IN_FLIGHT: ClassVar[list[str]] = [State.CREATED, State.REDIRECTED]
    LIVE: ClassVar[list[str]] = [*IN_FLIGHT, State.PROMISED]

    code = models.CharField(_("reference"), max_length=20, unique=True, default=payment_code, editable=False)
    checkout = models.ForeignKey(
        Checkout, verbose_name=_("checkout"), on_delete=models.PROTECT, related_name="payments"
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
    method = models.ForeignKey(
        PaymentMethod,
        verbose_name=_("payment method"),
        to_field="code",
        db_column="method",
        on_delete=models.PROTECT,
        related_name="+",
    )
    provider = models.SlugField(_("provider"), max_length=20, blank=True)
    provider_ref = models.CharField(_("provider's reference"), max_length=120, blank=True)
    charge_ref = models.CharField(
        _("provider's transaction"), max_length=120, blank=True, help_text=_("What a refund names at the provider.")
    )
    amount = PriceField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, default=settings.CURRENCY)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.CREATED, protected=True)
    attention = models.CharField(
        _("needs attention"), max_length=12, choices=Attention.choices, blank=True, default=Attention.NONE
    )
    note = models.CharField(_("note"), max_length=250, blank=True)
    stored_card = models.ForeignKey(
        StoredCard,
        verbose_name=_("stored card"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="payments",
        help_text=_("Set where a card that the provider keeps is charged, and no page is opened."),
    )
    decline = models.CharField(
        _("why it was declined"), max_length=12, choices=Decline.choices, blank=True, default=Decline.NONE
    )
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    expires_at = models.DateTimeField(_("card page closes"), null=True, blank=True)
    asked_at = models.DateTimeField(_("last asked about"), null=True, blank=True, editable=False)
    promise_due_on = models.DateField(_("to be brought by"), null=True, blank=True)
    promise_until = models.DateTimeField(_("place kept until"), null=True, blank=True)
    received = PriceField(_("amount received"), null=True, blank=True)
    received_as = models.CharField(_("received as"), max_length=10, choices=ReceivedAs.choices, blank=True)
    drawer = models.ForeignKey(
        CashDrawer,
        verbose_name=_("cash drawer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="payments",
    )
    bounced_at = models.DateTimeField(_("cheque bounced"), null=True, blank=True)
    settled_at = models.DateTimeField(_("paid"), null=True, blank=True)
    fulfilled_at = models.DateTimeField(_("handed over"), null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-created_at", "-pk"]
        permissions = [("process_payment", _("Can process payments manually"))]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_ref"], condition=~models.Q(provider_ref=""), name="payment_ref_once"
            ),
            models.UniqueConstraint(
                fields=["checkout"],
                condition=models.Q(state__in=["created", "redirected"]),
                name="payment_one_in_flight",
            ),
            models.UniqueConstraint(
                fields=["checkout"], condition=models.Q(state="promised"), name="payment_one_promise"
            ),
            models.CheckConstraint(
                name="payment_amount_positive",
                condition=models.Q(amount__gt=0) | models.Q(amount=0, method=PaymentMethod.CREDIT),
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="payment_newest"),
            models.Index(fields=["state", "created_at"], name="payment_state_created"),
            models.Index(fields=["attention"], name="payment_attention", condition=~models.Q(attention="")),
        ]

    def __str__(self) -> str:
        return self.code

    @transition(field=state, source=State.CREATED, target=State.REDIRECTED)
    def redirect(self) -> None:
        """The provider has a page for it."""

    @transition(field=state, source=State.CREATED, target=State.PROMISED)
    def promise(self) -> None:
        """Cash or a cheque is to be brought to the office."""

    @transition(
        field=state,
        source=[State.CREATED, State.REDIRECTED, State.PROMISED, State.FAILED, State.CANCELLED, State.EXPIRED],
        target=State.CONFIRMED,
    )
    def confirm(self) -> None:
        """The money is there."""

    @transition(field=state, source=IN_FLIGHT, target=State.FAILED)
    def fail(self) -> None:
        """The bank said no."""

    @transition(field=state, source=LIVE, target=State.CANCELLED)
    def cancel(self) -> None:
        """The payer, or a newer attempt, gave it up."""

    @transition(field=state, source=LIVE, target=State.EXPIRED)
    def expire(self) -> None:
        """Nobody finished it in time."""


class PaymentEvent(StateEvent):
    """History of an attempt."""

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="events")
