"""Adding, sharing and changing vehicles."""

import threading
from copy import copy
from datetime import UTC, datetime
from functools import partial

import pytest

from accounts.models import User
from tests.factories import make_permit, make_user, make_vehicle, make_violation
from tests.together import all_at_once, without_row_locks
from vehicles.errors import VehicleRefused
from vehicles.models import Vehicle, VehicleOwner
from vehicles.services import add_vehicle, change_vehicle, is_referred_to, reason_to_keep_plate, set_active


def described(plate: str = "CKRT418", **fields: object) -> Vehicle:
    return Vehicle(
        **{
            "plate": plate,
            "region": "CA-ON",
            "plate_type": "passenger",
            "year": 2019,
            "make": "Honda",
            "colour": "Grey",
        }
        | fields
    )


def test_add_vehicle_first_driver_is_primary(resident: User) -> None:
    agreed = datetime(2026, 11, 1, 12, tzinfo=UTC)
    link = add_vehicle(resident, vehicle=described(), agreed_at=agreed)
    assert (link.user, link.primary, link.active, link.disclaimer_at) == (resident, True, True, agreed)
    assert (link.vehicle.plate, link.vehicle.year, link.vehicle.make) == ("CKRT418", 2019, "Honda")


def test_add_vehicle_known_plate_shares_the_vehicle(resident: User) -> None:
    vehicle = make_vehicle(make_user(), plate="CKRT418", year=2020, make="Mazda")
    link = add_vehicle(resident, vehicle=described(year=1999, make="Ford"))
    assert (link.vehicle.pk, link.primary) == (vehicle.pk, False)
    vehicle.refresh_from_db()
    assert (vehicle.year, vehicle.make) == (2020, "Mazda")
    assert VehicleOwner.objects.filter(vehicle=vehicle, primary=True).count() == 1


@pytest.mark.parametrize("other", [{"region": "CA-QC"}, {"plate_type": "motorcycle"}])
def test_add_vehicle_other_region_or_type_is_another_vehicle(resident: User, other: dict[str, str]) -> None:
    vehicle = make_vehicle(make_user(), plate="CKRT418")
    link = add_vehicle(resident, vehicle=described(**other))
    assert (link.vehicle.pk == vehicle.pk, link.primary) == (False, True)


@pytest.mark.parametrize(("active", "word"), [(True, "Edit"), (False, "Active")])
def test_add_vehicle_twice_is_refused_with_the_way_out(resident: User, active: bool, word: str) -> None:
    link = add_vehicle(resident, vehicle=described())
    set_active(link, active=active)
    with pytest.raises(VehicleRefused, match=word) as refused:
        add_vehicle(resident, vehicle=described())
    assert refused.value.code == "known"
    assert VehicleOwner.objects.count() == 1


def test_add_vehicle_leaves_old_tickets_without_payer(resident: User) -> None:
    vehicle = make_vehicle(plate="CKRT418")
    charge = make_violation(vehicle).charge
    assert add_vehicle(resident, vehicle=described()).primary is True
    assert charge is not None
    charge.refresh_from_db()
    assert charge.payer is None


def test_change_vehicle_new_plate_while_nothing_hangs_on_it(resident: User) -> None:
    link = add_vehicle(resident, vehicle=described())
    changes = copy(link.vehicle)
    changes.plate, changes.region, changes.year = "BVLP902", "CA-QC", 2021
    change_vehicle(link, changes=changes)
    assert Vehicle.objects.values_list("plate", "region", "year").get() == ("BVLP902", "CA-QC", 2021)


def share(vehicle: Vehicle, user: User) -> None:
    VehicleOwner.objects.create(user=make_user(), vehicle=vehicle)


def permit(vehicle: Vehicle, user: User) -> None:
    make_permit(user)


def ticket(vehicle: Vehicle, user: User) -> None:
    make_violation(vehicle)


@pytest.mark.parametrize(
    ("hang", "reason"),
    [(share, "more than one account"), (permit, "a permit or a ticket"), (ticket, "a permit or a ticket")],
)
def test_change_vehicle_plate_stays_when_others_need_it(resident: User, hang, reason: str) -> None:  # type: ignore[no-untyped-def]
    vehicle = make_vehicle(resident, plate="CKRT418")
    hang(vehicle, resident)
    link = VehicleOwner.objects.get(user=resident)
    changes = copy(vehicle)
    changes.plate = "BVLP902"
    with pytest.raises(VehicleRefused, match=reason):
        change_vehicle(link, changes=changes)
    changes.plate, changes.colour = "CKRT418", "Blue"
    change_vehicle(link, changes=changes)
    vehicle.refresh_from_db()
    assert (vehicle.plate, vehicle.colour) == ("CKRT418", "Blue")
    assert reason in reason_to_keep_plate(vehicle)


def test_change_vehicle_to_a_known_plate_is_refused(resident: User) -> None:
    make_vehicle(make_user(), plate="BVLP902")
    link = add_vehicle(resident, vehicle=described())
    changes = copy(link.vehicle)
    changes.plate = "BVLP902"
    with pytest.raises(VehicleRefused) as refused:
        change_vehicle(link, changes=changes)
    assert refused.value.code == "plate-taken"
    assert sorted(Vehicle.objects.values_list("plate", flat=True)) == ["BVLP902", "CKRT418"]


def test_is_referred_to_knows_nothing_of_drivers(resident: User) -> None:
    assert is_referred_to(make_vehicle(resident)) is False


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_add_vehicle_same_new_plate_by_many_at_once_is_one_vehicle_with_one_primary_driver() -> None:
    people = [make_user() for _ in range(12)]
    answers = all_at_once([partial(add_vehicle, user, vehicle=described()) for user in people])
    assert [type(answer) for answer in answers] == [VehicleOwner] * 12
    assert Vehicle.objects.count() == 1
    assert sorted(VehicleOwner.objects.values_list("primary", flat=True)) == [False] * 11 + [True]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_add_vehicle_by_one_person_twice_at_once_is_one_link() -> None:
    user = make_user()
    answers = all_at_once([partial(add_vehicle, user, vehicle=described()) for _ in range(6)])
    assert sorted(type(answer).__name__ for answer in answers) == ["VehicleOwner"] + ["VehicleRefused"] * 5
    assert VehicleOwner.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_add_vehicle_without_the_lock_fails_for_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: all look for a first driver before anyone is one; the database then refuses the second."""
    people, barrier = [make_user() for _ in range(6)], threading.Barrier(6)
    make_vehicle(plate="CKRT418")
    create = VehicleOwner.objects.create

    def late_create(**fields: object) -> VehicleOwner:
        barrier.wait(10)
        return create(**fields)

    without_row_locks(monkeypatch)
    monkeypatch.setattr(VehicleOwner.objects, "create", late_create)
    answers = all_at_once([partial(add_vehicle, user, vehicle=described()) for user in people])
    assert sorted(type(answer).__name__ for answer in answers) == ["IntegrityError"] * 5 + ["VehicleOwner"]
