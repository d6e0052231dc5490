"""What a person or a guest may divide into instalments, and how: the office's limits, and the plan as it would be."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.money import CENT, ZERO, format_money
from opscom.lib.office import office
from payments.errors import PaymentRefused
from payments.instalments import Due, divide
from payments.models import Charge, PaymentPlan, PlanLine
from payments.models.charge import ChargeQuerySet
from payments.models.plan import PaymentPlanQuerySet
from payments.payables import all_of_same_debtor, all_owed_beside, plannable_kinds

State = PaymentPlan.State
MOST_INSTALMENTS = 60


@dataclass(frozen=True)
class Guest:
    """Who has no account and would pay these charges, by their keys, with what is owed beside them, which nobody who is known
    owes. `email` is empty until it is confirmed: nobody learns here which address has a plan."""

    charges: tuple[int, ...]
    email: str = ""
    language: str = ""


@dataclass(frozen=True)
class Rehearsal:
    """A plan as it would be: what it covers, and what is due when."""

    charges: list[Charge]
    total: Decimal
    instalments: list[Due]


def debtor_of(plan: PaymentPlan) -> User | Guest:
    """Whose plan it is; needs `user`."""
    charges = () if plan.user else tuple(plan.lines.values_list("charge_id", flat=True))
    return plan.user or Guest(charges, plan.email, plan.language)


def plannable(debtor: User | Guest, *, at: datetime) -> ChargeQuerySet:
    """What of somebody's debts a plan would cover, with its standing: tickets and fees that wait for nothing but money. One
    that is still cheaper is left out, since instalments cost the full amount."""
    reduced = Q(reduced_through__gte=today(at))
    plain = _owed_by(debtor).to_pay().exclude(reduced)
    plain = plain.filter(kind__in=plannable_kinds(), held_until=None, in_collections=False, lock="")
    return plain.with_standing().order_by("pk")


def check_allowed(debtor: User | Guest, *, total: Decimal) -> None:
    """Raise PaymentRefused where somebody may not make a plan for so much without the office."""
    rules, ask, earlier = office(), _("Ask the office for one."), _plans_of(debtor)
    if not rules.payment_plans:
        raise PaymentRefused(_("This office has no payment plans."), code="off")
    if not total:
        raise PaymentRefused(_("You owe nothing that can be paid in instalments."), code="nothing")
    if earlier.standing().exists():
        raise PaymentRefused(_("You have a payment plan. Another one can begin when it is paid."), code="standing")
    if earlier.filter(state=State.BROKEN).exists():
        raise PaymentRefused(_("An earlier payment plan of yours was not kept.") + " " + ask, code="broken")
    if total < rules.plan_least:
        least = format_money(rules.plan_least)
        raise PaymentRefused(_("A payment plan is for %(sum)s or more.") % {"sum": least}, code="least")
    if rules.plan_most and total > rules.plan_most:
        most = format_money(rules.plan_most)
        raise PaymentRefused(
            _("Online, a payment plan is for %(sum)s at most.") % {"sum": most} + " " + ask, code="most"
        )


def rehearse(debtor: User | Guest, *, count: int, at: datetime) -> Rehearsal:
    """The plan that somebody could agree to now. PaymentRefused."""
    charges = list(plannable(debtor, at=at))
    total = sum_owed(charges)
    check_allowed(debtor, total=total)
    if not 2 <= count <= office().plan_instalments:
        raise PaymentRefused(_("Choose how many instalments from those shown."), code="count")
    return Rehearsal(charges, total, divided(total, count, office().plan_first_percent, at))


def divided(total: Decimal, count: int, first_percent: int, at: datetime) -> list[Due]:
    """The instalments of such a plan, agreed to at that moment. PaymentRefused where the sum is too small for so many."""
    if count > MOST_INSTALMENTS or total < CENT * count * 100:
        raise PaymentRefused(_("That is too little for so many instalments. Choose fewer."), code="count")
    return divide(total, count, first_percent=first_percent, day=today(at))


def sum_owed(charges: list[Charge]) -> Decimal:
    """What is owed of charges with their standing."""
    return sum((charge.owed for charge in charges), start=ZERO)


def _owed_by(debtor: User | Guest) -> ChargeQuerySet:
    if isinstance(debtor, Guest):
        return Charge.objects.filter(pk__in=all_owed_beside(debtor.charges), payer=None)
    return Charge.objects.for_user(debtor)


def _plans_of(debtor: User | Guest) -> PaymentPlanQuerySet:
    """Theirs; of a guest those that covered one of these charges, or were agreed to at the same address. Of other charges of the
    same debtor, as far as one can tell, those of guests that run or of which something is owed still: a plate changes hands."""
    if not isinstance(debtor, Guest):
        return PaymentPlan.objects.for_user(debtor)
    same = Q(email__iexact=debtor.email, user=None) if debtor.email else Q()
    beside = PaymentPlan.objects.filter(user=None, lines__charge__in=all_of_same_debtor(debtor.charges)).order_by()
    owed = (beside.standing() | beside.not_kept()).values("pk")
    return PaymentPlan.objects.filter(
        Exists(PlanLine.objects.filter(plan=OuterRef("pk"), charge__in=debtor.charges)) | Q(pk__in=owed) | same
    )
