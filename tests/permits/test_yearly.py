"""Rules of a temporary permit type beyond its prices: days of a year, how early, how long at the office, free of charge."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from unittest.mock import call, patch

import pytest
from time_machine import travel

from accounts.models import User
from opscom.lib.acting import acting_as
from opscom.lib.dates import Period, today
from payments.models import Charge
from permits.errors import PermitRefused
from permits.models import Permit, PermitType
from permits.services.cancel import cancel_permit
from permits.services.courtesy import put_courtesy_car
from permits.services.extending import can_extend, quote_extension
from permits.services.plates import change_plates
from permits.services.temporary import check_availability
from permits.tasks import prepare_permit_pdf
from tests.factories import make_address, make_temporary, make_temporary_type, make_user, make_vehicle

pytestmark = pytest.mark.django_db
NOW, HOUR, DAY = datetime(2027, 6, 1, 12, tzinfo=UTC), timedelta(hours=1), timedelta(days=1)


def refused(user: User, kind: PermitType, **fields: object) -> str:
    with pytest.raises(PermitRefused) as refusal:
        make_temporary(user, kind, at=NOW, **fields)  # type: ignore[arg-type]
    return f"{refusal.value.code}: {refusal.value}"


def counted(counts: str) -> PermitType:
    """Three days a year."""
    return make_temporary_type(year_days=3, year_counts=counts)


def test_days_of_a_vehicle_are_counted_a_year_whoever_parks_it() -> None:
    kind, user, other = counted("plate"), make_user(), make_user()
    car = make_vehicle(user)
    other.vehicle_links.create(vehicle=car)
    first = make_temporary(
        user, kind, vehicle=car, start=NOW + HOUR, hours=25, at=NOW
    )  # two days, the second one begun
    said = refused(other, kind, vehicle=car, start=NOW + 3 * DAY, hours=30)
    assert said == (
        "year: This permit is sold for 3 days a year to a vehicle. Of 2027, 2 are used. Choose a shorter time, or ask the office."
    )
    make_temporary(other, kind, vehicle=car, start=NOW + 3 * DAY, at=NOW)
    make_temporary(user, kind, vehicle=make_vehicle(user), start=NOW + 3 * DAY, hours=72, at=NOW)
    cancel_permit(first, expected=Decimal(0), by=user, at=NOW)  # before it began: its days are there again
    make_temporary(user, kind, vehicle=car, start=NOW + 5 * DAY, hours=48, at=NOW)
    assert refused(user, kind, vehicle=car, start=NOW + 9 * DAY)[:4] == "year"
    make_temporary(user, kind, vehicle=car, start=NOW + 250 * DAY, hours=72, at=NOW)  # another year


@travel(NOW, tick=False)
def test_what_was_parked_before_it_was_given_up_counts_and_an_extension_goes_on_with_its_day() -> None:
    kind, user = counted("person"), make_user()
    permit = make_temporary(user, kind, start=NOW + HOUR, hours=48, at=NOW)
    Permit.objects.filter(pk=permit.pk).update(state=Permit.State.ACTIVE)
    permit.refresh_from_db()
    found = [quote_extension(permit, until=NOW + n * HOUR, at=NOW + 2 * HOUR).amount for n in (50, 73)]
    assert found == [Decimal(2), Decimal(10)]
    with pytest.raises(PermitRefused) as refusal:
        quote_extension(permit, until=NOW + 74 * HOUR, at=NOW + 2 * HOUR)
    assert refusal.value.code == "year"
    cancel_permit(permit, expected=Decimal(0), by=user, at=NOW + 2 * HOUR)
    assert refused(user, kind, vehicle=make_vehicle(user), start=NOW + 5 * DAY, hours=48)[:4] == "year"


def test_hold_that_was_given_up_unpaid_does_not_count_even_where_it_had_begun() -> None:
    kind, user = counted("person"), make_user()
    hold = make_temporary(user, kind, start=NOW, hours=72, at=NOW)
    assert refused(user, kind, vehicle=make_vehicle(user), start=NOW + 5 * DAY)[:4] == "year"
    cancel_permit(hold, expected=Decimal(0), by=user, at=NOW + timedelta(minutes=1))
    make_temporary(user, kind, start=NOW + 5 * DAY, hours=72, at=NOW)


@pytest.mark.parametrize("counts", ["person", "household"])
def test_permit_counts_once_whatever_plates_it_had(counts: str) -> None:
    kind, user = counted(counts), make_user()
    make_address(user)
    permit = make_temporary(user, kind, start=NOW + HOUR, hours=24, at=NOW)
    change_plates(permit, vehicles=[make_vehicle(user)], by=user, at=NOW)
    with travel(NOW):
        put_courtesy_car(permit, plate="RENT123", region="CA-QC", first=today(), last=today(), by=user, at=NOW)
    change_plates(permit, vehicles=[make_vehicle(user)], by=user, at=NOW + 2 * HOUR)
    make_temporary(user, kind, vehicle=make_vehicle(user), start=NOW + 3 * DAY, hours=48, at=NOW)
    assert refused(user, kind, vehicle=make_vehicle(user), start=NOW + 9 * DAY)[:4] == "year"


@travel(NOW, tick=False)
def test_vehicle_whose_days_are_used_up_gets_on_no_other_permit_and_one_that_went_off_keeps_the_rest() -> None:
    kind, user = counted("plate"), make_user()
    used, other = make_vehicle(user, plate="USED111"), make_vehicle(user)
    make_temporary(user, kind, vehicle=used, start=NOW + DAY, hours=48, at=NOW)
    permit = make_temporary(user, kind, vehicle=other, start=NOW + 5 * DAY, hours=48, at=NOW)
    rented: dict[str, Any] = {
        "plate": "USED111",
        "region": "CA-ON",
        "first": today(NOW + 5 * DAY),
        "last": today(NOW + 7 * DAY),
    }
    for put in (
        partial(change_plates, permit, vehicles=[other, used], by=user),
        partial(put_courtesy_car, permit, **rented, by=user),
    ):
        with pytest.raises(PermitRefused) as refusal:
            put(at=NOW)
        assert refusal.value.code == "year"
    change_plates(permit, vehicles=[used], by=user, at=NOW + 6 * DAY)  # its last day
    assert refused(user, kind, vehicle=used, start=NOW + 9 * DAY)[:4] == "year"
    make_temporary(user, kind, vehicle=other, start=NOW + 9 * DAY, hours=48, at=NOW)


def test_days_of_a_household_are_those_of_everybody_at_the_address() -> None:
    kind, people = counted("household"), [make_user(), make_user()]
    for person in people:
        make_address(person)
    make_temporary(people[0], kind, start=NOW + HOUR, hours=72, at=NOW)
    assert refused(people[1], kind, start=NOW + HOUR)[:4] == "year"
    make_temporary(make_user(), kind, start=NOW + HOUR, at=NOW)


@pytest.mark.parametrize(("ahead", "days", "said"), [(0, 1, "only on the day"), (14, 15, "at most 14 days ahead")])
def test_the_office_says_how_early_it_is_sold(ahead: int, days: int, said: str) -> None:
    kind = make_temporary_type(days_ahead=ahead)
    late = NOW + timedelta(days=days)
    assert said in refused(make_user(), kind, start=late)
    make_temporary(make_user(), kind, start=late - DAY, at=NOW)


def test_staff_who_act_for_a_person_may_make_a_longer_one() -> None:
    kind, user = make_temporary_type(most_days=7, office_days=56, weekly=Decimal("40.00")), make_user()
    period = Period(NOW + HOUR, NOW + HOUR + 56 * DAY)
    with pytest.raises(PermitRefused) as refusal:
        check_availability(user, permit_type=kind, period=period, at=NOW)
    assert refusal.value.code == "long"
    with acting_as(make_user().pk):
        assert check_availability(user, permit_type=kind, period=period, at=NOW).price.amount == Decimal(320)


def test_what_is_free_is_valid_at_once_owed_by_nobody_and_given_up_without_money() -> None:
    user, kind = make_user(), make_temporary_type(free=True, pick_up=True, print_at_home=False)
    with patch("permits.services.plates.hint") as hinted:
        permit = make_temporary(user, kind, start=NOW + HOUR, at=NOW)
    charge = permit.charge
    assert (permit.tags.get().state, hinted.mock_calls) == ("to_make", [call(prepare_permit_pdf, permit_id=permit.pk)])
    assert (permit.state, permit.held_until) == (Permit.State.ACTIVE, None)
    assert (charge.state, charge.amount, charge.events.get().reason) == ("void", Decimal(0), "free of charge")
    assert list(Charge.objects.for_user(user).to_pay()) == []
    assert make_temporary(user, kind, start=NOW + HOUR, at=NOW) == permit
    assert not can_extend(permit, at=NOW)
    cancel_permit(permit, expected=Decimal(0), by=user, at=NOW)
    permit.refresh_from_db()
    assert permit.state == Permit.State.CANCELLED
