"""Locker Disclaimer → location → Get Locker → number → Reserve Locker → Cart (LOC-1)."""

from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from lockers.models import Locker, LockerSite, LockerTerm, LockerWindow
from tests.factories import change_office, hold_locker, make_locker, make_locker_term, make_locker_window, make_user

SETTINGS = int(not settings.REDIS_URL)  # without Redis they are a row


@pytest.fixture
def agreed(resident: User) -> User:
    resident.locker_disclaimer_at = timezone.now()
    resident.save()
    return resident


@pytest.fixture
def site(db: None) -> LockerSite:
    arena = LockerSite.objects.create(name="Arena", price=Decimal("40.00"), size="30 × 50 cm")
    return LockerSite.objects.create(name="Level 1", parent=arena, disclaimer="No food.")


@pytest.fixture
def window(db: None) -> LockerWindow:
    return make_locker_window(name="Winter term")


def address(site: LockerSite, **more: str) -> str:
    return f"/lockers/get/?site={site.code}" + "".join(f"&{name}={value}" for name, value in more.items())


def read(client: Client, path: str) -> BeautifulSoup:
    return BeautifulSoup(client.get(path).content, "html.parser")


def cells(page: BeautifulSoup) -> list[str]:
    return [" ".join(cell.get_text(" ").split()) for cell in page.select(".locker")]


def test_disclaimer_comes_first_and_once(resident_client: Client, resident: User) -> None:
    assert resident_client.get("/lockers/").headers["Location"] == "/lockers/disclaimer/"
    page = resident_client.get("/lockers/disclaimer/").content.decode()
    assert ("Locker Disclaimer" in page, "I Agree" in page) == (True, True)
    assert resident_client.post("/lockers/disclaimer/").headers["Location"] == "/lockers/"
    resident.refresh_from_db()
    assert resident.locker_disclaimer_at is not None
    assert resident_client.get("/lockers/").status_code == 200


def test_lockers_that_are_off_are_nowhere(resident_client: Client, agreed: User) -> None:
    assert 'href="/lockers/"' in resident_client.get("/home/").content.decode()
    change_office(lockers_enabled=False)
    assert "/lockers/" not in resident_client.get("/home/").content.decode()
    for path in ("/lockers/", "/lockers/cart/", "/lockers/get/", "/lockers/disclaimer/"):
        assert resident_client.get(path).status_code == 404


def test_locations_name_what_is_free(
    resident_client: Client, agreed: User, site: LockerSite, window: LockerWindow
) -> None:
    make_locker(site, condition="broken")
    hold_locker(locker=make_locker(site), window=window)
    make_locker(site)
    make_locker(LockerSite.objects.create(name="Staff only", visibility="hidden", price=1))
    [choice] = read(resident_client, "/lockers/").select(".choice")
    assert " ".join(choice.get_text(" ").split()) == "Arena › Level 1 30 × 50 cm · $40.00 a semester 1 free"


def test_grid_shows_what_each_number_is(
    resident_client: Client, agreed: User, site: LockerSite, window: LockerWindow
) -> None:
    change_office(lockers_per_person=2)
    make_locker(site, number="10")
    make_locker(site, number="9", condition="broken")
    make_locker(site, number="8", condition="archived")
    make_locker_term(locker=make_locker(site, number="7"))
    hold_locker(locker=make_locker(site, number="6"), window=window)
    hold_locker(agreed, make_locker(site, number="5"), window=window)
    page = read(resident_client, address(site))
    assert cells(page) == ["5 Yours", "6 Held", "7 Taken", "9 Out of order", "10 Free Chosen"]
    assert [choice["value"] for choice in page.select(".locker input:not([disabled])")] == [
        str(Locker.objects.get(number="10").pk)
    ]
    assert "No food." in page.get_text()


def test_grid_narrows_down_by_area_and_size(
    resident_client: Client, agreed: User, site: LockerSite, window: LockerWindow
) -> None:
    make_locker(site, number="1")
    make_locker(site, number="2", size="Tall")
    make_locker(LockerSite.objects.create(name="Level 2", parent=site.parent), number="3")
    assert site.parent is not None
    assert cells(read(resident_client, address(site.parent))) == ["1 Free Chosen", "2 Free Chosen", "3 Free Chosen"]
    assert cells(read(resident_client, address(site.parent, size="Tall"))) == ["2 Free Chosen"]
    options = [option.get_text() for option in read(resident_client, address(site)).select("#area option")]
    assert options == ["Arena", "Arena › Level 1", "Arena › Level 2"]


def test_reserve_leads_to_the_cart_and_on_to_payments(
    resident_client: Client, agreed: User, site: LockerSite, window: LockerWindow
) -> None:
    locker = make_locker(site, number="114")
    answer = resident_client.post(address(site, window=window.code), {"locker": locker.pk})
    assert answer.headers["Location"] == "/lockers/cart/"
    cart = read(resident_client, "/lockers/cart/")
    assert cart.select_one("h1").get_text() == "Cart"  # type: ignore[union-attr]
    assert "$40.00" in cart.get_text()
    assert cart.find("a", string="Next")["href"] == "/payments/"  # type: ignore[index]
    assert "Payments Due" in resident_client.get("/payments/").content.decode()


@pytest.mark.parametrize(
    ("chosen", "message"),
    [("", "Choose a number first."), ("0", "not there any more"), ("taken", "went a moment ago")],
)
def test_reserve_says_what_is_wrong_where_one_chooses(
    resident_client: Client, agreed: User, site: LockerSite, window: LockerWindow, chosen: str, message: str
) -> None:
    taken = hold_locker(locker=make_locker(site), window=window).locker
    data = {"locker": taken.pk if chosen == "taken" else chosen}
    answer = resident_client.post(address(site), data, follow=True)
    assert answer.redirect_chain[0][0] == address(site)
    assert message in answer.content.decode()
    assert LockerTerm.objects.for_user(agreed).count() == 0


def test_take_out_frees_the_locker_and_strangers_do_not_find_it(resident_client: Client, agreed: User) -> None:
    term, other = hold_locker(agreed), hold_locker()
    assert resident_client.post(f"/lockers/cart/{other.code}/").status_code == 404
    answer = resident_client.post(f"/lockers/cart/{term.code}/", follow=True)
    assert "Your cart is empty" in answer.content.decode()
    assert resident_client.get(f"/lockers/cart/{term.code}/").status_code == 405


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_queries_stay_the_same(
    resident_client: Client,
    agreed: User,
    site: LockerSite,
    window: LockerWindow,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    change_office(lockers_per_person=20)
    Locker.objects.bulk_create(Locker(site=site, number=f"L{n}") for n in range(count))
    for _ in range(min(count, 3)):
        hold_locker(agreed, make_locker(site), window=window)
        make_locker_term(make_user(), locker=make_locker(site))
    for path, queries in (("/lockers/", 8), (address(site), 9), ("/lockers/cart/", 4)):
        with django_assert_num_queries(queries + SETTINGS):
            assert resident_client.get(path).status_code == 200
