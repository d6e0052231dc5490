"""Late fees are charged once, when they are due, beside the fine and never in its place."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import User
from payments.models import Charge
from payments.services.settle import fulfil_payment, record_money
from tests.factories import change_office, make_checkout, make_offence, make_payment, make_vehicle, make_violation
from tests.together import all_at_once
from violations.models import LateFee, Offence, Violation
from violations.services.debts import open_charges
from violations.services.escalate import apply_all_due, apply_due, due_tickets

NOW = timezone.localtime().replace(hour=12)  # an hour more or less in autumn is the same day


def escalating(**fields: object) -> Offence:
    """$50, $30 within 7 days, $25 more after 14 days, doubled after 30."""
    offence = make_offence(**fields)
    offence.steps.create(after_days=14, act="add", amount=Decimal("25.00"))
    offence.steps.create(after_days=30, act="double")
    return offence


def after(days: int) -> datetime:
    """So many days from now."""
    return NOW + timedelta(days=days)


def amounts(violation: Violation) -> list[Decimal]:
    """What the ticket's open charges say."""
    return list(open_charges(violation).values_list("amount", flat=True))


def pay(charges: list[Charge | None], *, at: datetime) -> None:
    """Pay them by card."""
    payment = make_payment(make_checkout(charges, at=at))
    record_money(payment, received=payment.amount, account="card", at=at)
    fulfil_payment(payment, at=at)


def test_fees_come_on_their_day_and_only_once(resident: User) -> None:
    violation = make_violation(make_vehicle(resident), offence=escalating())
    seen = []
    for days in (14, 15, 15, 30, 31, 60):
        apply_all_due(at=after(days))
        seen.append(amounts(violation))
    assert [[int(amount) for amount in row] for row in seen] == [
        [50], [50, 25], [50, 25], [50, 25], [50, 25, 75], [50, 25, 75],
    ]  # fmt: skip
    fee = LateFee.objects.earliest("after_days").charge
    assert (fee.payer, fee.kind, fee.description, fee.detail, fee.link) == (
        resident, "violation", "Ticket TT-10001, late fee", "Not paid within 14 days", "/tickets/TT-10001/",
    )  # fmt: skip
    assert due_tickets(at=after(90)) == []


def test_missed_nights_are_caught_up_in_one(db: None) -> None:
    violation = make_violation(offence=escalating())
    assert apply_all_due(at=after(40)) == 2
    assert amounts(violation) == [Decimal("50.00"), Decimal("25.00"), Decimal("75.00")]


def test_terms_are_those_of_the_day_of_the_ticket(db: None) -> None:
    offence = escalating()
    violation = make_violation(offence=offence)
    offence.steps.all().delete()
    later = make_violation(offence=offence)
    apply_all_due(at=after(15))
    assert (amounts(violation), amounts(later)) == ([Decimal("50.00"), Decimal("25.00")], [Decimal("50.00")])


def test_payment_under_way_keeps_its_amount_and_its_end_wakes_the_fee(db: None) -> None:
    violation = make_violation(offence=escalating())
    payment = make_payment(make_checkout([violation.charge], at=NOW))
    assert (apply_all_due(at=after(15)), amounts(violation)) == (0, [Decimal("50.00")])
    payment.expire()
    payment.save()
    assert apply_all_due(at=after(15)) == 1


def test_whoever_opens_a_payment_owes_what_is_due_by_then(db: None) -> None:
    violation = make_violation(offence=escalating())
    make_checkout([violation.charge], at=after(15))
    assert amounts(violation) == [Decimal("50.00"), Decimal("25.00")]


def test_ticket_is_paid_with_its_last_charge(db: None) -> None:
    violation = make_violation(offence=escalating())
    apply_all_due(at=after(15))
    fee = LateFee.objects.get().charge
    pay([violation.charge], at=after(16))
    violation.refresh_from_db()
    assert (violation.state, apply_all_due(at=after(31))) == ("open", 0)
    pay([fee], at=after(32))
    violation.refresh_from_db()
    assert violation.state == "paid"


def test_paid_in_time_it_never_rises(db: None) -> None:
    violation = make_violation(offence=escalating())
    pay([violation.charge], at=after(1))
    assert (apply_all_due(at=after(60)), LateFee.objects.count()) == (0, 0)


def test_one_ticket_that_fails_keeps_no_other(db: None) -> None:
    broken, other = (make_violation(offence=escalating()) for _n in range(2))
    Violation.objects.filter(pk=broken.pk).update(terms={"fine": "?"})
    assert apply_all_due(at=after(15)) == 1
    assert amounts(other) == [Decimal("50.00"), Decimal("25.00")]


def test_closed_days_move_the_due_day_of_business_days(db: None) -> None:
    change_office(fines_business_days=True)
    charge = make_violation(issued_at=datetime(2026, 11, 2, 12, tzinfo=timezone.get_current_timezone())).charge
    assert charge
    assert str(charge.reduced_through) == "2026-11-11"  # seven business days are over on Wednesday the 11th


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_four_sweeps_at_once_charge_one_fee() -> None:
    violation = make_violation(offence=escalating())
    all_at_once([lambda: apply_due(violation.pk, at=after(15))] * 4)
    assert (LateFee.objects.count(), Charge.objects.count()) == (1, 2)
