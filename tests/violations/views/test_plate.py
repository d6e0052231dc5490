"""The page of a plate's unpaid tickets."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Mail, User
from opscom.lib.office import office
from payments.models import Checkout
from tests.factories import make_offence, make_user, make_vehicle, make_violation
from tests.violations.services.test_plate_tickets import digits
from vehicles.models import Vehicle
from violations.models import Violation

EXTRA = not settings.REDIS_URL  # without Redis the office's settings are a row
URL = "/tickets/TT-10133/plate/"


@pytest.fixture
def car(db: None) -> Vehicle:
    return make_vehicle(make_user(email="ada@example.test"))


@pytest.fixture
def ticket(car: Vehicle) -> Violation:
    return make_violation(car, number="TT-10133", pin="3K")


@pytest.fixture
def opened(guest_client: Client) -> Client:
    """A browser that has entered the code from the mail."""
    guest_client.post(f"{URL}code/")
    assert guest_client.post(URL, {"code": digits()}).headers["Location"] == URL
    return guest_client


def test_plate_asks_for_a_code_and_shows_the_address_masked(guest_client: Client, ticket: Violation) -> None:
    assert URL in guest_client.get("/tickets/TT-10133/").content.decode()
    page = guest_client.get(URL).content.decode()
    assert ("Send a code</button>" in page, 'name="code"' in page) == (True, False)
    page = guest_client.post(f"{URL}code/", follow=True).content.decode()
    assert ("a•••@e•••.test" in page, "ada@example.test" in page, 'name="code"' in page) == (True, False, True)
    assert ticket.plate in page.replace(" ", "")


def test_plate_of_nobody_on_file_says_a_neutral_sentence(client: Client, db: None) -> None:
    unknown = make_violation()
    client.post("/pay-ticket/", {"ticket": unknown.full_number})
    page = client.post(f"/tickets/{unknown.number}/plate/code/", follow=True)
    said = "If an address is on file for this plate, a code is on its way to it."
    assert [str(message) for message in page.context["messages"]] == [said]
    assert Mail.objects.count() == 0


def test_plate_refuses_a_wrong_code_and_pays_nothing_without_the_right_one(guest_client: Client) -> None:
    guest_client.post(f"{URL}code/")
    page = guest_client.post(URL, {"code": "12345"})
    assert page.context["form"].errors["code"] == [
        "This code does not match, or its 15 minutes are over. Enter it again, or send a new one."
    ]
    assert guest_client.post(f"{URL}pay/").headers["Location"] == URL
    assert Checkout.objects.count() == 0


def test_plate_pays_what_is_ticked_in_one_checkout(opened: Client, car: Vehicle, ticket: Violation) -> None:
    other = make_violation(car, offence=make_offence(amount=Decimal("40.00"), reduced_amount=None))
    stranger = make_violation(make_vehicle(make_user()))
    page = opened.get(URL)
    assert page.context["charges"] == [ticket.charge, other.charge]
    codes = [charge.code for charge in (ticket.charge, other.charge, stranger.charge) if charge]
    answer = opened.post(f"{URL}pay/", {"charge": codes})
    checkout = Checkout.objects.get()
    assert answer.headers["Location"] == f"/checkout/{checkout.code}/"
    assert (checkout.user, checkout.total, checkout.back) == (None, Decimal("70.00"), URL)
    assert opened.post(f"{URL}pay/", {"charge": codes}).headers["Location"] == f"/checkout/{checkout.code}/"
    assert opened.post(f"{URL}pay/").headers["Location"] == URL


def test_plate_tells_of_a_late_fee_that_has_fallen_due(opened: Client, car: Vehicle, ticket: Violation) -> None:
    ticket.offence.steps.create(after_days=1, act="add", amount=Decimal("25.00"))
    late = make_violation(car, offence=ticket.offence, issued_at=ticket.issued_at.replace(year=2025))
    assert opened.post(f"{URL}pay/", {"charge": [late.charge.code if late.charge else ""]}).headers["Location"] == URL
    assert Checkout.objects.count() == 0
    assert len(opened.get(URL).context["charges"]) == 3


@pytest.mark.parametrize("tickets", [1, 3])
def test_plate_costs_the_same_for_any_number(
    opened: Client, car: Vehicle, tickets: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _n in range(tickets - 1):
        make_violation(car)
    office()
    opened.get(URL)
    with django_assert_num_queries(4 + EXTRA):
        assert len(opened.get(URL).context["charges"]) == tickets


def test_plate_is_for_browsers_that_have_shown_the_pin(
    client: Client, resident_client: Client, resident: User, ticket: Violation
) -> None:
    for path in (URL, f"{URL}code/", f"{URL}pay/"):
        assert client.post(path).headers["Location"] == "/pay-ticket/"
        assert resident_client.post(path).status_code == 404
    assert Mail.objects.count() == 0
