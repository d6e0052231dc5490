"""Agree to a payment plan: by oneself within the office's limits, by a link as a guest, or to what the office offers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
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
from payments.payables import all_of_same_debtor, bring_up_to_date, payable_for
from payments.services.charges import lock_charges
from payments.services.plans.terms import (
    Guest,
    Rehearsal,
    check_allowed,
    debtor_of,
    divided,
    plannable,
    rehearse,
    sum_owed,
)

State = PaymentPlan.State
AGAIN_AFTER = timedelta(minutes=1)
MOST_A_DAY = 5


def agree_plan(
    user: User, *, count: int, shown: Decimal, card: StoredCard | None = None, by: User, at: datetime | None = None
) -> PaymentPlan:
    """The person agrees to so many instalments of what they saw. PaymentRefused where the limits do not allow it, and where
    something else is owed by now: a late fee that was due is then charged, and the next look shows it."""
    at = at or timezone.now()
    make_due(user, at=at)
    return _agree(user, count=count, shown=shown, card=card, by=by, at=at)


@transaction.atomic
def make_due(debtor: User | Guest, *, at: datetime) -> None:
    """Charge the late fees that are due by now beside what a plan would cover."""
    bring_up_to_date(_lock_plannable(debtor, at), at)


@transaction.atomic
def _agree(user: User, *, count: int, shown: Decimal, card: StoredCard | None, by: User, at: datetime) -> PaymentPlan:
    _lock_plannable(user, at)
    plan = _rehearsed(user, count=count, shown=shown, at=at)
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


def ask_plan(
    guest: Guest, *, email: str, count: int, shown: Decimal, language: str, at: datetime | None = None
) -> PaymentPlan:
    """A guest within the office's limits is offered a plan of so many instalments, by an e-mail whose link agrees to it: whoever
    opens that has confirmed the address. An older offer for the same at this address is withdrawn. Where too
    many of them were asked for at this address, the newest is answered and nothing is sent: nobody learns of it, and whoever
    asks at other addresses keeps nobody from theirs. PaymentRefused."""
    at = at or timezone.now()
    make_due(guest, at=at)
    return _ask(guest, count=count, shown=shown, whose=replace(guest, email=email, language=language), at=at)


@transaction.atomic
def _ask(guest: Guest, *, count: int, shown: Decimal, whose: Guest, at: datetime) -> PaymentPlan:
    _lock_plannable(guest, at)
    plan = _rehearsed(guest, count=count, shown=shown, at=at)
    asked = PaymentPlan.objects.filter(user=None, lines__charge__in=guest.charges, email__iexact=whose.email).distinct()
    times = list(asked.filter(created_at__gt=at - timedelta(days=1)).order_by("-created_at")[:MOST_A_DAY])
    if times and (len(times) == MOST_A_DAY or times[0].created_at > at - AGAIN_AFTER):
        return times[0]
    older = asked.filter(state=State.OFFERED).values("pk")
    for row in PaymentPlan.objects.select_for_update().filter(pk__in=older):
        change_state(row, "cancel", at=at, reason="a newer one was asked for")
    offer = _make(whose, plan.charges, plan.instalments, at=at)
    offer.events.create(at=at, to_state=offer.state)
    emails.send_offer(offer)
    return offer


def has_confirmed(guest: Guest, email: str) -> bool:
    """Whether somebody has opened the link at this address before, and agreed to a plan for one of these debtors' charges."""
    agreed = PaymentPlan.objects.filter(user=None, email__iexact=email, agreed_at__isnull=False)
    return agreed.filter(lines__charge__in=all_of_same_debtor(guest.charges)).exists()


def agree_offer(
    plan: PaymentPlan, *, card: StoredCard | None = None, by: User | None, at: datetime | None = None
) -> PaymentPlan:
    """Agree to what was offered, as long as exactly that is owed, with the late fees that are due by now, and its first
    day is not over; a guest within the office's limits. PaymentRefused."""
    at = at or timezone.now()
    make_due(debtor_of(plan), at=at)
    return _agree_offer(plan, card=card, by=by, at=at)


@transaction.atomic
def _agree_offer(plan: PaymentPlan, *, card: StoredCard | None, by: User | None, at: datetime) -> PaymentPlan:
    covered = set(plan.charges.values_list("pk", flat=True))
    lock_charges(covered if plan.user_id else all_of_same_debtor(covered))  # one plan for a debtor at a time
    plan = PaymentPlan.objects.select_for_update(of=("self",)).select_related("user").get(pk=plan.pk)
    if plan.state == State.STANDING:
        return plan
    if plan.state != State.OFFERED or plan.instalments.filter(due_on__lt=today(at)).exists():
        raise PaymentRefused(_("This offer is over. Ask for a new one."), code="over")
    debtor = debtor_of(plan)
    charges = list(plannable(debtor, at=at))
    if {charge.pk for charge in charges} != covered or sum_owed(charges) != plan.total:
        raise PaymentRefused(_("What is owed has changed since the offer. Ask for a new one."), code="changed")
    if isinstance(debtor, Guest):
        check_allowed(debtor, total=plan.total)
    return _stand(plan, charges, card=card, by=by, at=at)


def _rehearsed(debtor: User | Guest, *, count: int, shown: Decimal, at: datetime) -> Rehearsal:
    """The plan that was shown."""
    plan = rehearse(debtor, count=count, at=at)
    if plan.total != shown:
        raise PaymentRefused(_("What you owe has changed. Look at the plan again."), code="changed")
    return plan


def _lock_plannable(debtor: User | Guest, at: datetime) -> Iterable[Charge]:
    return lock_charges(plannable(debtor, at=at).values_list("pk", flat=True)).values()


def _make(debtor: User | Guest, charges: Sequence[Charge], instalments: Iterable[Due], *, at: datetime) -> PaymentPlan:
    rules, guest = office(), debtor if isinstance(debtor, Guest) else None
    plan = PaymentPlan.objects.create(
        user=None if isinstance(debtor, Guest) else debtor,
        email=guest.email if guest else "",
        language=guest.language if guest else "",
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
    plan: PaymentPlan, charges: Sequence[Charge], *, card: StoredCard | None, by: User | None, at: datetime
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
    """Another charge takes the place of a locked one, which is void: where a plan covers that one, it covers this; and of a plan
    that was not kept, this is what is owed still."""
    covered = PlanLine.objects.filter(charge=old)
    covered.filter(standing=True).update(charge=new, owed=new.amount)
    covered.filter(plan__state=State.BROKEN).update(charge=new)
