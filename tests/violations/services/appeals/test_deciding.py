"""The office decides: once, never the wrong person, and the money follows."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from opscom.lib.dates import today
from payments.models import Charge, Payment, Refund
from payments.services.attempts import resolve_payment
from tests.factories import (
    change_office,
    make_appeal,
    make_charge,
    make_checkout,
    make_offence,
    make_tax,
    make_user,
    make_vehicle,
    make_violation,
)
from tests.payments.conftest import begin, pay_at_provider
from violations.errors import AppealRefused
from violations.models import Appeal, LateFee, Violation
from violations.services.appeals.deciding import ask_for_more, decide_appeal, preview_decision
from violations.services.appeals.drafting import begin_appeal, save_draft, submit_appeal
from violations.services.escalate import apply_all_due
from violations.services.terms import ticket_amount

pytestmark = pytest.mark.django_db
FIFTY, NOTHING = Decimal("50.00"), Decimal("0.00")


@pytest.fixture
def reviewer() -> User:
    return make_user(is_staff=True)


@pytest.fixture
def appeal(resident: User) -> Appeal:
    """Handed in, of a ticket of $50 that is $30 within a week."""
    return submit_appeal(make_appeal(resident), by=resident)


def pay(appeal: Appeal, user: User) -> Payment:
    """By card, at the early price; the checkout was there before the appeal."""
    payment = begin(make_checkout([appeal.violation.charge], user))
    submit_appeal(appeal, by=user)
    pay_at_provider(payment)
    return resolve_payment(payment)


def decide(appeal: Appeal, decision: str, by: User, *, amount: str = "", response: str = "Seen.") -> Appeal:
    """Just what the preview says."""
    appeal = Appeal.objects.select_related("violation__charge").get(pk=appeal.pk)
    reduced = Decimal(amount) if amount else None
    quote = preview_decision(appeal, decision=decision, amount=reduced, by=by)
    return decide_appeal(
        appeal, decision=decision, response=response, amount=reduced, by=by, expected=(quote.owed, quote.back)
    )


def refusal(appeal: Appeal, by: User, decision: str = "upheld", **kwargs: str) -> str:
    with pytest.raises(AppealRefused) as refused:
        decide(appeal, decision, by, **kwargs)
    return refused.value.code


def charge_of(appeal: Appeal) -> Charge:
    charge = Violation.objects.select_related("charge").get(pk=appeal.violation_id).charge
    assert charge
    return charge


def test_upheld_the_ticket_stands(appeal: Appeal, reviewer: User) -> None:
    decided = decide(appeal, "upheld", reviewer, response="The sign is plain to see.")
    charge = charge_of(appeal)
    assert (decided.state, decided.reviewer, charge.state, charge.amount) == ("upheld", reviewer, "open", FIFTY)
    mail = Mail.objects.get(kind="appeal_decided")
    assert "upheld" in mail.text and "The sign is plain to see." in mail.text and "Pay $30.00 through" in mail.text


def test_cancelled_nothing_is_owed(appeal: Appeal, reviewer: User) -> None:
    decide(appeal, "cancelled", reviewer)
    violation = Violation.objects.get()
    assert (violation.state, charge_of(appeal).state) == ("void", "void")
    assert [event.to_state for event in violation.events.all()] == ["open", "void"]


def test_reduced_less_is_owed_from_now_on(appeal: Appeal, reviewer: User) -> None:
    old = charge_of(appeal)
    decide(appeal, "reduced", reviewer, amount="40.00")
    old.refresh_from_db()
    new = charge_of(appeal)
    assert (old.state, new.state, new.amount, new.reduced_amount) == (
        "void",
        "open",
        Decimal("40.00"),
        Decimal("30.00"),
    )
    assert (new.payer, Violation.objects.get().state) == (old.payer, "open")


def test_reduced_ticket_rises_no_more(resident: User, reviewer: User) -> None:
    offence = make_offence()
    offence.steps.create(after_days=20, act="double")
    violation = make_violation(make_vehicle(resident), offence=offence)
    decide(submit_appeal(make_appeal(resident, violation), by=resident), "reduced", reviewer, amount="20.00")
    assert apply_all_due(at=timezone.now() + timedelta(days=90)) == 0
    assert ticket_amount(Violation.objects.get(), today() + timedelta(days=90)) == Decimal("20.00")


def test_reduced_below_the_early_price_there_is_no_early_price(appeal: Appeal, reviewer: User) -> None:
    decide(appeal, "reduced", reviewer, amount="20.00")
    assert (charge_of(appeal).amount, charge_of(appeal).reduced_amount) == (Decimal("20.00"), None)


@pytest.mark.parametrize(("decision", "amount", "back"), [("cancelled", "", "30.00"), ("reduced", "12.50", "17.50")])
def test_what_was_overpaid_goes_back_by_itself(
    resident: User, reviewer: User, decision: str, amount: str, back: str
) -> None:
    appeal = make_appeal(resident)
    payment = pay(appeal, resident)
    decide(appeal, decision, reviewer, amount=amount)
    refund = Refund.objects.get()
    assert (refund.payment, refund.amount, refund.target, refund.state) == (payment, Decimal(back), "card", "created")
    assert Violation.objects.get().state == ("void" if decision == "cancelled" else "paid")


def test_reduced_above_what_was_paid_gives_nothing_back(resident: User, reviewer: User) -> None:
    appeal = make_appeal(resident)
    pay(appeal, resident)
    decide(appeal, "reduced", reviewer, amount="35.00")
    assert (Refund.objects.count(), Violation.objects.get().state) == (0, "paid")


def test_refund_above_the_limit_waits_for_a_second_person(resident: User, reviewer: User) -> None:
    change_office(refund_limit=Decimal("10.00"))
    appeal = make_appeal(resident)
    pay(appeal, resident)
    decide(appeal, "cancelled", reviewer)
    assert Refund.objects.get().state == "requested"


@pytest.mark.parametrize("amount", ["", "0", "50.00", "60"])
def test_reduction_must_be_one(appeal: Appeal, reviewer: User, amount: str) -> None:
    assert refusal(appeal, reviewer, "reduced", amount=amount) == "amount"


def test_reduction_waits_for_a_payment_under_way(resident: User, reviewer: User) -> None:
    appeal = make_appeal(resident)
    begin(make_checkout([appeal.violation.charge], resident))
    submit_appeal(appeal, by=resident)
    assert refusal(appeal, reviewer, "reduced", amount="20.00") == "under-way"


def test_response_is_needed(appeal: Appeal, reviewer: User) -> None:
    assert refusal(appeal, reviewer, response=" ") == "response"


def test_money_that_changed_since_the_preview_stops_the_decision(appeal: Appeal, reviewer: User) -> None:
    with pytest.raises(AppealRefused) as refused:
        decide_appeal(appeal, decision="upheld", response="Seen.", by=reviewer, expected=(NOTHING, NOTHING))
    assert (refused.value.code, Appeal.objects.get().state) == ("changed", "submitted")


def test_writer_of_the_ticket_does_not_decide(resident: User) -> None:
    officer, typist = make_user(is_staff=True), make_user(is_staff=True)
    violation = make_violation(make_vehicle(resident), officer=officer, by=typist)
    appeal = submit_appeal(make_appeal(resident, violation), by=resident)
    assert [refusal(appeal, by) for by in (officer, typist)] == ["writer", "writer"]
    with pytest.raises(AppealRefused):
        ask_for_more(appeal, question="Where?", by=officer)


def test_nobody_decides_on_their_own_appeal() -> None:
    clerk = make_user(is_staff=True)
    appeal = submit_appeal(make_appeal(clerk), by=clerk)
    assert refusal(appeal, clerk) == "own"


def test_decided_twice_is_decided_once(appeal: Appeal, reviewer: User) -> None:
    decide(appeal, "upheld", reviewer)
    assert refusal(appeal, make_user(is_staff=True), "cancelled") == "decided"


def test_second_level_is_decided_by_somebody_else_and_is_final(appeal: Appeal, resident: User, reviewer: User) -> None:
    decide(appeal, "upheld", reviewer)
    second = begin_appeal(appeal.violation, user=resident, language="en")
    submit_appeal(save_draft(second, reason="Look at the slip."), by=resident)
    assert (second.level, refusal(second, reviewer)) == (2, "same")
    decide(second, "upheld", make_user(is_staff=True))
    with pytest.raises(AppealRefused) as refused:
        begin_appeal(appeal.violation, user=resident, language="en")
    assert refused.value.code == "appealed"


@pytest.mark.parametrize(("days", "later", "code"), [(15, 15, ""), (15, 16, "late"), (0, 0, "never")])
def test_second_level_has_days_of_its_own(
    appeal: Appeal, resident: User, reviewer: User, days: int, later: int, code: str
) -> None:
    change_office(second_appeal_days=days)
    decide(appeal, "upheld", reviewer)
    try:
        begin_appeal(appeal.violation, user=resident, language="en", at=timezone.now() + timedelta(days=later))
        found = ""
    except AppealRefused as refused:
        found = refused.code
    assert found == code


def test_tax_is_within_the_amount_of_a_decision(resident: User, reviewer: User) -> None:
    make_tax(rate="25", kinds=["violation"])
    appeal = submit_appeal(make_appeal(resident), by=resident)
    decide(appeal, "reduced", reviewer, amount="40.00")
    charge = charge_of(appeal)
    assert (charge.amount, charge.reduced_amount) == (Decimal("40.00"), Decimal("37.50"))


def test_part_paid_ticket_is_not_reduced(appeal: Appeal, reviewer: User, resident: User) -> None:
    charge = charge_of(appeal)
    payment = pay(make_appeal(resident), resident)
    entry = payment.entries.get(account="charge")
    type(entry).objects.bulk_create(
        [
            type(entry)(
                at=entry.at, payment=payment, charge=charge, account="charge", amount=Decimal("-5.00"), key="a"
            ),
            type(entry)(at=entry.at, payment=payment, account="surplus", amount=Decimal("5.00"), key="b"),
        ]
    )
    assert refusal(appeal, reviewer, "reduced", amount="20.00") == "part-paid"


@pytest.fixture
def late(resident: User) -> Appeal:
    """Of a ticket that owes a late fee of $25 beside its fine, handed in."""
    appeal = make_appeal(resident)
    fee = make_charge(resident, amount="25.00")
    LateFee.objects.create(violation=appeal.violation, after_days=5, charge=fee)
    return submit_appeal(appeal, by=resident)


def fee_of(appeal: Appeal) -> Charge:
    return LateFee.objects.select_related("charge").get(violation=appeal.violation).charge


@pytest.mark.parametrize(
    ("decision", "amount", "owed", "state"),
    [("upheld", "", "75.00", "open"), ("reduced", "60.00", "60.00", "void"), ("cancelled", "", "0.00", "void")],
)
def test_late_fees_share_the_fate_of_the_fine(
    late: Appeal, reviewer: User, decision: str, amount: str, owed: str, state: str
) -> None:
    assert fee_of(late).blocked
    quote = preview_decision(
        Appeal.objects.select_related("violation__charge").get(pk=late.pk),
        decision=decision,
        amount=Decimal(amount) if amount else None,
        by=reviewer,
    )
    decide(late, decision, reviewer, amount=amount)
    fee = fee_of(late)
    assert (quote.owed, fee.state, bool(fee.blocked and fee.state == "open")) == (Decimal(owed), state, False)


def test_reduced_ticket_whose_fine_is_paid_owes_no_late_fee(resident: User, reviewer: User) -> None:
    appeal = make_appeal(resident)
    LateFee.objects.create(violation=appeal.violation, after_days=5, charge=make_charge(resident, amount="25.00"))
    pay(appeal, resident)
    assert Violation.objects.get().state == "open"
    assert refusal(appeal, reviewer, "reduced", amount="40.00") == "amount"  # the fine that was paid is 30
    decide(appeal, "reduced", reviewer, amount="20.00")
    assert (Violation.objects.get().state, fee_of(appeal).state, Refund.objects.get().amount) == (
        "paid",
        "void",
        Decimal("10.00"),
    )
