"""What is owed."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.codes import new_code
from opscom.lib.events import StateEvent
from opscom.lib.money import ZERO, MoneyField, PriceField
from opscom.lib.states import StateModel


class ChargeQuerySet(models.QuerySet["Charge"]):
    """Questions about what is owed."""

    def for_user(self, user: object) -> "ChargeQuerySet":
        """Charges that this person owes."""
        return self.filter(payer=user)

    def open(self) -> "ChargeQuerySet":
        """Charges still to be paid."""
        return self.filter(state=Charge.State.OPEN)

    def to_pay(self) -> "ChargeQuerySet":
        """Open charges that wait for the payer: neither blocked nor promised, nor paid in instalments."""
        return self.open().filter(~_promised(), ~_planned(), blocked="")

    def with_standing(self) -> "ChargeQuerySet":
        """Adds `applied` (the sum that the ledger has credited), `promised` (a cash promise waits for the office) and
        `planned` (it is paid in the instalments of a plan)."""
        from payments.models.ledger import LedgerEntry

        credited = (
            LedgerEntry.objects.filter(charge=OuterRef("pk"), account=LedgerEntry.Account.CHARGE)
            .order_by()
            .values("charge")
            .annotate(total=Sum("amount"))
            .values("total")
        )
        return self.annotate(
            applied=-Coalesce(models.Subquery(credited, output_field=MoneyField()), ZERO, output_field=MoneyField()),
            promised=_promised(),
            planned=_planned(),
        )


def _promised() -> Exists:
    from payments.models.payment import Payment

    return Exists(Payment.objects.filter(checkout__lines__charge=OuterRef("pk"), state=Payment.State.PROMISED))


def _planned() -> Exists:
    from payments.models.plan import PlanLine

    return Exists(PlanLine.objects.filter(charge=OuterRef("pk"), standing=True))


class Charge(StateModel):
    """One debt. Its amount never changes: a new price is a void charge and a new one. What is given for nothing has one of
    zero, void from the start.

    `reduced_amount` is enough until the end of `reduced_through` (office time, RULES 30); both contain
    every tax, and `taxed` says whether there are any (rows in `taxes`). `held_until` is when the price and the thing held
    for it lapse; `blocked` says why it cannot be paid now; `lock` says what paying it helps to open, and shows a grey lock.
    `in_collections`: a collection agency has it. The owning domain pushes these down.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Owed")
        SETTLED = "settled", _("Paid")
        VOID = "void", _("Void")

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    kind = models.SlugField(_("kind"), max_length=20)
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("payer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="charges",
    )
    amount = PriceField(_("amount"))
    description = models.CharField(_("description"), max_length=120)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    link = models.CharField(_("page"), max_length=120, blank=True)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.OPEN, protected=True)
    reduced_amount = PriceField(_("reduced amount"), null=True, blank=True)
    reduced_through = models.DateField(_("reduced through"), null=True, blank=True)
    taxed = models.BooleanField(_("bears taxes"), default=False, editable=False)
    due_on = models.DateField(_("due"), null=True, blank=True)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    blocked = models.CharField(_("cannot be paid because"), max_length=200, blank=True)
    in_collections = models.BooleanField(_("at a collection agency"), default=False)
    lock = models.CharField(_("lock, and what it opens"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = ChargeQuerySet.as_manager()
    applied: Decimal
    promised: bool
    planned: bool

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="charge_amount_positive", condition=models.Q(amount__gt=0) | models.Q(amount=0, state="void")
            ),
            models.CheckConstraint(
                name="charge_reduction_whole",
                condition=models.Q(reduced_amount__isnull=True, reduced_through__isnull=True)
                | models.Q(reduced_amount__lt=models.F("amount"), reduced_amount__gt=0, reduced_through__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["payer", "state"], name="charge_payer_state"),
            models.Index(fields=["created_at", "id"], name="charge_oldest"),
            models.Index(fields=["description"], name="charge_description_begins", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def owed(self) -> Decimal:
        """Amount less what the ledger has credited; needs `with_standing()`."""
        return self.amount - self.applied

    @transition(field=state, source=State.OPEN, target=State.SETTLED)
    def settle(self) -> None:
        """The ledger has credited all of it."""

    @transition(field=state, source=State.OPEN, target=State.VOID)
    def cancel(self) -> None:
        """Nothing is owed any more."""

    @transition(field=state, source=[State.VOID, State.SETTLED], target=State.OPEN)
    def reopen(self) -> None:
        """Late money found the thing still to be had (RULES 6), or the money went back: a bounced cheque (RULES 46)."""


class ChargeEvent(StateEvent):
    """History of a charge."""

    charge = models.ForeignKey(Charge, on_delete=models.CASCADE, related_name="events")
