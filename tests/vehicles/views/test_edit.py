"""Edit → Save (VEH-2)."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import make_user, make_vehicle, make_violation
from vehicles.models import VehicleOwner

TYPED = {"plate": "BVLP 902", "region": "CA-QC", "year": "2021", "plate_type": "rental", "make": "Kia", "colour": "Red"}


@pytest.fixture
def link(resident: User) -> VehicleOwner:
    make_vehicle(resident, plate="CKRT418", year=2019)
    return VehicleOwner.objects.get(user=resident)


def address(link: VehicleOwner) -> str:
    return reverse("vehicles:edit", args=[link.code])


def test_edit_saves_everything_of_a_sole_drivers_vehicle(resident_client: Client, link: VehicleOwner) -> None:
    assert resident_client.post(address(link), TYPED).headers["Location"] == "/vehicles/"
    vehicle = link.vehicle
    vehicle.refresh_from_db()
    assert (vehicle.plate, vehicle.region, vehicle.year, vehicle.plate_type, vehicle.make, vehicle.colour) == (
        "BVLP902",
        "CA-QC",
        2021,
        "rental",
        "Kia",
        "Red",
    )


def test_edit_keeps_the_plate_of_a_ticketed_vehicle_and_says_why(resident_client: Client, link: VehicleOwner) -> None:
    make_violation(link.vehicle)
    page = resident_client.get(address(link)).content.decode()
    assert ("a permit or a ticket names it" in page, page.count("disabled")) == (True, 3)
    assert resident_client.post(address(link), TYPED).headers["Location"] == "/vehicles/"
    vehicle = link.vehicle
    vehicle.refresh_from_db()
    assert (vehicle.plate, vehicle.region, vehicle.plate_type, vehicle.year, vehicle.make) == (
        "CKRT418",
        "CA-ON",
        "passenger",
        2021,
        "Kia",
    )


def test_edit_keeps_the_plate_of_a_shared_vehicle_and_says_why(resident_client: Client, link: VehicleOwner) -> None:
    VehicleOwner.objects.create(user=make_user(), vehicle=link.vehicle)
    assert "on more than one account" in resident_client.get(address(link)).content.decode()


def test_edit_to_a_known_plate_is_refused(resident_client: Client, link: VehicleOwner) -> None:
    make_vehicle(make_user(), plate="BVLP902", region="CA-QC", plate_type="rental")
    answer = resident_client.post(address(link), TYPED)
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["plate"])
    assert "Edit CKRT 418" in answer.content.decode()


def test_edit_bad_form_changes_nothing(resident_client: Client, link: VehicleOwner) -> None:
    answer = resident_client.post(address(link), TYPED | {"year": "x"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["year"])
    link.vehicle.refresh_from_db()
    assert link.vehicle.plate == "CKRT418"


@pytest.mark.parametrize("method", ["get", "post"])
def test_edit_strangers_get_404(resident_client: Client, method: str) -> None:
    other = make_user()
    make_vehicle(other)
    assert getattr(resident_client, method)(address(VehicleOwner.objects.get(user=other)), TYPED).status_code == 404


def test_edit_anonymous_goes_to_login(client: Client, link: VehicleOwner) -> None:
    assert client.post(address(link), TYPED).headers["Location"] == f"{reverse('account_login')}?next={address(link)}"
    link.vehicle.refresh_from_db()
    assert link.vehicle.year == 2019


def test_edit_other_methods_are_refused(resident_client: Client, link: VehicleOwner) -> None:
    assert resident_client.put(address(link)).status_code == 405
