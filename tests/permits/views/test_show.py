"""Permit Information (HOME-2); tests/permits/views/test_print.py prints it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from permits.models import Permit
from tests.factories import make_lot, make_permit, make_stored_card, make_user, make_vehicle, make_window

QUERIES = 8 + (not settings.REDIS_URL)  # without Redis the office's settings are a row


@pytest.fixture
def permit(resident: User) -> Permit:
    make_vehicle(resident, plate="CKRT418")
    return make_permit(resident, make_window(make_lot(name="Yellow zone"), price="77.00"))


def paid(permit: Permit, **fields: object) -> Permit:
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None, **fields)
    return permit


def detail(permit: Permit) -> str:
    return reverse("permits:detail", args=[permit.code])


def printing(permit: Permit) -> str:
    return reverse("permits:print", args=[permit.code])


def test_detail_active_shows_everything_and_print(resident_client: Client, permit: Permit) -> None:
    page = resident_client.get(detail(paid(permit))).content.decode()
    for part in (
        "Permit Information",
        permit.number,
        "Active",
        "Yellow zone",
        "CKRT 418",
        "$77.00",
        "Last printed",
        "Not yet",
        "Reserved",
        printing(permit),
    ):
        assert part in page
    assert "Go to Payments" not in page


def test_detail_held_shows_how_to_pay_and_no_print(resident_client: Client, permit: Permit) -> None:
    page = resident_client.get(detail(permit)).content.decode()
    assert ("The place is held until" in page, "Go to Payments" in page, printing(permit) in page) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize(("days", "word", "pill"), [(-40, "Expired", "is-expired"), (40, "Not valid yet", "is-paid")])
def test_detail_of_another_time_can_be_printed_too(
    resident_client: Client, permit: Permit, days: int, word: str, pill: str
) -> None:
    start = today() + timedelta(days=days)
    page = resident_client.get(
        detail(paid(permit, valid_from=start, valid_before=start + timedelta(days=30)))
    ).content.decode()
    assert (f"</svg>{word}</span>" in page, f'class="pill {pill}"' in page, printing(permit) in page) == (
        True,
        True,
        True,
    )


@pytest.mark.parametrize(("state", "word"), [("released", "Released"), ("cancelled", "Cancelled")])
def test_detail_given_back_cannot_be_printed(resident_client: Client, permit: Permit, state: str, word: str) -> None:
    Permit.objects.update(state=state)
    page = resident_client.get(detail(permit)).content.decode()
    assert (f"</svg>{word}</span>" in page, printing(permit) in page) == (True, False)


@pytest.mark.parametrize("rows", [1, 3])
def test_detail_queries_do_not_grow(
    resident_client: Client, permit: Permit, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows - 1):
        permit.plates.create(vehicle=make_vehicle())
        permit.events.create(at=permit.reserved_at, to_state="held")
    office()  # fills the shared cache where there is one
    with django_assert_num_queries(QUERIES):
        page = resident_client.get(detail(permit)).content.decode()
    assert page.count('class="plate"') == rows


@pytest.mark.parametrize("cards", [1, 3])
def test_detail_of_a_permit_that_renews_itself_asks_little_more(
    resident_client: Client, permit: Permit, cards: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(cards):
        make_stored_card(permit.holder, primary=number == 0)
    paid(permit, rollover=True)
    office()
    with django_assert_num_queries(QUERIES + 3):
        assert "Permit Rollover" in resident_client.get(detail(permit)).content.decode()


def test_permit_of_a_stranger_is_404(resident_client: Client, permit: Permit) -> None:
    other = paid(make_permit(make_user()))
    assert (resident_client.get(detail(other)).status_code, resident_client.post(printing(other)).status_code) == (
        404,
        404,
    )
    other.refresh_from_db()
    assert other.printed_at is None


def test_permit_anonymous_goes_to_login(client: Client, permit: Permit) -> None:
    assert client.get(detail(permit)).headers["Location"] == f"{reverse('account_login')}?next={detail(permit)}"
    assert client.post(printing(paid(permit))).status_code == 302


def test_detail_post_is_refused(resident_client: Client, permit: Permit) -> None:
    assert resident_client.post(detail(permit)).status_code == 405
