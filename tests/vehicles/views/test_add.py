"""Disclaimer → I Agree → Add New Vehicle → Save Changes (VEH-1)."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from opscom.models import SystemSettings
from tests.factories import make_user, make_vehicle
from vehicles.models import Vehicle, VehicleOwner

DISCLAIMER, ADD = "/vehicles/disclaimer/", "/vehicles/add/"
TYPED = {
    "plate": "ckrt-418",
    "region": "CA-ON",
    "year": "2019",
    "plate_type": "passenger",
    "make": "Honda",
    "colour": "",
}


def agree(client: Client) -> None:
    assert client.post(DISCLAIMER).headers["Location"] == ADD


def test_disclaimer_shows_the_office_text_escaped(resident_client: Client) -> None:
    SystemSettings.objects.create(pk=1, vehicle_disclaimer="Mind the <b>gap</b>")
    page = resident_client.get(DISCLAIMER).content.decode()
    assert ("Mind the &lt;b&gt;gap&lt;/b&gt;" in page, "I Agree" in page) == (True, True)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_add_without_agreement_goes_to_the_disclaimer(resident_client: Client, method: str) -> None:
    answer = resident_client.generic(method, ADD, QUERY_STRING="next=/permits/")
    assert answer.headers["Location"] == f"{DISCLAIMER}?next=%2Fpermits%2F"
    assert Vehicle.objects.count() == 0


def test_add_saves_and_needs_a_new_agreement_next_time(resident_client: Client, resident: User) -> None:
    agree(resident_client)
    assert "Save Changes" in resident_client.get(ADD).content.decode()
    answer = resident_client.post(ADD, TYPED, follow=True)
    assert answer.redirect_chain == [("/vehicles/", 302)]
    assert "CKRT418 ON is added." in answer.content.decode()
    link = VehicleOwner.objects.get(user=resident)
    assert (link.vehicle.plate, link.vehicle.region, link.vehicle.year, link.vehicle.make, link.primary) == (
        "CKRT418",
        "CA-ON",
        2019,
        "Honda",
        True,
    )
    assert resident_client.get(ADD).headers["Location"] == DISCLAIMER


@pytest.mark.parametrize(
    ("target", "where"),
    [("/permits/", "/permits/"), ("https://evil.example/", "/vehicles/"), ("//evil.example/", "/vehicles/")],
)
def test_add_goes_on_to_a_safe_page_only(resident_client: Client, target: str, where: str) -> None:
    resident_client.post(DISCLAIMER, {"next": target})
    assert resident_client.post(ADD, TYPED | {"next": target}).headers["Location"] == where


def test_disclaimer_hands_on_where_to_go(resident_client: Client) -> None:
    assert resident_client.post(DISCLAIMER, {"next": "/permits/"}).headers["Location"] == f"{ADD}?next=%2Fpermits%2F"


def test_add_known_plate_tells_nothing_about_the_other_driver(resident_client: Client) -> None:
    other = make_user(first_name="Zebulon", last_name="Quixote")
    make_vehicle(other, plate="CKRT418")
    agree(resident_client)
    page = resident_client.post(ADD, TYPED, follow=True).content.decode()
    assert [word for word in ("Zebulon", "Quixote", other.email, "already among", "registered") if word in page] == []


def test_add_own_plate_again_keeps_what_was_typed(resident_client: Client, resident: User) -> None:
    make_vehicle(resident, plate="CKRT418")
    agree(resident_client)
    answer = resident_client.post(ADD, TYPED | {"colour": "Teal"})
    page = answer.content.decode()
    assert (answer.status_code, "among your vehicles already" in page, 'value="Teal"' in page) == (200, True, True)
    assert VehicleOwner.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("plate", "", "Enter the plate, for example CKRT 418."),
        ("plate", "<script>", "Enter the plate with letters and digits only"),
        ("plate", "CK\x00RT", "Null characters are not allowed."),
        ("plate", "ABCDEFGHIJK", "Enter the plate with letters and digits only"),
        ("year", "", "Enter the model year, for example 2019."),
        ("year", "soon", "Enter the model year with 4 digits"),
        ("year", "1899", "Enter a model year from 1900 to"),
        ("year", "2101", "Enter a model year from 1900 to"),
        ("region", "XX-99", "Select a valid choice"),
        ("plate_type", "spaceship", "Select a valid choice"),
        ("make", "x" * 41, "at most 40 characters"),
    ],
)
def test_add_bad_form_is_refused_beside_the_field(
    resident_client: Client, field: str, value: str, message: str
) -> None:
    agree(resident_client)
    answer = resident_client.post(ADD, TYPED | {field: value})
    assert (answer.status_code, message in answer.content.decode(), list(answer.context["form"].errors)) == (
        200,
        True,
        [field],
    )
    assert Vehicle.objects.count() == 0


@pytest.mark.parametrize("url", [DISCLAIMER, ADD])
def test_add_anonymous_goes_to_login(client: Client, db: None, url: str) -> None:
    for answer in (client.get(url), client.post(url, TYPED)):
        assert answer.headers["Location"] == f"{reverse('account_login')}?next={url}"


@pytest.mark.parametrize("url", [DISCLAIMER, ADD])
def test_add_other_methods_are_refused(resident_client: Client, url: str) -> None:
    assert resident_client.delete(url).status_code == 405
