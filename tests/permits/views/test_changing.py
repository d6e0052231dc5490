"""Change Plates and Courtesy Car on the permit's page."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from permits.models import Permit, PermitVehicle
from permits.services.courtesy import put_courtesy_car
from tests.conftest import sign_in
from tests.factories import change_office, make_permit, make_user, make_vehicle
from tests.payments.views.page import callouts, soup

SETTINGS = int(not settings.REDIS_URL)  # without Redis they are a row


@pytest.fixture
def permit(resident: User) -> Permit:
    make_vehicle(resident, plate="CKRT418")
    permit = make_permit(resident)
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None)
    return permit


def path(permit: Permit, rest: str = "plates/") -> str:
    return f"/permits/{permit.code}/{rest}"


def days(first: int, last: int) -> dict[str, str]:
    return {
        "plate": "rent-123",
        "region": "CA-QC",
        "first": str(today() + timedelta(days=first)),
        "last": str(today() + timedelta(days=last)),
    }


def test_page_ticks_what_is_on_it(resident_client: Client, permit: Permit) -> None:
    make_vehicle(permit.holder, plate="BVLP902")
    boxes = soup(resident_client.get(path(permit))).select("input[name=plates]")
    assert [(box.find_parent("label").get_text(" ", strip=True)[:8], box.has_attr("checked")) for box in boxes] == [  # type: ignore[union-attr]
        ("CKRT 418", True),
        ("BVLP 902", False),
    ]


def test_plates_are_changed(resident_client: Client, permit: Permit) -> None:
    new = make_vehicle(permit.holder, plate="BVLP902")
    response = resident_client.post(path(permit), {"plates": [str(new.pk)]}, follow=True)
    assert callouts(response) == ["The plates are changed. It holds at once."]
    assert "Plates changed: +BVLP902 -CKRT418" in response.content.decode()
    assert [link.vehicle for link in permit.plates.all()] == [new]


def test_no_tick_and_a_strangers_vehicle_change_nothing(resident_client: Client, permit: Permit) -> None:
    stranger = make_vehicle(make_user())
    for chosen, said in (
        ([], "A permit keeps at least one plate."),
        ([str(stranger.pk)], "Choose one of your active vehicles."),
    ):
        assert said in resident_client.post(path(permit), {"plates": chosen}).content.decode()
    assert PermitVehicle.every.count() == 1


def test_refusal_of_the_office_is_said_beside_the_field(resident_client: Client, permit: Permit) -> None:
    change_office(plate_changes=0)
    new = make_vehicle(permit.holder)
    page = soup(resident_client.post(path(permit), {"plates": [str(new.pk)]}))
    assert page.select_one("#plates-error") is not None
    assert page.select_one("#plates-error").get_text(strip=True).startswith("You can put 0 more plates")  # type: ignore[union-attr]


def test_courtesy_car_shows_on_the_permit_and_is_ended(resident_client: Client, permit: Permit) -> None:
    response = resident_client.post(path(permit, "courtesy-car/"), days(0, 2), follow=True)
    page = soup(response)
    assert callouts(response)[0] == "RENT123 QC is on the permit for these days."
    button = page.select_one("button[name=car]")
    assert [plate.get_text(" ", strip=True) for plate in page.select("dd .plate")] == ["CKRT 418 ON", "RENT 123 QC"]
    response = resident_client.post(path(permit, "courtesy-car/end/"), {"car": button["value"]}, follow=True)  # type: ignore[index]
    assert callouts(response) == ["The courtesy car is off the permit."]
    assert [plate.get_text(" ", strip=True) for plate in soup(response).select("dd .plate")] == ["CKRT 418 ON"]


def test_courtesy_form_keeps_what_was_typed_and_says_what_is_wrong(resident_client: Client, permit: Permit) -> None:
    page = soup(resident_client.post(path(permit, "courtesy-car/"), days(3, 1)))
    assert page.select_one(".callout.is-overdue p").get_text() == "The last day comes before the first one. Swap them."  # type: ignore[union-attr]
    assert page.select_one("[name=plate]")["value"] == "rent-123"  # type: ignore[index]
    page = soup(resident_client.post(path(permit, "courtesy-car/"), {"plate": "???", "first": "x"}))
    wrong = [field["id"] for field in page.select("[aria-invalid=true]")]
    assert wrong == ["id_plate", "id_region", "id_first", "id_last"]


@pytest.mark.parametrize("car", ["", "x", "999999"])
def test_ending_what_is_not_there(resident_client: Client, permit: Permit, car: str) -> None:
    response = resident_client.post(path(permit, "courtesy-car/end/"), {"car": car}, follow=True)
    assert callouts(response) == ["This courtesy car has ended already."]


def test_switched_off_there_is_no_link_and_no_page(resident_client: Client, permit: Permit) -> None:
    change_office(courtesy_days=0)
    assert "Courtesy Car" not in resident_client.get(path(permit, "")).content.decode()
    assert resident_client.get(path(permit, "courtesy-car/")).status_code == 404


@pytest.mark.parametrize("rest", ["plates/", "courtesy-car/"])
def test_permit_that_is_over_leads_back(resident_client: Client, permit: Permit, rest: str) -> None:
    Permit.objects.update(state="cancelled")
    response = resident_client.get(path(permit, rest), follow=True)
    assert callouts(response) == ["This permit is over, so its plates stay as they were. Reserve a new one."]
    assert "Change Plates" not in response.content.decode()


@pytest.mark.parametrize("rest", ["plates/", "courtesy-car/", "courtesy-car/end/"])
def test_stranger_sees_nothing_and_anonymous_logs_in(client: Client, permit: Permit, rest: str) -> None:
    assert client.post(path(permit, rest)).headers["Location"].startswith("/login")
    assert sign_in(Client(), make_user()).post(path(permit, rest)).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("rest", "queries"), [("plates/", 7), ("courtesy-car/", 6)])
def test_queries_do_not_grow(
    resident_client: Client,
    permit: Permit,
    rest: str,
    queries: int,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for n in range(rows):
        make_vehicle(permit.holder)
        first = permit.valid_from + timedelta(days=n)
        put_courtesy_car(permit, plate=f"R{n}", region="CA-ON", first=first, last=first, by=permit.holder)
    office()
    with django_assert_num_queries(queries + SETTINGS):
        resident_client.get(path(permit, rest))
