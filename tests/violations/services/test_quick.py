"""A ticket from a phone: doubted once, written once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import today
from permits.models import Lot
from tests.factories import change_office, make_lot, make_offence, make_user
from tests.together import all_at_once
from tests.violations.conftest import picture
from violations.errors import TicketDoubted, ViolationRefused
from violations.models import ExemptPlate, Offence, Violation
from violations.services.issue import spoil_violation
from violations.services.quick import write_quickly


class Phone:
    """An officer on a lot."""

    def __init__(self) -> None:
        self.officer: User = make_user(is_staff=True)
        self.lot: Lot = make_lot()
        self.offence: Offence = make_offence()
        self.now: datetime = timezone.now()

    def write(self, key: UUID | None = None, *, by: User | None = None, **fields: Any) -> Violation:
        options = {"photos": fields.pop("photos", []), "sure": fields.pop("sure", False), "warning": False}
        paper = {"plate": "CKRT418", "plate_region": "CA-ON", "lot": self.lot, "issued_at": self.now}
        violation = Violation(offence=self.offence, amount=self.offence.amount, **paper | fields)
        return write_quickly(violation, key=key or uuid4(), by=by or self.officer, **options)

    def doubts(self, **fields: Any) -> list[str]:
        try:
            spoil_violation(self.write(**fields), by=self.officer, reason="Test")
        except TicketDoubted as doubt:
            return doubt.doubts
        return []


@pytest.fixture
def phone(db: None) -> Phone:
    return Phone()


def test_ticket_sent_twice_is_one_with_all_its_photos(phone: Phone) -> None:
    key = uuid4()
    first = phone.write(key, photos=[picture()])
    again = phone.write(key, photos=[picture(), picture()])
    assert (first, Violation.objects.count(), first.photos.count()) == (again, 1, 2)
    assert (first.officer, first.client_key, first.state) == (phone.officer, key, "open")


def test_key_of_another_officer_is_refused(phone: Phone) -> None:
    key = uuid4()
    phone.write(key)
    with pytest.raises(ViolationRefused):
        phone.write(key, by=make_user(is_staff=True))


@pytest.mark.parametrize(
    ("fields", "doubted"),
    [
        ({}, True),
        ({"issued_at": timedelta(hours=23)}, True),
        ({"issued_at": timedelta(hours=25)}, False),
        ({"plate": "CKRT419"}, False),
        ({"plate_region": "CA-QC"}, False),
        ({"lot": None, "location": "Trent Lane"}, False),
    ],
)
def test_second_ticket_for_the_same_is_doubted_within_the_hours(
    phone: Phone, fields: dict[str, Any], doubted: bool
) -> None:
    first = phone.write()
    if "issued_at" in fields:
        fields = {"issued_at": phone.now + fields["issued_at"]}
    found = phone.doubts(**fields)
    assert [f"Ticket {first.number} of" in text for text in found] == [True] * doubted
    assert phone.write(sure=True, **fields).state == "open"


def test_ticket_for_a_plate_that_looks_alike_is_doubted_and_names_it(phone: Phone) -> None:
    first = phone.write(plate="CKB4I8")
    [doubt] = phone.doubts(plate="CK8418")
    assert doubt.startswith(f"Ticket {first.number} of ")
    assert doubt.endswith(
        " is for CKB 4I8, which looks alike, and for the same offence and lot. Look at the plate again."
    )
    assert phone.doubts(plate="CKA418") == []
    ExemptPlate.objects.create(plate="F1RE0", first_on=today(), reason="Fire brigade")
    assert phone.doubts(plate="FIREO") == ["Do not ticket F1RE0, which looks alike: Fire brigade"]


def test_another_offence_a_void_ticket_and_no_hours_raise_no_doubt(phone: Phone) -> None:
    first = phone.write()
    phone.offence, usual = make_offence(), phone.offence
    assert phone.doubts() == []
    phone.offence = usual
    change_office(duplicate_ticket_hours=0)
    assert phone.doubts() == []
    change_office(duplicate_ticket_hours=24)
    spoil_violation(first, by=phone.officer, reason="Test")
    assert phone.doubts() == []


@pytest.mark.parametrize(
    ("row", "doubted"),
    [
        ({}, True),
        ({"region": "CA-ON"}, True),
        ({"region": "CA-QC"}, False),
        ({"first_on": timedelta(days=1)}, False),
        ({"first_on": timedelta(days=-3), "last_on": timedelta(days=0)}, True),
        ({"first_on": timedelta(days=-3), "last_on": timedelta(days=-1)}, False),
        ({"plate": "FIRE1"}, False),
    ],
)
def test_spared_plate_is_doubted_with_its_reason(phone: Phone, row: dict[str, Any], doubted: bool) -> None:
    days = {name: today() + value for name, value in row.items() if isinstance(value, timedelta)}
    ExemptPlate.objects.create(**{"plate": "CKRT418", "first_on": today(), "reason": "Fire brigade"} | row | days)
    assert phone.doubts() == ["Do not ticket this plate: Fire brigade"] * doubted


def test_spared_in_one_lot_is_not_spared_in_another(phone: Phone) -> None:
    row = ExemptPlate.objects.create(plate="CKRT418", lot=make_lot(), first_on=today(), reason="Contractor")
    assert phone.doubts() == []
    row.lot = phone.lot
    row.save()
    assert phone.doubts() == ["Do not ticket this plate: Contractor"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_ticket_sent_four_times_at_once_is_written_once() -> None:
    phone, key = Phone(), uuid4()
    results = all_at_once([lambda: phone.write(key, sure=True).number] * 4)
    assert results == ["TT-10001"] * 4
    assert Violation.objects.count() == 1
