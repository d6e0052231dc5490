"""Credit that the office gives a person: linked pairs of adjustments (FLEX-2, RULES 42 to 44)."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.codes import new_code
from opscom.lib.events import StateEvent
from opscom.lib.money import MoneyField
from opscom.lib.states import StateModel
from payments.models.charge import Charge
from payments.models.drawer import CashDrawer
from payments.models.method import PaymentMethod
from payments.models.payment import Payment, ReceivedAs


class AdjustmentQuerySet(models.QuerySet["Adjustment"]):
    """Questions about credit."""

    def for_user(self, user: object) -> "AdjustmentQuerySet":
        """This person's."""
        return self.filter(user=user)

    def spendable(self) -> "AdjustmentQuerySet":
        """Credit that waits for the next payment, the oldest first. What a payment under way holds is left out."""
        live = models.Q(payment__state__in=Payment.LIVE)
        return self.filter(amount__lt=0, state=Adjustment.State.UNPROCESSED).exclude(live).order_by("created_at", "pk")


class Adjustment(StateModel):
    """One half of a pair: +amount says how the office got the money, −amount is what the person may spend with the next
    payment. Only the −amount has entries in the ledger, so its standing there is all that it is worth.

    Credit is spent whole: where it is more than the bill, the rest is a new −amount, linked by `rest_of`. `payment` is the
    one that holds it (while under way) or that spent it. A refund to credit makes a −amount without a counterpart.
    """

    class State(models.TextChoices):
        UNPROCESSED = "unprocessed", _("Unprocessed")
        PROCESSED = "processed", _("Processed")
        REVERSED = "reversed", _("Reversed")

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.PROTECT, related_name="adjustments"
    )
    amount = MoneyField(_("amount"))
    state = FSMField(_("state"), max_length=12, choices=State.choices, default=State.UNPROCESSED, protected=True)
    method = models.ForeignKey(
        PaymentMethod,
        verbose_name=_("payment method"),
        to_field="code",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    received_as = models.CharField(_("received as"), max_length=10, choices=ReceivedAs.choices, blank=True)
    counterpart = models.OneToOneField(
        "self", verbose_name=_("counterpart"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rest_of = models.ForeignKey(
        "self", verbose_name=_("rest of"), null=True, blank=True, on_delete=models.PROTECT, related_name="rests"
    )
    charges = models.ManyToManyField(Charge, verbose_name=_("items"), blank=True, related_name="adjustments")
    payment = models.ForeignKey(
        Payment,
        verbose_name=_("payment"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="adjustments",
    )
    drawer = models.ForeignKey(
        CashDrawer,
        verbose_name=_("cash drawer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="adjustments",
    )
    comment = models.CharField(_("comment"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        permissions = [("reverse_adjustment", _("Can reverse credits"))]
        ordering = ["-created_at", "-pk"]
        constraints = [models.CheckConstraint(name="adjustment_not_zero", condition=~models.Q(amount=0))]
        indexes = [
            models.Index(
                fields=["user", "created_at"], name="adjustment_spendable", condition=models.Q(state="unprocessed")
            ),
            models.Index(fields=["-created_at", "-id"], name="adjustment_newest"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def credit(self) -> Decimal:
        """What it is worth to the person, as a positive amount."""
        return -self.amount

    @transition(field=state, source=State.UNPROCESSED, target=State.PROCESSED)
    def process(self) -> None:
        """The money was received (+), or the credit is spent (−)."""

    @transition(field=state, source=State.PROCESSED, target=State.UNPROCESSED)
    def restore(self) -> None:
        """What it paid was undone, so it may be spent again."""

    @transition(field=state, source=[State.UNPROCESSED, State.PROCESSED], target=State.REVERSED)
    def reverse(self) -> None:
        """The office takes it back; of a −amount only what is unprocessed."""


class AdjustmentEvent(StateEvent):
    """History of an adjustment."""

    adjustment = models.ForeignKey(Adjustment, on_delete=models.CASCADE, related_name="events")
