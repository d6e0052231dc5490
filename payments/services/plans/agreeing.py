"""Agree to a payment plan: by oneself within the office's limits, or to what the office offers."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import start_of_day, today
from opscom.lib.office import office
from opscom.lib.states import change_state
from payments import plan_emails as emails
from payments.errors import PaymentRefused
from payments.instalments import Due
from payments.models import Charge, Instalment, Payment, PaymentPlan, PlanLine, StoredCard
from payments.payables import bring_up_to_date, payable_for
from payments.services.charges import lock_charges
from payments.services.plans.terms import divided, plannable, rehearse, sum_owed

State = PaymentPlan.State


def agree_plan(
    user: User, *, count: int, shown: Decimal, card: StoredCard | None = None, by: User, at: datetime | None = None
) -> PaymentPlan:
    """The person agrees to so many instalments of what they saw. PaymentRefused where the limits do not allow it, and where
    something else is owed by now: a late fee that was due is then charged, and the next look shows it."""
    at = at or timezone.now()
    make_due(user, at=at)
    return _agree(user, count=count, shown=shown, card=card, by=by, at=at)


@transaction.atomic
def make_due(user: User, *, at: datetime) -> None:
    """Charge the late fees that are due by now beside what a plan would cover."""
    bring_up_to_date(_lock_plannable(user, at), at)


@transaction.atomic
def _agree(user: User, *, count: int, shown: Decimal, card: StoredCard | None, by: User, at: datetime) -> PaymentPlan:
    _lock_plannable(user, at)
    plan = rehearse(user, count=count, at=at)
    if plan.total != shown:
        raise PaymentRefused(_("What you owe has changed. Look at the plan again."), code="changed")
    row = _make(user, plan.charges, plan.instalments, at=at)
    return _stand(row, plan.charges, card=card, by=by, at=at)


@transaction.atomic
def offer_plan(user: User, *, count: int, first_percent: int = 0, by: User, at: datetime | None = None) -> PaymentPlan:
    """The office offers a plan, whatever its limits for those who make one by themselves; it stands once the person, or the
    office for them, agrees. An older offer is withdrawn. PaymentRefused."""
    at = at or timezone.now()
    make_due(user, at=at)
    _lock_plannable(user, at)
    charges = list(plannable(user, at=at))
    if not charges:
        raise PaymentRefused(_("This person owes nothing that can be paid in instalments."), code="nothing")
    for older in PaymentPlan.objects.select_for_update().for_user(user).filter(state=State.OFFERED):
        change_state(older, "cancel", by=by, at=at, reason="a newer one was offered")
    plan = _make(user, charges, divided(sum_owed(charges), count, first_percent, at), at=at)
    plan.events.create(at=at, by=by, to_state=plan.state)
    emails.send_offer(plan)
    return plan


def agree_offer(
    plan: PaymentPlan, *, card: StoredCard | None = None, by: User, at: datetime | None = None
) -> PaymentPlan:
    """Agree to what the office offered, as long as exactly that is owed, with the late fees that are due by now, and its first
    day is not over. PaymentRefused."""
    at = at or timezone.now()
    make_due(plan.user, at=at)
    return _agree_offer(plan, card=card, by=by, at=at)


@transaction.atomic
def _agree_offer(plan: PaymentPlan, *, card: StoredCard | None, by: User, at: datetime) -> PaymentPlan:
    locked = lock_charges(plan.charges.values_list("pk", flat=True))
    plan = PaymentPlan.objects.select_for_update(of=("self",)).select_related("user").get(pk=plan.pk)
    if plan.state == State.STANDING:
        return plan
    if plan.state != State.OFFERED or plan.instalments.filter(due_on__lt=today(at)).exists():
        raise PaymentRefused(_("This offer is over. Ask the office for a new one."), code="over")
    charges = list(plannable(plan.user, at=at))
    if {charge.pk for charge in charges} != set(locked) or sum_owed(charges) != plan.total:
        raise PaymentRefused(
            _("What is owed has changed since the offer. Ask the office for a new one."), code="changed"
        )
    return _stand(plan, charges, card=card, by=by, at=at)


def _lock_plannable(user: User, at: datetime) -> Iterable[Charge]:
    return lock_charges(plannable(user, at=at).values_list("pk", flat=True)).values()


def _make(user: User, charges: Sequence[Charge], instalments: Iterable[Due], *, at: datetime) -> PaymentPlan:
    rules = office()
    plan = PaymentPlan.objects.create(
        user=user,
        total=sum_owed(list(charges)),
        grace_days=rules.plan_grace_days,
        catch_up=rules.plan_catch_up,
        created_at=at,
    )
    PlanLine.objects.bulk_create(PlanLine(plan=plan, charge=charge, owed=charge.owed) for charge in charges)
    Instalment.objects.bulk_create(
        Instalment(plan=plan, nth=nth, due_on=due.due_on, amount=due.amount)
        for nth, due in enumerate(instalments, start=1)
    )
    return plan


def _stand(
    plan: PaymentPlan, charges: Sequence[Charge], *, card: StoredCard | None, by: User, at: datetime
) -> PaymentPlan:
    """The plan stands: its charges, which are locked, are no other's, and their late fees stop."""
    if Payment.objects.filter(checkout__lines__charge__in=charges, state__in=Payment.LIVE).exists():
        raise PaymentRefused(
            _("A payment for this is under way. Wait for its end, then look at the plan again."), code="busy"
        )
    plan.lines.update(standing=True)
    change_state(plan, "agree", by=by, at=at, agreed_at=at)
    choose_card(plan, card=card, at=at)
    for charge in charges:
        payable_for(charge).on_planned(charge, at)
    emails.send_agreed(plan)
    return plan


@transaction.atomic
def choose_card(plan: PaymentPlan, *, card: StoredCard | None, at: datetime | None = None) -> PaymentPlan:
    """From now on this card pays each instalment on its day, or without one the person does. PaymentRefused."""
    at = at or timezone.now()
    plan = PaymentPlan.objects.select_for_update(of=("self",)).select_related("user").get(pk=plan.pk)
    if plan.state != State.STANDING:
        raise PaymentRefused(_("This payment plan has ended."), code="ended")
    if card and (not office().stored_cards or not StoredCard.objects.for_user(plan.user_id).kept().filter(pk=card.pk)):
        raise PaymentRefused(_("This card is not stored any more. Choose another one."), code="no-card")
    plan.card = card
    plan.save(update_fields=["card"])
    instalments = list(plan.instalments.all())
    for instalment in instalments:
        ahead = card is not None and instalment.grace_ends_on >= today(at)
        instalment.next_try_at = max(start_of_day(instalment.due_on), at) if ahead else None
        instalment.tried_at, instalment.problem = None, ""
    Instalment.objects.bulk_update(instalments, ["next_try_at", "tried_at", "problem"])
    return plan


def keep_in_plan(old: Charge, *, new: Charge) -> None:
    """Another charge takes the place of a locked one, which is void: where a plan covers that one, it covers this."""
    PlanLine.objects.filter(charge=old, standing=True).update(charge=new, owed=new.amount)
