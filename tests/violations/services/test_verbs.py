"""Withdraw a ticket, leave it at a warning, or reduce it: the charges follow, money is never lost."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import User
from payments.models import Charge
from payments.services.settle import fulfil_payment, record_money
from tests.factories import (
    make_appeal,
    make_checkout,
    make_offence,
    make_payment,
    make_tax,
    make_vehicle,
    make_violation,
)
from violations.errors import ViolationRefused
from violations.models import Violation
from violations.services.appeals.drafting import submit_appeal
from violations.services.debts import charges_of
from violations.services.escalate import apply_all_due
from violations.services.issue import spoil_violation
from violations.services.verbs import reduce_violation, turn_into_warning, void_violation

Verb = Callable[..., Violation]
NOON = timezone.localtime().replace(hour=12)
reduce_it = partial(reduce_violation, to=Decimal("20.00"))


def risen(payer: User) -> Violation:
    """A ticket of $50 that owes a late fee of $25 and rises again."""
    offence = make_offence()
    offence.steps.create(after_days=14, act="add", amount=Decimal("25.00"))
    offence.steps.create(after_days=30, act="double")
    violation = make_violation(make_vehicle(payer), offence=offence, issued_at=NOON - timedelta(days=20))
    apply_all_due(at=NOON)
    return violation


def standing(violation: Violation) -> list[tuple[Decimal, str]]:
    """The ticket's charges."""
    return list(charges_of(violation).values_list("amount", "state"))


@pytest.mark.parametrize(
    ("verb", "state"), [(void_violation, "void"), (turn_into_warning, "warning"), (spoil_violation, "void")]
)
def test_fine_and_late_fees_end_together(resident: User, staff: User, verb: Verb, state: str) -> None:
    violation = verb(risen(resident), by=staff, reason="Sign was covered")
    assert (violation.state, standing(violation)) == (state, [(Decimal("50.00"), "void"), (Decimal("25.00"), "void")])
    event = violation.events.order_by("pk").last()
    assert event
    assert (event.by, event.to_state, event.reason) == (staff, state, "Sign was covered")
    assert apply_all_due(at=NOON + timedelta(days=60)) == 0


@pytest.mark.parametrize("verb", [void_violation, turn_into_warning, spoil_violation, reduce_it])
def test_ticket_under_appeal_is_left_to_its_decision(resident: User, staff: User, verb: Verb) -> None:
    violation = make_violation(make_vehicle(resident))
    submit_appeal(make_appeal(resident, violation), by=resident)
    with pytest.raises(ViolationRefused, match="under appeal"):
        verb(violation, by=staff, reason="Sign was covered")
    assert standing(violation) == [(Decimal("50.00"), "open")]


def test_reduced_ticket_owes_the_new_amount_and_never_rises(resident: User, staff: User) -> None:
    violation = reduce_it(risen(resident), by=staff, reason="Meter was slow", at=NOON)
    charge = violation.charge
    assert charge
    assert (violation.state, charge.state, charge.amount, charge.reduced_amount, charge.payer) == (
        "open", "open", Decimal("20.00"), None, resident,
    )  # fmt: skip
    assert charge.due_on == (NOON + timedelta(days=10)).date()  # the day on which it was due before
    assert apply_all_due(at=NOON + timedelta(days=60)) == 0
    assert sorted(Charge.objects.values_list("amount", "state")) == [
        (Decimal("20.00"), "open"), (Decimal("25.00"), "void"), (Decimal("50.00"), "void"),
    ]  # fmt: skip
    event = violation.events.order_by("pk").last()
    assert event
    assert event.reason == "reduced from 75.00 to 20.00: Meter was slow"


def test_tax_that_comes_on_top_is_within_a_reduced_amount(resident: User, staff: User) -> None:
    make_tax(rate="25", kinds=["violation"])
    violation = make_violation(make_vehicle(resident))
    assert standing(violation) == [(Decimal("62.50"), "open")]
    violation = reduce_it(violation, by=staff, reason="Meter was slow")
    assert violation.charge
    assert (violation.charge.amount, violation.charge.taxes.get().amount) == (Decimal("20.00"), Decimal("4.00"))


def test_reduced_after_its_due_day_it_gives_a_week(resident: User, staff: User) -> None:
    violation = reduce_it(risen(resident), by=staff, reason="Late", at=NOON + timedelta(days=40))
    assert violation.charge
    assert violation.charge.due_on == (NOON + timedelta(days=47)).date()


@pytest.mark.parametrize("verb", [void_violation, turn_into_warning, reduce_it])
def test_paid_ticket_is_left_alone(staff: User, verb: Verb) -> None:
    violation = make_violation()
    payment = make_payment(make_checkout([violation.charge]))
    record_money(payment, received=payment.amount, account="card", at=timezone.now())
    for _again in range(2):  # before and after it is handed over
        with pytest.raises(ViolationRefused, match="is not owed"):
            verb(violation, by=staff, reason="Mistake")
        fulfil_payment(payment)
    assert standing(violation) == [(Decimal("50.00"), "settled")]


def test_amount_is_not_changed_under_a_payment(staff: User) -> None:
    violation = make_violation()
    make_payment(make_checkout([violation.charge]))
    with pytest.raises(ViolationRefused, match="under way"):
        reduce_it(violation, by=staff, reason="Mistake")
    assert standing(violation) == [(Decimal("50.00"), "open")]


def test_part_paid_ticket_is_not_reduced(staff: User) -> None:
    violation = make_violation()
    payment = make_payment(make_checkout([violation.charge]), amount=Decimal("10.00"))
    record_money(payment, received=payment.amount, account="card", at=timezone.now())
    with pytest.raises(ViolationRefused, match="is paid"):
        reduce_it(violation, by=staff, reason="Mistake")
