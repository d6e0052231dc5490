"""The Permits page: vehicles first, then the disclaimer, then the lots."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from opscom.models import SystemSettings
from permits.models import LotGroup, Permit, WindowPrice
from tests.factories import make_lot, make_permit, make_user, make_user_type, make_vehicle, make_window
from vehicles.models import VehicleOwner

URL = "/permits/"
QUERIES = 8 + (not settings.REDIS_URL)  # without Redis the office's settings are a row


@pytest.fixture
def driver(resident: User) -> User:
    make_vehicle(resident, plate="CKRT418")
    resident.permit_disclaimer_at = timezone.now()
    resident.save()
    return resident


def page_of(client: Client) -> str:
    answer = client.get(URL)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_list_without_vehicle_leads_to_vehicles(resident_client: Client) -> None:
    answer = resident_client.get(URL, follow=True)
    assert answer.redirect_chain == [("/vehicles/?next=%2Fpermits%2F", 302)]
    assert "Permits go by plate. Use Add New Vehicle first" in answer.content.decode()


def test_list_with_inactive_vehicles_only_leads_to_vehicles(resident_client: Client, driver: User) -> None:
    VehicleOwner.objects.update(active=False)
    assert resident_client.get(URL).headers["Location"] == "/vehicles/?next=%2Fpermits%2F"


def test_list_before_the_disclaimer_leads_to_it_unless_the_office_has_none(
    resident_client: Client, driver: User
) -> None:
    User.objects.update(permit_disclaimer_at=None)
    assert resident_client.get(URL).headers["Location"] == "/permits/disclaimer/?next=%2Fpermits%2F"
    SystemSettings.objects.create(pk=1, permit_disclaimer="")
    from django.core.cache import cache

    cache.clear()
    assert resident_client.get(URL).status_code == 200


def test_list_shows_lot_price_days_and_places(resident_client: Client, driver: User) -> None:
    lot = make_lot(name="Yellow <zone>", description="Perimeter lots", spaces=4)
    window = make_window(lot, price="77.00", name="December")
    make_permit(make_user(), window)
    page = page_of(resident_client)
    for part in (
        "Yellow &lt;zone&gt;",
        "Perimeter lots",
        "zone-yellow",
        "December",
        "$77.00",
        "a month",
        "3 left",
        "1 of 4 spaces taken",
        'width="25%"',
        reverse("permits:reserve", args=[window.code]),
    ):
        assert part in page
    assert "style=" not in page


def test_list_says_the_next_price(resident_client: Client, driver: User) -> None:
    window = make_window()
    WindowPrice.objects.create(window=window, from_day=today() + timedelta(days=3), amount=Decimal("91.00"))
    assert "$91.00 from" in page_of(resident_client)


def test_list_full_lot_offers_no_button(resident_client: Client, driver: User) -> None:
    window = make_window(make_lot(spaces=1))
    make_permit(make_user(), window)
    page = page_of(resident_client)
    assert (page.count("</svg>Full</span>"), "Reserve Permit" in page, "1 of 1 spaces taken" in page) == (
        1,
        False,
        True,
    )


def test_list_hides_numbers_where_the_office_wants_it(resident_client: Client, driver: User) -> None:
    SystemSettings.objects.create(pk=1, show_free_places=False)
    make_window(make_lot(spaces=4))
    page = page_of(resident_client)
    assert (
        "left" in page.replace("Places left", ""),
        "spaces taken" in page,
        "Places left" in page,
        "occupancy" in page,
    ) == (False, False, True, False)


def test_list_own_permit_stands_instead_of_the_button(resident_client: Client, driver: User) -> None:
    permit = make_permit(driver, make_window())
    page = page_of(resident_client)
    assert (
        reverse("permits:detail", args=[permit.code]) in page,
        "Go to Payments" in page,
        "Reserve Permit" in page,
    ) == (True, True, False)
    Permit.objects.update(state="active", held_until=None)
    page = page_of(resident_client)
    assert ("You have it" in page, "Go to Payments" in page, "Reserve Permit" in page) == (True, False, False)


@pytest.mark.parametrize("state", ["released", "cancelled"])
def test_list_own_former_permit_hides_nothing(resident_client: Client, driver: User, state: str) -> None:
    make_permit(driver, make_window())
    Permit.objects.update(state=state)
    assert "Reserve Permit" in page_of(resident_client)


def test_list_lot_without_sale_says_when_it_starts_or_that_nothing_is_sold(
    resident_client: Client, driver: User
) -> None:
    soon = timezone.now() + timedelta(days=2)
    make_window(sale_starts=soon)
    assert "The next sale starts on" in page_of(resident_client)
    make_lot()
    assert page_of(resident_client).count("Nothing is on sale here now.") == 1


def test_list_groups_windows_by_lot(resident_client: Client, driver: User) -> None:
    lot = make_lot()
    make_window(lot, name="December")
    make_window(lot, name="January", valid_from=today() + timedelta(days=30), valid_before=today() + timedelta(days=60))
    page = page_of(resident_client)
    assert (
        page.count('class="card lot"'),
        page.count("Reserve Permit<"),
        page.index("December") < page.index("January"),
    ) == (1, 2, True)


def test_list_shows_lots_for_this_user_type_only(resident_client: Client, driver: User) -> None:
    make_lot(name="Faculty lot").user_types.add(make_user_type())
    make_lot(name="Closed lot", visibility="hidden")
    make_lot(name="Open lot")
    page = page_of(resident_client)
    assert ("Open lot" in page, "Faculty lot" in page, "Closed lot" in page) == (True, False, False)


def test_list_without_lots_says_so(resident_client: Client, driver: User) -> None:
    assert "No lot is open to you yet." in page_of(resident_client)


def test_list_anonymous_goes_to_login(client: Client, db: None) -> None:
    assert client.get(URL).headers["Location"] == f"{reverse('account_login')}?next={URL}"


def test_list_post_is_refused(resident_client: Client) -> None:
    assert resident_client.post(URL).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_list_queries_do_not_grow(
    resident_client: Client, driver: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        lot = make_lot()
        for _ in range(rows):
            make_permit(make_user(), make_window(lot))
        make_vehicle(driver)
    office()  # fills the shared cache where there is one
    with django_assert_num_queries(QUERIES):
        page = resident_client.get(URL)
    assert page.content.decode().count("Reserve Permit<") == rows * rows


def test_list_groups_lots_in_the_order_of_their_groups(resident_client: Client, driver: User) -> None:
    second, first = LotGroup.objects.create(name="South", position=2), LotGroup.objects.create(name="North", position=1)
    for name, group in [("Alone", None), ("Barn", second), ("Attic", first), ("Cellar", first)]:
        make_lot(name=name, group=group)
    page = page_of(resident_client)
    found = re.findall(r"<h2[^>]*>([^<]*)</h2>", page)
    assert found == ["North", "Attic", "Cellar", "South", "Barn", "Other lots", "Alone"]


def test_list_says_the_kind_of_space(resident_client: Client, driver: User) -> None:
    permit_type = make_window().permit_type
    permit_type.space_kind = "electric"
    permit_type.save()
    assert "Electric, with charger" in page_of(resident_client)
