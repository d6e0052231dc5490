"""Visitor hours in the office: granted, taken back, refunded, and a visit ended; each with its reason."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.dates import Period, today
from opscom.lib.office import office
from permits.models import HourBlock, HourEntry, Permit
from permits.services.visitors.booking import book_visit
from tests.accounts.office import SETTINGS_READ
from tests.factories import make_hours, make_temporary_type, make_user, make_vehicle
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card
from tests.payments.views.page import soup

LIST = "/admin/permits/hourblock/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def host(bank: Books) -> User:
    user = make_user()
    paid_by_card([make_hours(user).charge], user)
    return user


def visit(host: User) -> Permit:
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    kind, period = make_temporary_type(takes_hours=True), Period(start, start + timedelta(hours=2))
    return book_visit(host, permit_type=kind, vehicle=make_vehicle(), period=period)


def test_hours_are_granted_with_a_reason(staff_client: Client, host: User) -> None:
    asked = {"user": host.pk, "hours": "2.5", "last_day": str(today()), "reason": "Roof repair"}
    for wrong in ({"hours": "0.1"}, {"reason": ""}, {"last_day": str(today() - timedelta(days=1))}):
        assert staff_client.post(f"{LIST}add/", asked | wrong).status_code == 200
    assert staff_client.post(f"{LIST}add/", asked)["Location"] == LIST
    block = HourBlock.objects.get(granted_by__isnull=False)
    assert (block.user, block.minutes, block.last_day, block.reason) == (host, 150, today(), "Roof repair")
    page = soup(staff_client.get(f"{LIST}{block.pk}/change/"))
    assert [a.get_text() for a in page.select(".object-tools a")] == ["Take hours back", "History"]
    assert "Roof repair" in page.select_one("#content").get_text()  # type: ignore[union-attr]


def test_unspent_hours_are_taken_back_and_a_visit_ended(staff_client: Client, host: User) -> None:
    permit, block = visit(host), HourBlock.objects.get()
    tools = [str(a["href"]) for a in soup(staff_client.get(f"{LIST}{block.pk}/change/")).select(".object-tools a")]
    assert tools[:2] == [f"{LIST}{block.pk}/take-back/", f"/admin/payments/refund/for/{block.charge_id}/"]
    refused = staff_client.post(tools[0], {"hours": "9", "reason": "Misuse"}).content.decode()
    assert ("Only 8 h of this block are left." in refused, HourEntry.objects.count()) == (True, 1)
    staff_client.post(tools[0], {"hours": "1.5", "reason": "Misuse"})
    assert HourEntry.objects.order_by("-pk")[0].minutes == -90
    shown = soup(staff_client.get(f"/admin/permits/permit/{permit.pk}/change/"))
    end = f"{LIST}visit/{permit.pk}/end/"
    assert end in [a["href"] for a in shown.select(".object-tools a")]
    assert staff_client.post(end, {"reason": ""}).status_code == 200
    done = staff_client.post(end, {"reason": "Fire lane"}, follow=True).content.decode()
    permit.refresh_from_db()
    assert ("Given back: 2 h." in done, permit.state, permit.events.order_by("-pk")[0].reason) == (
        True,
        "cancelled",
        "Fire lane",
    )


def test_refund_page_offers_what_is_not_used(staff_client: Client, host: User) -> None:
    visit(host)
    page = soup(staff_client.get(f"/admin/payments/refund/for/{HourBlock.objects.get().charge_id}/", follow=True))
    amount = page.select_one("#id_amount")
    assert amount is not None and amount["value"] == "8.00"


@pytest.mark.parametrize("n", [1, 3])
def test_list_asks_the_same_whatever_its_length(
    staff_client: Client, bank: Books, django_assert_num_queries: DjangoAssertNumQueries, n: int
) -> None:
    for _ in range(n):
        make_hours(make_user())
    staff_client.get(LIST)
    office()
    with django_assert_num_queries(QUERIES):
        assert len(soup(staff_client.get(LIST)).select("#result_list tbody tr")) == n


QUERIES = 5 + SETTINGS_READ
