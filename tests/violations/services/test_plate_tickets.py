"""The code that opens a plate's other tickets to a guest."""

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from tests.factories import make_appeal, make_user, make_vehicle, make_violation
from vehicles.models import Vehicle
from violations.errors import PlateCodeRefused
from violations.models import PlateCode, Violation
from violations.services.appeals.drafting import submit_appeal
from violations.services.debts import open_charges_of
from violations.services.plate_tickets import (
    enter_plate_code,
    masked,
    opened_plate,
    send_plate_code,
    tickets_of,
)

AT = timezone.now()


@pytest.fixture
def car(db: None) -> Vehicle:
    """A vehicle with a driver whose address is on file."""
    return make_vehicle(make_user(email="ada@example.test"))


@pytest.fixture
def violation(car: Vehicle) -> Violation:
    return make_violation(car)


def digits() -> str:
    """What the newest mail says."""
    found = re.search(r"\b\d{6}\b", Mail.objects.filter(kind="plate_code").latest("pk").text)
    assert found
    return found.group()


def refusal(violation: Violation, row: PlateCode, typed: str, at: datetime = AT) -> str:
    with pytest.raises(PlateCodeRefused) as caught:
        enter_plate_code(violation, asked=row.code, typed=typed, at=at)
    return caught.value.code


def test_code_goes_to_whoever_answers_for_the_plate_and_works_once(violation: Violation, resident: User) -> None:
    row = send_plate_code(violation, at=AT)
    assert [mail.to for mail in Mail.objects.filter(kind="plate_code")] == ["ada@example.test"]
    assert opened_plate(violation, row.code, at=AT) is None
    code = digits()
    enter_plate_code(violation, asked=row.code, typed=f"{code[:3]} {code[3:]}", at=AT)
    assert opened_plate(violation, row.code, at=AT) == row
    assert refusal(violation, row, code) == "wrong"
    assert opened_plate(violation, row.code, at=AT + timedelta(hours=1)) is None


def test_code_is_good_for_15_minutes_its_own_browser_and_ticket(car: Vehicle, violation: Violation) -> None:
    row, other = send_plate_code(violation, at=AT), make_violation(car)
    assert refusal(violation, row, digits(), AT + timedelta(minutes=15)) == "wrong"
    assert refusal(violation, PlateCode(code="ANOTHER"), digits()) == "wrong"
    assert refusal(other, row, digits()) == "wrong"
    enter_plate_code(violation, asked=row.code, typed=digits(), at=AT + timedelta(minutes=14, seconds=59))


def test_code_is_dead_after_five_misses(violation: Violation) -> None:
    row = send_plate_code(violation, at=AT)
    code = digits()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert {refusal(violation, row, wrong) for _try in range(5)} == {"wrong"}
    assert refusal(violation, row, code) == "wrong"


def test_codes_of_a_plate_are_few(car: Vehicle, violation: Violation) -> None:
    other = make_violation(car)
    for minute in range(5):
        send_plate_code(violation if minute % 2 else other, at=AT + timedelta(minutes=minute))
    for at, code in ((timedelta(minutes=4, seconds=30), "cooldown"), (timedelta(minutes=6), "throttled")):
        with pytest.raises(PlateCodeRefused) as caught:
            send_plate_code(violation, at=AT + at)
        assert caught.value.code == code
    assert send_plate_code(violation, at=AT + timedelta(days=1, minutes=1)).pk


def test_code_of_a_plate_that_nobody_answers_for_is_asked_but_opens_nothing(db: None) -> None:
    unknown = make_violation()
    row = send_plate_code(unknown, at=AT)
    assert (row.user, Mail.objects.count()) == (None, 0)
    assert refusal(unknown, row, "000000") == "wrong"


def test_tickets_are_those_of_plate_region_and_type_that_are_not_another_persons(
    car: Vehicle, violation: Violation
) -> None:
    unclaimed = make_violation(plate=car.plate, plate_region="CA-ON")
    assert unclaimed.charge
    unclaimed.charge.payer = None
    unclaimed.charge.save(update_fields=["payer"])
    before = make_violation(car)
    assert before.charge
    before.charge.payer = make_user()
    before.charge.save(update_fields=["payer"])
    make_violation(car, warning=True)
    make_violation(plate=car.plate, plate_region="CA-QC")
    make_violation(plate=car.plate, plate_region="CA-ON", plate_type="motorcycle")
    row = send_plate_code(violation, at=AT)
    assert set(tickets_of(row)) == {violation, unclaimed}
    assert set(open_charges_of(tickets_of(row))) == {violation.charge, unclaimed.charge}


def test_tickets_under_appeal_say_so_and_are_not_payable(car: Vehicle, violation: Violation) -> None:
    submit_appeal(make_appeal(owner := car.owner_links.get().user, violation), by=owner)
    row = send_plate_code(violation, at=AT)
    assert [bool(charge.blocked) for charge in open_charges_of(tickets_of(row))] == [True]


def test_address_is_masked() -> None:
    assert [masked(one) for one in ("ada@example.test", "b@x")] == ["a•••@e•••.test", "b•••@x•••"]
