"""Exchange: the lots with their differences, the quote, and the button that takes it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from permits.models import Permit, SalesWindow
from tests.conftest import sign_in
from tests.factories import change_office, make_lot, make_permit, make_user, make_window
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card
from tests.payments.views.page import callouts, field, soup

SETTINGS = int(not settings.REDIS_URL)  # without Redis they are a row
LIST, QUOTE = 8, 10


@pytest.fixture
def permit(bank: Books, resident: User) -> Permit:
    """Paid, $60 for 30 days from tomorrow: all of it counts."""
    window = make_window(
        price="60.00", valid_from=today() + timedelta(days=1), valid_before=today() + timedelta(days=31)
    )
    permit = make_permit(resident, window)
    paid_by_card([permit.charge], resident)
    return Permit.objects.get(pk=permit.pk)


def other(price: str, name: str = "P30") -> SalesWindow:
    return make_window(make_lot(name=name), price=price)


def path(permit: Permit, window: SalesWindow | None = None) -> str:
    return f"/permits/{permit.code}/exchange/" + (f"{window.code}/" if window else "")


def test_page_shows_the_other_lots_with_their_differences(resident_client: Client, permit: Permit) -> None:
    for price, name in (("77.00", "P30"), ("20.00", "P31"), ("60.00", "P32")):
        other(price, name)
    cards = soup(resident_client.get(path(permit))).select("article.lot")
    shown = [[card.h2.get_text(), card.select_one(".lot-price").get_text()] for card in cards]  # type: ignore[union-attr]
    assert sorted(shown) == [["P30", "You pay $17.00"], ["P31", "You get $40.00 back"], ["P32", "Nothing to pay"]]


def test_no_other_lot_says_so(resident_client: Client, permit: Permit) -> None:
    assert "No other lot has a place for you now." in resident_client.get(path(permit)).content.decode()


def test_difference_is_paid_on_the_payments_page(resident_client: Client, permit: Permit) -> None:
    window = other("77.00")
    page = resident_client.get(path(permit, window))
    rows = [" ".join(row.get_text(" ").split()) for row in soup(page).select(".money-row")]
    assert rows == ["New permit, taxes included $77.00", f"Unused part of {permit.number} −$60.00", "You pay $17.00"]
    response = resident_client.post(
        path(permit, window), {"difference": field(page, "difference")["value"]}, follow=True
    )
    new = Permit.objects.get(window=window)
    assert callouts(response)[0] == (
        f"The place is held. Pay the difference, and permit {new.number} takes the place of {permit.number}."
    )
    assert (response.redirect_chain, "$17.00" in response.content.decode()) == ([("/payments/", 302)], True)
    held = resident_client.get(f"/permits/{new.code}/").content.decode()
    assert f"Permit {permit.number} stays valid until then." in held


def test_what_comes_back_is_shown_and_taken(resident_client: Client, permit: Permit) -> None:
    window = other("20.00")
    page = resident_client.get(path(permit, window))
    assert soup(page).select_one("main form button").get_text() == "Exchange and get $40.00 back"  # type: ignore[union-attr]
    response = resident_client.post(path(permit, window), {"difference": "-40.00"}, follow=True)
    new = Permit.objects.get(window=window)
    assert callouts(response) == [f"Permit {new.number} is valid now. Do not park with {permit.number} any more."]
    assert "Exchanged for another permit" in resident_client.get(f"/permits/{permit.code}/").content.decode()


@pytest.mark.parametrize("difference", ["16.99", "", "x"])
def test_another_difference_leads_back_to_the_quote(resident_client: Client, permit: Permit, difference: str) -> None:
    window = other("77.00")
    response = resident_client.post(path(permit, window), {"difference": difference})
    assert (response.headers["Location"], Permit.objects.count()) == (path(permit, window), 1)


def test_full_lot_leads_back_to_the_others(resident_client: Client, permit: Permit) -> None:
    window = make_window(make_lot(spaces=0), price="77.00")
    response = resident_client.post(path(permit, window), {"difference": "17.00"})
    assert response.headers["Location"] == path(permit)


def test_permit_that_cannot_be_exchanged_leads_back(resident_client: Client, permit: Permit) -> None:
    Permit.objects.update(state="suspended")
    response = resident_client.get(path(permit), follow=True)
    assert callouts(response)[0].startswith("Only a paid permit that has not ended can be exchanged.")
    assert path(permit) not in response.content.decode()


def test_switched_off_there_is_no_link_and_no_page(resident_client: Client, permit: Permit) -> None:
    assert path(permit) in resident_client.get(f"/permits/{permit.code}/").content.decode()
    change_office(exchanging=False)
    assert path(permit) not in resident_client.get(f"/permits/{permit.code}/").content.decode()
    window = other("77.00")
    assert [resident_client.get(path(permit, each)).status_code for each in (None, window)] == [404, 404]


def test_stranger_sees_nothing_and_anonymous_logs_in(client: Client, permit: Permit) -> None:
    window = other("77.00")
    stranger = sign_in(Client(), make_user())
    for each in (None, window):
        assert client.get(path(permit, each)).headers["Location"].startswith("/login")
        assert stranger.get(path(permit, each)).status_code == 404
    assert stranger.post(path(permit, window), {"difference": "17.00"}).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow(
    resident_client: Client, permit: Permit, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    windows = [other("77.00", f"P{n}") for n in range(rows)]
    office()
    with django_assert_num_queries(LIST + SETTINGS):
        resident_client.get(path(permit))
    with django_assert_num_queries(QUOTE + SETTINGS):
        resident_client.get(path(permit, windows[0]))


def test_lots_with_a_password_or_by_link_take_part_once_the_session_has_opened_them(
    resident_client: Client, permit: Permit
) -> None:
    by_link, locked = make_lot(name="By link", visibility="direct"), make_lot(name="Locked")
    locked.set_password("plum")
    locked.save()
    windows = [make_window(lot, price="60.00") for lot in (by_link, locked)]
    pages = [path(permit, window) for window in windows]
    assert [resident_client.get(page).status_code for page in pages] == [404, 404]
    resident_client.get(f"/lots/{by_link.code}/")
    resident_client.post(f"/lots/{locked.code}/", {"password": "plum"})
    shown = sorted(card.h2.get_text() for card in soup(resident_client.get(path(permit))).select("article.lot"))  # type: ignore[union-attr]
    assert shown == ["By link", "Locked"]
    assert [resident_client.get(page).status_code for page in pages] == [200, 200]
    resident_client.post(pages[1], {"difference": "0.00"})
    assert Permit.objects.get(window=windows[1]).state == "active"
    locked.set_password("pear")  # the session's password is not the lot's any more
    locked.save()
    assert resident_client.get(pages[1]).status_code == 404
