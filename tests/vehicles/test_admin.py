"""Vehicles in the office."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_user, make_vehicle
from vehicles.models import Vehicle, VehicleOwner


def form(vehicle: Vehicle, primary: list[VehicleOwner]) -> dict[str, Any]:
    links = list(vehicle.owner_links.order_by("pk"))
    data = {
        "plate": vehicle.plate,
        "region": vehicle.region,
        "plate_type": vehicle.plate_type,
        "year": "2020",
        "make": "Honda",
        "colour": "Grey",
    }
    data |= {"owner_links-TOTAL_FORMS": str(len(links)), "owner_links-INITIAL_FORMS": str(len(links))}
    for index, link in enumerate(links):
        data |= {
            f"owner_links-{index}-{name}": str(value)
            for name, value in {"id": link.pk, "vehicle": vehicle.pk, "user": link.user_id, "active": "on"}.items()
        }
        if link in primary:
            data[f"owner_links-{index}-primary"] = "on"
    return data


@pytest.fixture
def vehicle(db: None) -> Vehicle:
    vehicle = make_vehicle(make_user(), plate="CKRT418")
    VehicleOwner.objects.create(user=make_user(), vehicle=vehicle)
    return vehicle


def test_primary_driver_is_moved_in_one_step(staff_client: Client, vehicle: Vehicle) -> None:
    first, second = vehicle.owner_links.order_by("pk")
    url = reverse("admin:vehicles_vehicle_change", args=[vehicle.pk])
    for chosen in (second, first):
        assert staff_client.post(url, form(vehicle, [chosen])).status_code == 302
        assert list(VehicleOwner.objects.filter(primary=True)) == [chosen]


def test_two_primary_drivers_are_refused(staff_client: Client, vehicle: Vehicle) -> None:
    answer = staff_client.post(
        reverse("admin:vehicles_vehicle_change", args=[vehicle.pk]), form(vehicle, list(vehicle.owner_links.all()))
    )
    assert (answer.status_code, "A vehicle has one primary driver." in answer.content.decode()) == (200, True)
    assert list(vehicle.owner_links.order_by("pk").values_list("primary", flat=True)) == [True, False]


def test_no_primary_driver_is_allowed(staff_client: Client, vehicle: Vehicle) -> None:
    assert (
        staff_client.post(reverse("admin:vehicles_vehicle_change", args=[vehicle.pk]), form(vehicle, [])).status_code
        == 302
    )
    assert VehicleOwner.objects.filter(primary=True).count() == 0


@pytest.mark.parametrize("term", ["ckrt-418", "CKRT 418", "ckrt"])
def test_vehicles_are_found_by_plate_as_typed(staff_client: Client, vehicle: Vehicle, term: str) -> None:
    make_vehicle(plate="ZZZZ999")
    page = staff_client.get(reverse("admin:vehicles_vehicle_changelist"), {"q": term}).content.decode()
    assert ("CKRT418" in page, "ZZZZ999" in page) == (True, False)
