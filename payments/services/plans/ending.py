"""The ends of a payment plan: all is paid, an instalment was missed for too long, or the office cancels it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.states import change_state
from payments import plan_emails as emails
from payments.errors import PaymentRefused
from payments.instalments import rests
from payments.models import Charge, Payment, PaymentPlan, PlanLine
from payments.payables import payable_for
from payments.services.charges import lock_charges

State = PaymentPlan.State


@transaction.atomic
def cancel_plan(plan: PaymentPlan, *, reason: str, by: User, at: datetime | None = None) -> PaymentPlan:
    """The office ends a plan or takes an offer back; late fees go on from here. PaymentRefused where it has ended already."""
    at = at or timezone.now()
    plan, charges = _lock(plan.pk)
    if plan.state not in (State.OFFERED, State.STANDING):
        raise PaymentRefused(_("This payment plan has ended already."), code="ended")
    stood = plan.state == State.STANDING
    _end(plan, charges, "cancel", by=by, at=at, reason=reason)
    if stood:
        emails.send_ended(plan, reason=reason)
    return plan


@transaction.atomic
def judge_plan(pk: int, *, at: datetime) -> PaymentPlan:
    """End a standing plan of which nothing is left, or of which an instalment is missing after its grace; not while somebody
    pays, nor while a part of it waits for a decision. An offer whose first day is over ends, too."""
    plan, charges = _lock(pk)
    if plan.state == State.OFFERED and plan.instalments.filter(due_on__lt=today(at)).exists():
        _end(plan, charges, "cancel", by=None, at=at, reason="not taken up")
    if plan.state != State.STANDING:
        return plan
    if not plan.left:
        _end(plan, charges, "keep", by=None, at=at)
        emails.send_ended(plan)
    elif is_missed(plan, at=at) and not _waits(charges):
        _end(plan, charges, "fail", by=None, at=at, reason="an instalment was not paid", catch_up=plan.catch_up)
        emails.send_ended(plan)
    return plan


def is_missed(plan: PaymentPlan, *, at: datetime) -> bool:
    """Whether an instalment is unpaid after its grace; needs `with_left()`."""
    instalments = list(plan.instalments.all())
    unpaid = zip(instalments, rests(instalments, plan.left), strict=True)
    return any(rest > 0 and today(at) > one.grace_ends_on for one, rest in unpaid)


def restart_grace(charges: Iterable[Charge], *, at: datetime) -> None:
    """These locked charges were decided about: what fell due of their plan while they waited is due on this day instead, and
    its grace begins anew."""
    covered = PlanLine.objects.filter(charge__in=charges, standing=True)
    plans = PaymentPlan.objects.filter(pk__in=covered.values("plan")).with_left().prefetch_related("instalments")
    for plan in plans:
        instalments = list(plan.instalments.all())
        unpaid = zip(instalments, rests(instalments, plan.left), strict=True)
        passed = [one.pk for one, rest in unpaid if rest > 0 and one.due_on < today(at)]
        if passed:
            plan.instalments.filter(pk__in=passed).update(due_on=today(at), tried_at=None)
            said = "what fell due before the decision is due on its day"
            plan.events.create(at=at, from_state=plan.state, to_state=plan.state, reason=said)


def _waits(charges: list[Charge]) -> bool:
    live = Payment.objects.filter(checkout__lines__charge__in=charges, state__in=Payment.LIVE)
    return any(charge.blocked for charge in charges if charge.state == Charge.State.OPEN) or live.exists()


def _lock(pk: int) -> tuple[PaymentPlan, list[Charge]]:
    """A plan with what is left of it, after its charges: nothing of it is paid meanwhile. Looked up twice, since whoever had
    one of them locked may have put another in its place."""
    covered = PlanLine.objects.filter(plan=pk).values_list("charge", flat=True)
    lock_charges(covered.all())
    charges = lock_charges(covered.all())
    locked = PaymentPlan.objects.select_for_update(of=("self",)).with_left().select_related("user")
    return locked.prefetch_related("instalments").get(pk=pk), list(charges.values())


def _end(
    plan: PaymentPlan,
    charges: list[Charge],
    transition: str,
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
    catch_up: bool = False,
) -> None:
    stood = plan.state == State.STANDING
    change_state(plan, transition, by=by, at=at, reason=reason)
    plan.lines.update(standing=False)
    plan.instalments.update(next_try_at=None)
    for charge in charges if stood else ():
        payable_for(charge).on_plan_ended(charge, at, catch_up=catch_up)
