"""Renew, from the Permits page or the permit's own."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from permits.models import Permit, SalesWindow
from tests.factories import make_lot, make_permit, make_user, make_user_type, make_vehicle, make_window
from vehicles.models import VehicleOwner

QUERIES = 7 + (not settings.REDIS_URL)  # without Redis the office's settings are a row
RENEWING = 27 + (not settings.REDIS_URL)  # the test's own for the plates, and four of savepoints


@pytest.fixture
def permit(resident: User) -> Permit:
    make_vehicle(resident, plate="CKRT418")
    resident.permit_disclaimer_at = timezone.now()
    resident.save()
    permit = make_permit(resident, make_window(make_lot(name="Yellow zone", spaces=1)))
    Permit.objects.update(state="active", held_until=None)
    return permit


@pytest.fixture
def window(permit: Permit) -> SalesWindow:
    return later(permit, name="January")


def later(permit: Permit, **fields: object) -> SalesWindow:
    days = {"valid_from": today() + timedelta(days=20), "valid_before": today() + timedelta(days=50)}
    return make_window(permit.lot, **(days | fields))  # type: ignore[arg-type]


def address(permit: Permit) -> str:
    return reverse("permits:renew", args=[permit.code])


def test_renew_stands_on_the_permits_page_and_on_the_permit(
    resident_client: Client, permit: Permit, window: SalesWindow
) -> None:
    page = resident_client.get("/permits/").content.decode()
    link = f'href="{address(permit)}?window={window.code}">Renew {permit.number}</a>'
    assert (link in page, "1 left" in page, "Reserve another one" in page) == (True, True, True)
    detail = resident_client.get(reverse("permits:detail", args=[permit.code])).content.decode()
    assert f'href="{address(permit)}">Renew</a>' in detail


def test_renew_is_offered_only_where_a_window_sells_to_its_holder(
    resident_client: Client, permit: Permit, window: SalesWindow
) -> None:
    pages, link = ["/home/", reverse("permits:detail", args=[permit.code])], f'href="{address(permit)}"'
    assert [link in resident_client.get(page).content.decode() for page in pages] == [True, True]
    window.user_types.add(make_user_type())
    assert [link in resident_client.get(page).content.decode() for page in pages] == [False, False]


def test_renew_holds_the_days_after_with_the_plates_that_are_ticked(
    resident_client: Client, permit: Permit, window: SalesWindow
) -> None:
    page = resident_client.get(address(permit)).content.decode()
    assert [text for text in ("so you lose no day", "January", "$77.00", "CKRT 418") if text not in page] == []
    (link,) = VehicleOwner.objects.filter(user=permit.holder).select_related("vehicle")
    answer = resident_client.post(address(permit), {"plates": [link.vehicle.pk]}, follow=True)
    assert answer.redirect_chain == [("/payments/", 302)]
    new = Permit.objects.get(window=window)
    assert (new.renews, new.valid_from, list(new.vehicles.all())) == (permit, permit.valid_before, [link.vehicle])
    detail = resident_client.get(reverse("permits:detail", args=[permit.code])).content.decode()
    assert (new.number in detail, f'href="{address(permit)}"' in detail) == (True, False)
    detail = resident_client.get(reverse("permits:detail", args=[new.code])).content.decode()
    assert ("Follows" in detail, permit.number in detail) == (True, True)


def test_renewing_reads_the_price_calendar_once(resident_client: Client, permit: Permit, window: SalesWindow) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = resident_client.post(address(permit), {"plates": [permit.vehicles.get().pk]})
    calendars = [query["sql"] for query in asked if 'FROM "permits_windowprice" WHERE' in query["sql"]]
    reads = [sql for sql in calendars if sql.startswith('SELECT "permits_windowprice"')]
    assert (answer["Location"], len(reads)) == ("/payments/", 1)


def test_renew_takes_the_window_that_was_chosen(resident_client: Client, permit: Permit, window: SalesWindow) -> None:
    year = later(permit, name="The year", valid_before=today() + timedelta(days=300))
    assert (
        f'href="?window={year.code}">Renew for The year instead'
        in resident_client.get(address(permit)).content.decode()
    )
    vehicle = permit.vehicles.get()
    resident_client.post(f"{address(permit)}?window={year.code}", {"plates": [vehicle.pk]})
    assert Permit.objects.get(renews=permit).window == year


@pytest.mark.parametrize("case", ["nothing on sale", "other window", "full"])
def test_renew_that_cannot_be_leads_back_with_the_reason(
    resident_client: Client, permit: Permit, window: SalesWindow, case: str
) -> None:
    query = ""
    if case == "nothing on sale":
        SalesWindow.objects.filter(pk=window.pk).update(active=False)
    elif case == "other window":
        query = f"?window={permit.window.code}"  # type: ignore[union-attr]
    else:
        Permit.objects.filter(pk=permit.pk).update(valid_before=today() + timedelta(days=20))
        Permit.objects.filter(pk=make_permit(make_user(), window).pk).update(state="active", held_until=None)
    answer = resident_client.get(address(permit) + query, follow=True)
    assert answer.redirect_chain == [(reverse("permits:detail", args=[permit.code]), 302)]
    assert "This permit cannot be renewed now." in answer.content.decode()


def test_renew_refused_by_the_service_says_why(resident_client: Client, permit: Permit, window: SalesWindow) -> None:
    Permit.objects.update(rollover=True)
    answer = resident_client.post(address(permit), {"plates": [permit.vehicles.get().pk]}, follow=True)
    assert "Only a paid permit that has not ended" in answer.content.decode()


def test_button_takes_the_window_that_is_shown(resident_client: Client, permit: Permit, window: SalesWindow) -> None:
    page = BeautifulSoup(resident_client.get(address(permit)).content, "html.parser")
    form = page.select_one("main form")
    assert form is not None
    assert form["action"] == f"?window={window.code}"


@pytest.mark.parametrize("plates", [[], ["0"]])
def test_renew_without_a_plate_of_ones_own_asks_for_one(
    resident_client: Client, permit: Permit, window: SalesWindow, plates: list[str]
) -> None:
    answer = resident_client.post(address(permit), {"plates": plates})
    assert (answer.status_code, 'id="plates-error"' in answer.content.decode()) == (200, True)
    assert Permit.objects.count() == 1


def test_renew_of_a_stranger_is_404(resident_client: Client, permit: Permit) -> None:
    assert resident_client.get(address(make_permit(make_user()))).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_renew_queries_do_not_grow(
    resident_client: Client,
    permit: Permit,
    window: SalesWindow,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(rows - 1):
        make_vehicle(permit.holder)
        later(permit)
    office()
    with django_assert_num_queries(QUERIES):
        assert resident_client.get(address(permit)).status_code == 200
    with django_assert_num_queries(RENEWING):
        answer = resident_client.post(address(permit), {"plates": list(permit.vehicles.values_list("pk", flat=True))})
    assert answer.headers["Location"] == "/payments/"
