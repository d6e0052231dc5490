"""Plates of a permit: changed at once within the office's limits, never the last one, and known for every moment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import start_of_day, today
from permits.errors import PermitRefused
from permits.models import Permit, PermitVehicle
from permits.services.plates import change_plates, permits_with, plates_left
from tests.factories import change_office, make_permit, make_user, make_vehicle
from vehicles.models import Vehicle, VehicleOwner

pytestmark = pytest.mark.django_db


@pytest.fixture
def permit(resident: User) -> Permit:
    """Paid, with CKRT418."""
    make_vehicle(resident, plate="CKRT418")
    permit = make_permit(resident)
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None)
    return Permit.objects.get(pk=permit.pk)


def plates(permit: Permit) -> list[str]:
    return [link.vehicle.plate for link in permit.plates.select_related("vehicle")]


def first(permit: Permit) -> Vehicle:
    return permit.plates.get().vehicle


def refused(permit: Permit, *vehicles: Vehicle) -> str:
    with pytest.raises(PermitRefused) as refusal:
        change_plates(permit, vehicles=vehicles, by=permit.holder)
    return refusal.value.code


def test_plate_is_exchanged_at_once_and_both_times_stay_known(permit: Permit) -> None:
    old, new = first(permit), make_vehicle(permit.holder, plate="BVLP902")
    at = timezone.now()
    change_plates(permit, vehicles=[new], by=permit.holder, at=at)
    assert plates(permit) == ["BVLP902"]
    assert list(PermitVehicle.every.filter(permit=permit).values_list("vehicle", "from_at", "until_at")) == [
        (old.pk, permit.reserved_at, at),
        (new.pk, at, None),
    ]
    before = PermitVehicle.every.filter(permit=permit).in_force(at - timedelta(microseconds=1))
    assert [link.vehicle_id for link in before] == [old.pk]
    assert permit.events.latest("pk").reason == "plates +BVLP902 -CKRT418"


def test_plate_that_comes_back_has_two_rows(permit: Permit) -> None:
    old, new = first(permit), make_vehicle(permit.holder)
    for vehicles in ([new], [old], [old]):
        change_plates(permit, vehicles=vehicles, by=permit.holder)
    assert plates(permit) == ["CKRT418"]
    assert PermitVehicle.every.filter(permit=permit, vehicle=old).count() == 2
    assert permit.events.filter(reason__startswith="plates").count() == 2  # the third one changed nothing


def test_others_may_join_up_to_the_office_limit(permit: Permit) -> None:
    change_office(permit_plates=2)
    second, third = make_vehicle(permit.holder), make_vehicle(permit.holder)
    change_plates(permit, vehicles=[first(permit), second], by=permit.holder)
    assert permit.plates.count() == 2
    assert refused(permit, *[link.vehicle for link in permit.plates.all()], third) == "too-many"


def test_last_plate_stays(permit: Permit) -> None:
    assert (refused(permit), plates(permit)) == ("last-plate", ["CKRT418"])


@pytest.mark.parametrize("whose", ["stranger", "inactive"])
def test_other_vehicles_are_refused(permit: Permit, whose: str) -> None:
    vehicle = make_vehicle(make_user() if whose == "stranger" else permit.holder)
    VehicleOwner.objects.filter(user=permit.holder, vehicle=vehicle).update(active=False)
    assert (refused(permit, first(permit), vehicle), plates(permit)) == ("not-your-vehicle", ["CKRT418"])


def test_vehicle_turned_off_since_may_stay_on(permit: Permit) -> None:
    old, new = first(permit), make_vehicle(permit.holder, plate="BVLP902")
    VehicleOwner.objects.filter(vehicle=old).update(active=False)
    change_plates(permit, vehicles=[old, new], by=permit.holder)
    assert plates(permit) == ["CKRT418", "BVLP902"]


def test_changes_of_a_month_are_limited_and_the_next_month_begins_anew(permit: Permit) -> None:
    change_office(plate_changes=1)
    month = start_of_day(today().replace(day=1))
    Permit.objects.update(reserved_at=month - timedelta(days=40))
    PermitVehicle.every.update(from_at=month - timedelta(days=40))
    permit.refresh_from_db()
    car, other = make_vehicle(permit.holder), make_vehicle(permit.holder)
    change_plates(permit, vehicles=[first(permit), car], by=permit.holder, at=month - timedelta(days=1))
    assert plates_left(permit) == 1
    change_plates(permit, vehicles=[other], by=permit.holder)
    assert (plates_left(permit), refused(permit, car)) == (0, "too-often")


@pytest.mark.parametrize("state", ["released", "cancelled", "suspended"])
def test_permit_that_is_not_valid_keeps_its_plates(permit: Permit, state: str) -> None:
    Permit.objects.update(state=state)
    assert refused(permit, make_vehicle(permit.holder)) == "over"


def test_permit_that_has_ended_keeps_its_plates(permit: Permit) -> None:
    day = today()
    Permit.objects.update(valid_from=day - timedelta(days=9), valid_before=day)
    assert refused(permit, make_vehicle(permit.holder)) == "over"


def test_permits_of_a_vehicle_are_told(permit: Permit) -> None:
    link = VehicleOwner.objects.get(user=permit.holder)
    [said] = permits_with(link)
    assert said.startswith(f"Permit {permit.number}, {permit.lot.name}, until ")
    change_plates(permit, vehicles=[make_vehicle(permit.holder)], by=permit.holder)
    assert permits_with(link) == []
