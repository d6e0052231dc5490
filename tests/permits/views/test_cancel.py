"""Cancel Permit: the quote first, then the button (RULES 40)."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.office import office
from payments.models import Refund
from permits.models import Permit
from tests.conftest import sign_in
from tests.factories import change_office, make_permit, make_user, make_window
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card
from tests.payments.views.page import callouts, field, soup

QUERIES = 12 + (not settings.REDIS_URL)


@pytest.fixture
def permit(bank: Books, resident: User) -> Permit:
    """Paid, for 30 days from today, $60."""
    permit = make_permit(resident, make_window(price="60.00"))
    paid_by_card([permit.charge], resident)
    return Permit.objects.get(pk=permit.pk)


def path(permit: Permit) -> str:
    return f"/permits/{permit.code}/cancel/"


def test_page_shows_what_comes_back_and_where_to(resident_client: Client, permit: Permit) -> None:
    page = soup(resident_client.get(path(permit)))
    rows = [" ".join(row.get_text(" ").split()) for row in page.select(".money-row")]
    assert rows == [
        "You paid $60.00",
        "Not given back $0.00",
        "To the card Banks take up to ten days to show it. $60.00",
        "You get back $60.00",
    ]
    assert page.select_one("main form button").get_text() == "Cancel the permit and get $60.00 back"  # type: ignore[union-attr]


def test_button_takes_the_quote(resident_client: Client, permit: Permit) -> None:
    back = field(resident_client.get(path(permit)), "back")["value"]
    response = resident_client.post(path(permit), {"back": back}, follow=True)
    assert callouts(response) == [f"Permit {permit.number} is cancelled. Do not park with it."]
    assert "Cancelled by you" in response.content.decode()
    assert Refund.objects.values_list("amount", "by").get() == (Decimal("60.00"), permit.holder_id)


def test_amount_in_another_language_is_understood(resident_client: Client, resident: User, permit: Permit) -> None:
    User.objects.filter(pk=resident.pk).update(language="fr")
    assert field(resident_client.get(path(permit), headers={"accept-language": "fr"}), "back")["value"] == "60.00"


@pytest.mark.parametrize("back", ["59.99", "0", "", "nonsense", "-1"])
def test_other_amounts_cancel_nothing(resident_client: Client, permit: Permit, back: str) -> None:
    response = resident_client.post(path(permit), {"back": back})
    permit.refresh_from_db()
    assert (response.headers["Location"], permit.state, Refund.objects.count()) == (path(permit), "active", 0)


def test_cancelled_one_leads_back_to_its_page(resident_client: Client, permit: Permit) -> None:
    resident_client.post(path(permit), {"back": "60.00"}, follow=True)
    response = resident_client.get(path(permit), follow=True)
    assert callouts(response) == ["This permit is over already. There is nothing to cancel."]
    assert "Cancel Permit" not in response.content.decode()


def test_switched_off_there_is_no_link_and_no_page(resident_client: Client, permit: Permit) -> None:
    assert "Cancel Permit" in resident_client.get(f"/permits/{permit.code}/").content.decode()
    change_office(cancelling=False)
    assert "Cancel Permit" not in resident_client.get(f"/permits/{permit.code}/").content.decode()
    assert [resident_client.get(path(permit)).status_code, resident_client.post(path(permit)).status_code] == [404] * 2


def test_stranger_sees_nothing(permit: Permit) -> None:
    client = sign_in(Client(), make_user())
    assert [client.get(path(permit)).status_code, client.post(path(permit), {"back": "60.00"}).status_code] == [404] * 2


def test_anonymous_is_asked_to_log_in(client: Client, permit: Permit) -> None:
    assert client.get(path(permit)).headers["Location"].startswith("/login")


def test_queries_of_the_quote(
    resident_client: Client, permit: Permit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    office()
    with django_assert_num_queries(QUERIES):
        resident_client.get(path(permit))
