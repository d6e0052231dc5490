"""What a ticket costs when it is written: repetition, forgiveness and fees beside the fine."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from tests.factories import make_offence, make_vehicle, make_violation
from violations.models import Offence, Violation
from violations.services.terms import ticket_amount

NOW = timezone.localtime().replace(hour=12)  # an hour more or less in autumn is the same day


def repeated(**fields: Any) -> Offence:
    """$25 ($15 early), then $40 ($30 early), from the fourth on $100."""
    offence = make_offence(amount=Decimal("25.00"), reduced_amount=Decimal("15.00"), **fields)
    offence.repeats.create(nth=2, amount=Decimal("40.00"), reduced_amount=Decimal("30.00"))
    offence.repeats.create(nth=4, amount=Decimal("100.00"))
    return offence


def write(offence: Offence, days_ago: int = 0, **fields: Any) -> Violation:
    """A ticket of some days ago."""
    return make_violation(offence=offence, issued_at=NOW - timedelta(days=days_ago), **fields)


def prices(violation: Violation) -> tuple[Decimal, Decimal | None]:
    """What its charge says."""
    assert violation.charge
    return violation.charge.amount, violation.charge.reduced_amount


def test_each_repetition_costs_what_the_office_says(db: None) -> None:
    offence = repeated()
    written = [prices(write(offence, days_ago)) for days_ago in (40, 30, 20, 10)]
    assert written == [
        (Decimal("25.00"), Decimal("15.00")),
        (Decimal("40.00"), Decimal("30.00")),
        (Decimal("40.00"), Decimal("30.00")),
        (Decimal("100.00"), None),
    ]
    assert Violation.objects.earliest("issued_at").amount == Decimal("25.00")


def test_clean_days_start_the_count_again(db: None) -> None:
    offence = repeated()
    write(offence, 400)
    assert prices(write(offence, 30))[0] == Decimal("25.00")


@pytest.mark.parametrize(("counts", "amount"), [("offence", "25.00"), ("category", "40.00"), ("all", "40.00")])
def test_office_says_which_tickets_count(db: None, counts: str, amount: str) -> None:
    write(make_offence(), 10)
    assert prices(write(repeated(repeat_counts=counts)))[0] == Decimal(amount)


def test_another_car_of_the_same_person_counts_and_a_stranger_does_not(resident: User) -> None:
    offence = repeated()
    write(offence, 10, vehicle=make_vehicle(resident))
    other = write(offence, 5, vehicle=make_vehicle(resident, plate="CKRT418"))
    strange = write(offence, plate="ZZZ999")
    assert [prices(one)[0] for one in (other, strange)] == [Decimal("40.00"), Decimal("25.00")]


def test_void_tickets_do_not_count_and_an_officers_own_fine_stands(db: None) -> None:
    offence = repeated()
    Violation.objects.filter(pk=write(offence, 10).pk).update(state="void")
    assert prices(write(offence, 5))[0] == Decimal("25.00")
    assert prices(write(offence, amount=Decimal("60.00")))[0] == Decimal("60.00")


def test_first_ticket_is_forgiven_and_counts(db: None) -> None:
    offence = make_offence(forgive_first=True)
    first, second = write(offence, 10), write(offence)
    assert (first.state, first.charge, first.events.get().reason) == ("warning", None, "the first ticket, forgiven")
    assert ticket_amount(first, timezone.localdate()) == Decimal("0.00")
    assert (second.state, prices(second)[0]) == ("open", Decimal("50.00"))


def test_administration_fee_stands_beside_fine_and_discount(db: None) -> None:
    violation = write(make_offence(admin_fee=Decimal("5.00")))
    assert prices(violation) == (Decimal("55.00"), Decimal("35.00"))
    assert violation.amount == Decimal("50.00")
    assert ticket_amount(violation, timezone.localdate()) == Decimal("35.00")
