"""The office asks, previews and decides; each appeal is decided once, and never by whoever wrote the ticket."""

from collections.abc import Set
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import end_of_day, today
from opscom.lib.office import office
from opscom.lib.states import change_state
from payments.models import Payment
from payments.services.refundable import payments_of
from payments.services.refunds import lock_payment
from violations.emails import appeals as emails
from violations.errors import AppealRefused
from violations.models import Appeal, Association, Violation, ViolationEvent
from violations.services.appeals.drafting import fine_among, lock_appeal
from violations.services.appeals.money import Case, DecisionQuote, carry_out, quote_decision
from violations.services.appeals.rules import FIRST
from violations.services.debts import charges_of, lock_charges_of

VERBS = {Appeal.State.UPHELD: "uphold", Appeal.State.REDUCED: "reduce", Appeal.State.CANCELLED: "cancel"}


def check_reviewer(appeal: Appeal, *, by: User) -> None:
    """AppealRefused for whoever wrote the ticket, appealed it, or decided on it at the level before. Needs `violation`."""
    written = ViolationEvent.objects.filter(violation=appeal.violation_id, from_state="").values_list("by", flat=True)
    judge_reviewer(appeal, by=by, writers=set(written), first=first_of(appeal))


def judge_reviewer(appeal: Appeal, *, by: User, writers: Set[int | None], first: Appeal | None) -> None:
    """The same without a look at the database: `writers` entered the ticket, `first` is the appeal before this one."""
    if by.pk in writers | {appeal.violation.officer_id}:
        raise AppealRefused(_("You wrote this ticket. Somebody else must decide on its appeal."), code="writer")
    if by.pk == appeal.user_id:
        raise AppealRefused(_("This is your own appeal. Somebody else must decide on it."), code="own")
    if first and first.reviewer_id == by.pk:
        raise AppealRefused(_("You decided on the first appeal. Somebody else must decide on this one."), code="same")


def first_of(appeal: Appeal) -> Appeal | None:
    """The decided appeal before a second one, with who decided it."""
    if appeal.level == FIRST:
        return None
    handed_in = Appeal.objects.filter(violation=appeal.violation_id, level=FIRST).handed_in()
    return handed_in.select_related("reviewer").first()


def preview_decision(appeal: Appeal, *, decision: str, by: User, amount: Decimal | None = None) -> DecisionQuote:
    """What `decide_appeal` would do now; it refuses the same."""
    check_reviewer(appeal, by=by)
    _check_open(appeal)
    charges = list(charges_of(appeal.violation))
    case = Case(appeal, appeal.violation, fine_among(charges, appeal.violation), charges)
    return quote_decision(case, payments_of(*charges), decision=decision, amount=amount, by=by)


@transaction.atomic
def ask_for_more(appeal: Appeal, *, question: str, by: User, at: datetime | None = None) -> Appeal:
    """Ask the appellant for something; the clock stands still on."""
    appeal = lock_appeal(appeal)
    check_reviewer(appeal, by=by)
    if appeal.state != Appeal.State.SUBMITTED:
        raise AppealRefused(_("Only an appeal under review can be asked about. Look at its state."), code="not-waiting")
    if not question.strip():
        raise AppealRefused(_("Write what you want to know."), code="question")
    change_state(appeal, "ask", by=by, at=at, question=question.strip())
    emails.send_appeal_question(appeal, at=at or timezone.now())
    return appeal


@transaction.atomic
def decide_appeal(
    appeal: Appeal,
    *,
    decision: str,
    response: str,
    by: User,
    expected: tuple[Decimal, Decimal],
    amount: Decimal | None = None,
    at: datetime | None = None,
) -> Appeal:
    """Decide, once: the ticket and the money follow, and an e-mail says so. `expected` is what the preview said is owed
    afterwards and goes back; where that has changed, nothing happens. AppealRefused."""
    at = at or timezone.now()
    if not response.strip():
        raise AppealRefused(_("Write the reasons; whoever appealed reads them."), code="response")
    case, payments = _lock_case(appeal)
    appeal = case.appeal
    _check_open(appeal)
    check_reviewer(appeal, by=by)
    quote = quote_decision(case, payments, decision=decision, amount=amount, by=by)
    if expected != (quote.owed, quote.back) or payments != payments_of(*case.charges):  # somebody paid while we waited
        raise AppealRefused(_("The amounts have changed since you saw them. Look at them again."), code="changed")
    change_state(
        appeal,
        VERBS[Appeal.State(decision)],
        by=by,
        at=at,
        reviewer=by,
        response=response.strip(),
        reduced_to=amount if decision == Appeal.State.REDUCED else None,
        decided_at=at,
        fair_through=today(at) + timedelta(days=office().appeal_fair_days),
    )
    carry_out(case, quote, by=by, at=at)
    _end_association(appeal, at)
    emails.send_appeal_decided(appeal, case.violation, quote)
    return appeal


def _lock_case(appeal: Appeal) -> tuple[Case, list[Payment]]:
    """What a decision touches, and the payments that it may give back; all locked, in the order that everything keeps:
    payments, charges, ticket, appeal."""
    payments = [lock_payment(payment.pk) for payment in payments_of(*charges_of(appeal.violation))]
    charges = lock_charges_of(appeal.violation)
    locked = Violation.objects.select_for_update(of=("self",)).select_related("offence", "lot")
    violation = locked.get(pk=appeal.violation_id)
    return Case(lock_appeal(appeal), violation, fine_among(charges, violation), charges), payments


def _check_open(appeal: Appeal) -> None:
    if not appeal.is_running:
        raise AppealRefused(
            _("This appeal is decided already: %(state)s.") % {"state": appeal.get_state_display()}, code="decided"
        )


def _end_association(appeal: Appeal, at: datetime) -> None:
    ends_at = end_of_day(today(at) + timedelta(days=office().association_days))
    Association.objects.filter(user=appeal.user_id, violation=appeal.violation_id).update(ends_at=ends_at)
