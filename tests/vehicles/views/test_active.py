"""The Active toggle (VEH-3)."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import make_permit, make_user, make_vehicle
from vehicles.models import VehicleOwner


def address(user: User) -> str:
    return reverse("vehicles:active", args=[VehicleOwner.objects.get(user=user).code])


@pytest.mark.parametrize(("said", "active"), [("0", False), ("1", True)])
def test_active_does_what_the_button_says_however_often(
    resident_client: Client, resident: User, said: str, active: bool
) -> None:
    make_vehicle(resident)
    for _ in range(2):
        assert resident_client.post(address(resident), {"active": said}).headers["Location"] == "/vehicles/"
        assert VehicleOwner.objects.get(user=resident).active is active


def test_active_changes_this_person_only(resident_client: Client, resident: User) -> None:
    VehicleOwner.objects.create(user=make_user(), vehicle=make_vehicle(resident))
    resident_client.post(address(resident), {"active": "0"})
    assert sorted(VehicleOwner.objects.values_list("active", flat=True)) == [False, True]


def test_active_strangers_get_404(resident_client: Client) -> None:
    other = make_user()
    make_vehicle(other)
    assert resident_client.post(address(other), {"active": "0"}).status_code == 404
    assert VehicleOwner.objects.get(user=other).active is True


def test_active_get_is_refused(resident_client: Client, resident: User) -> None:
    make_vehicle(resident)
    assert resident_client.get(address(resident)).status_code == 405


def test_active_anonymous_changes_nothing(client: Client, resident: User) -> None:
    make_vehicle(resident)
    assert client.post(address(resident), {"active": "0"}).status_code == 302
    assert VehicleOwner.objects.get(user=resident).active is True


def test_active_says_first_what_the_vehicle_is_on(resident_client: Client, resident: User) -> None:
    make_vehicle(resident)
    permit = make_permit(resident)
    page = resident_client.post(address(resident), {"active": "0"}).content.decode()
    assert (f"Permit {permit.number}, {permit.lot.name}, until" in page, resident.vehicle_links.get().active) == (
        True,
        True,
    )
    resident_client.post(address(resident), {"active": "0", "sure": "1"})
    assert resident.vehicle_links.get().active is False
