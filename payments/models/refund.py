"""Money that goes back (RULES 34 to 41)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.codes import random_code
from opscom.lib.events import StateEvent
from opscom.lib.money import PriceField
from opscom.lib.states import StateModel
from payments.models.adjustment import Adjustment
from payments.models.charge import Charge
from payments.models.payment import Payment


class HandedAs(models.TextChoices):
    """How the office handed a refund out."""

    CASH = "cash", _("Cash")
    CHEQUE = "cheque", _("Cheque")
    OTHER = "other", _("Another way")


def refund_code() -> str:
    """The reference that a provider gets, and its idempotency key."""
    return random_code(20)


class RefundQuerySet(models.QuerySet["Refund"]):
    """Questions about refunds."""

    def counted(self) -> "RefundQuerySet":
        """Those that count against what can still be refunded (RULES 34)."""
        return self.filter(state__in=Refund.COUNTED)

    def not_booked(self) -> "RefundQuerySet":
        """Counted, but their money has not left the books yet."""
        return self.filter(state__in=[Refund.State.REQUESTED, Refund.State.CREATED])

    def known_as(self, provider: str, provider_ref: str) -> "RefundQuerySet":
        """All parts of what that provider has under one reference."""
        own = models.Q(provider_ref=provider_ref) | models.Q(provider_ref__startswith=f"{provider_ref}/")
        return self.filter(own, payment__provider=provider).order_by("pk")


class Refund(StateModel):
    """Part of one payment going back, for one of its charges or, without one, for its surplus.

    What is requested, being sent and done counts against what can still be refunded; what failed or was rejected does not.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("Waits for a second person")
        CREATED = "created", _("To be sent")
        TRANSIT = "transit", _("On its way")
        DONE = "done", _("Refunded")
        FAILED = "failed", _("Failed")
        REJECTED = "rejected", _("Rejected")

    class Target(models.TextChoices):
        CARD = "card", _("To the card")
        CREDIT = "credit", _("To the person's credit")
        OFFICE = "office", _("Handed out by the office")

    COUNTED: ClassVar[list[str]] = [State.REQUESTED, State.CREATED, State.TRANSIT, State.DONE]
    UNDER_WAY: ClassVar[list[str]] = [State.CREATED, State.TRANSIT]

    code = models.CharField(_("reference"), max_length=20, unique=True, default=refund_code, editable=False)
    payment = models.ForeignKey(Payment, verbose_name=_("payment"), on_delete=models.PROTECT, related_name="refunds")
    charge = models.ForeignKey(
        Charge,
        verbose_name=_("charge"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="refunds",
        help_text=_("Empty: surplus of the payment."),
    )
    amount = PriceField(_("amount"))
    target = models.CharField(_("where to"), max_length=10, choices=Target.choices)
    handed_as = models.CharField(_("handed out as"), max_length=10, choices=HandedAs.choices, blank=True)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.CREATED, protected=True)
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("approved by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    adjustment = models.OneToOneField(
        Adjustment,
        verbose_name=_("credit"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="refund",
    )
    provider_ref = models.CharField(_("provider's reference"), max_length=120, blank=True)
    external = models.BooleanField(
        _("made at the provider"),
        default=False,
        help_text=_("Refunded or disputed there, not by this office's staff here."),
    )
    note = models.CharField(_("note"), max_length=250, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=1)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    done_at = models.DateTimeField(_("refunded"), null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-created_at", "-pk"]
        permissions = [("approve_refund", _("Can approve refunds above the limit"))]
        constraints = [
            models.CheckConstraint(name="refund_amount_positive", condition=models.Q(amount__gt=0)),
            models.UniqueConstraint(
                fields=["provider_ref"], condition=~models.Q(provider_ref=""), name="refund_ref_once"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="refund_newest"),
            models.Index(fields=["state", "created_at"], name="refund_state_created"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def reference(self) -> str:
        """What the provider knows this try by. A failed try is over there, so the next one has another."""
        return self.code if self.tries == 1 else f"{self.code}-{self.tries}"

    @transition(field=state, source=State.CREATED, target=State.REQUESTED)
    def request(self) -> None:
        """It is above the limit, so a second person approves it."""

    @transition(field=state, source=State.REQUESTED, target=State.CREATED)
    def approve(self) -> None:
        """A second person agrees."""

    @transition(field=state, source=[State.REQUESTED, State.FAILED], target=State.REJECTED)
    def reject(self) -> None:
        """A second person does not agree, or it failed and nothing more is given."""

    @transition(field=state, source=State.CREATED, target=State.TRANSIT)
    def send(self) -> None:
        """The provider has it, and does not know yet how it ends."""

    @transition(field=state, source=[*UNDER_WAY, State.FAILED], target=State.DONE)
    def finish(self) -> None:
        """The money is back with the payer."""

    @transition(field=state, source=[*UNDER_WAY, State.DONE], target=State.FAILED)
    def fail(self) -> None:
        """The provider could not pay it out; that may come days later (RULES 39)."""

    @transition(field=state, source=State.FAILED, target=State.CREATED)
    def retry(self) -> None:
        """Staff try again."""


class RefundEvent(StateEvent):
    """History of a refund."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="events")
