"""The list of a person's vehicles."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.factories import make_user, make_vehicle
from vehicles.models import VehicleOwner

URL = "/vehicles/"
QUERIES = 4 + (not settings.REDIS_URL)  # without Redis the office's settings are a row


def test_list_shows_own_vehicles_only(resident_client: Client, resident: User) -> None:
    make_vehicle(resident, plate="CKRT418", make="Honda")
    make_vehicle(make_user(), plate="ZZZZ999")
    page = resident_client.get(URL).content.decode()
    assert ("CKRT 418" in page, "Honda" in page, "ZZZZ" in page) == (True, True, False)
    assert "Mark it inactive before adding a new one" in page


def test_list_empty_offers_the_next_step(resident_client: Client) -> None:
    page = resident_client.get(URL).content.decode()
    assert page.count("Add New Vehicle") == 2
    assert reverse("vehicles:disclaimer") in page


def test_list_active_and_inactive_say_so(resident_client: Client, resident: User) -> None:
    make_vehicle(resident)
    VehicleOwner.objects.create(user=resident, vehicle=make_vehicle(), active=False)
    page = resident_client.get(URL).content.decode()
    assert (
        page.count('aria-checked="true"'),
        page.count('aria-checked="false"'),
        page.count("</svg>Inactive</span>"),
    ) == (1, 1, 1)


def test_list_hands_on_where_to_go(resident_client: Client) -> None:
    assert "/vehicles/disclaimer/?next=%2Fpermits%2F" in resident_client.get(URL + "?next=/permits/").content.decode()
    assert "evil" not in resident_client.get(URL + "?next=https://evil.example/").content.decode().split("<footer")[0]


def test_list_anonymous_goes_to_login(client: Client, db: None) -> None:
    assert client.get(URL).headers["Location"] == f"{reverse('account_login')}?next={URL}"


def test_list_post_is_refused(resident_client: Client) -> None:
    assert resident_client.post(URL).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_list_queries_do_not_grow(
    resident_client: Client, resident: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    from opscom.lib.office import office

    for _ in range(rows):
        make_vehicle(resident)
    office()  # fills the shared cache where there is one
    with django_assert_num_queries(QUERIES):
        page = resident_client.get(URL)
    assert page.content.decode().count('role="switch"') == rows
