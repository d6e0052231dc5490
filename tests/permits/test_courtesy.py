"""A courtesy car: another plate for some days, within the office's limits, which reverts without anything being run."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from opscom.lib.dates import end_of_day, start_of_day, today
from permits.errors import PermitRefused
from permits.models import Permit, PermitVehicle
from permits.pdf import permit_pdf
from permits.services.courtesy import courtesy_cars, courtesy_left, end_courtesy_car, put_courtesy_car
from tests.factories import change_office, make_permit, make_user, make_vehicle, make_window
from vehicles.models import Vehicle

pytestmark = pytest.mark.django_db


@pytest.fixture
def permit(resident: User) -> Permit:
    """Paid, with CKRT418, valid from 20 days ago for 400 days."""
    make_vehicle(resident, plate="CKRT418")
    window = make_window(valid_from=today() - timedelta(days=20), valid_before=today() + timedelta(days=380))
    permit = make_permit(resident, window, at=timezone.now() - timedelta(days=5))
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None)
    return Permit.objects.get(pk=permit.pk)


def day(n: int) -> date:
    return today() + timedelta(days=n)


def put(permit: Permit, first: int = 0, last: int = 2, **kwargs: Any) -> PermitVehicle:
    given: dict[str, Any] = {
        "plate": "RENT123",
        "region": "CA-QC",
        "first": day(first),
        "last": day(last),
        "by": permit.holder,
    }
    return put_courtesy_car(permit, **given | kwargs)


def refused(permit: Permit, *args: int, **kwargs: Any) -> str:
    with pytest.raises(PermitRefused) as refusal:
        put(permit, *args, **kwargs)
    return refusal.value.code


def plates(permit: Permit, n: int) -> list[str]:
    noon = start_of_day(day(n)) + timedelta(hours=12)
    return [link.vehicle.plate for link in PermitVehicle.every.filter(permit=permit).in_force(noon)]


def test_plate_joins_for_its_days_and_reverts_by_itself(permit: Permit) -> None:
    put(permit, 1, 2)
    assert [plates(permit, n) for n in (0, 1, 2, 3)] == [
        ["CKRT418"],
        ["CKRT418", "RENT123"],
        ["CKRT418", "RENT123"],
        ["CKRT418"],
    ]
    assert [link.vehicle.plate for link in permit.plates.all()] == ["CKRT418"]


def test_moments_are_the_days_of_the_office_and_today_begins_now(permit: Permit) -> None:
    at = timezone.now()
    car = put(permit, 0, 0, at=at)
    assert (car.from_at, car.until_at, car.vehicle.region, car.last_day) == (at, end_of_day(today()), "CA-QC", today())


def test_vehicle_that_somebody_drives_is_the_same_one(permit: Permit) -> None:
    known = make_vehicle(make_user(), plate="RENT123", region="CA-QC", plate_type="rental")
    assert put(permit).vehicle == known
    assert Vehicle.objects.count() == 2


def test_holder_gets_an_email(permit: Permit) -> None:
    put(permit)
    mail = Mail.objects.get(kind="courtesy_car")
    assert (mail.to, mail.subject) == (permit.holder.email, f"RENT 123 is on permit {permit.number}")
    assert "the courtesy car RENT 123 (QC) may park" in mail.text


def test_printed_permit_is_unchanged(permit: Permit) -> None:
    before = permit_pdf(permit, language="en")
    put(permit)
    assert permit_pdf(permit, language="en") == before


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [(3, 2, "backwards"), (-1, 2, "past"), (0, 14, "too-long"), (370, 380, "outside")],
)
def test_days_that_cannot_be_are_refused(permit: Permit, first: int, last: int, code: str) -> None:
    assert (refused(permit, first, last), Vehicle.objects.count()) == (code, 1)


def test_longest_stay_and_the_last_day_of_the_permit_are_taken(permit: Permit) -> None:
    assert [(put(permit, *days).first_day, days)[0] for days in ((0, 13), (370, 379))] == [day(0), day(370)]


def test_overlapping_another_is_refused_and_the_next_day_is_not(permit: Permit) -> None:
    put(permit, 0, 3)
    assert refused(permit, 3, 4, plate="OTHER1") == "overlap"
    assert put(permit, 4, 5, plate="OTHER1").first_day == day(4)


def test_plate_of_the_permit_needs_none(permit: Permit) -> None:
    assert refused(permit, plate="CKRT418", region="CA-ON") == "known"


def test_so_many_times_in_twelve_months(permit: Permit) -> None:
    change_office(courtesy_times=2)
    put(permit, 0, 1)
    put(permit, 10, 11)
    assert (refused(permit, 20, 21), courtesy_left(permit)) == ("too-often", 0)
    assert put(permit, 366, 367).first_day == day(366)


def test_ended_early_it_is_off_at_once_and_counts(permit: Permit) -> None:
    car = put(permit)
    at = timezone.now()
    end_courtesy_car(permit, link=car.pk, by=permit.holder, at=at)
    car.refresh_from_db()
    assert (car.until_at, permit.plates.count(), courtesy_left(permit)) == (at, 1, 2)


def test_ended_before_it_began_it_never_was(permit: Permit) -> None:
    car = put(permit, 5, 6)
    end_courtesy_car(permit, link=car.pk, by=permit.holder)
    assert (plates(permit, 5), list(courtesy_cars(permit)), courtesy_left(permit)) == (["CKRT418"], [], 3)
    assert put(permit, 5, 6).first_day == day(5)


def test_ended_twice_or_of_another_permit_is_refused(permit: Permit) -> None:
    car, other = put(permit), make_permit()
    for wrong in (other, permit):
        with pytest.raises(PermitRefused) as refusal:
            end_courtesy_car(wrong, link=car.pk, by=permit.holder, at=car.until_at)
        assert refusal.value.code == "ended"


def test_office_that_offers_none_refuses(permit: Permit) -> None:
    change_office(courtesy_days=0)
    assert refused(permit) == "off"
