"""What the code on a ticket opens."""

import pytest
from django.conf import settings as settings_module
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from opscom.lib.office import office
from tests.factories import change_office, make_lot, make_vehicle, make_violation
from violations.models import Violation
from violations.services.issue import spoil_violation
from violations.verification import ticket_token, verify_address

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket() -> Violation:
    return make_violation(make_vehicle(plate="CKRT418"), number="TT-10133", pin="3K", lot=make_lot(name="Yellow zone"))


def shown(client: Client, token: str, status: int = 200) -> str:
    answer = client.get(f"/verify/{token}/")
    assert (answer.status_code, "no-cache" in answer.headers["Cache-Control"]) == (status, True)
    return answer.content.decode()


def test_real_ticket_says_so_without_what_opens_it(client: Client, ticket: Violation) -> None:
    assert verify_address(ticket) == f"{settings_module.BASE_URL}/verify/{ticket_token('TT-10133')}/"
    page = shown(client, ticket_token("TT-10133").lower())
    said = ["Ticket is real", "Ticket TT-10133", "Yellow zone", "<dd>Owed</dd>", "/pay-ticket/", "17 Trent Lane"]
    assert [part in page for part in said] == [True] * 6
    assert ["CKRT418" in page, "CKRT" in page, "3K" in page] == [False] * 3


def test_ticket_that_is_void_is_real_and_owes_nothing(client: Client, ticket: Violation, staff: User) -> None:
    spoil_violation(ticket, by=staff, reason="Wrong plate")
    page = shown(client, ticket_token("TT-10133"))
    assert ("Ticket is real" in page, "Void: nothing is owed" in page) == (True, True)


@pytest.mark.parametrize("token", ["T.TT-10133.K7M2Q9XA", "T.TT-10133", "T.", ticket_token("TT-10134"), "T.TT-10133.é"])
def test_code_that_we_never_signed_is_not_real(client: Client, ticket: Violation, token: str) -> None:
    page = shown(client, token, status=404)
    assert ("Not real" in page, "Pay nothing." in page, "Yellow zone" in page) == (True, True, False)


def test_code_of_an_older_secret_still_holds(client: Client, ticket: Violation, settings: Settings) -> None:
    token = ticket_token("TT-10133")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert "Ticket is real" in shown(client, token)


def test_office_without_guests_names_its_own_door(client: Client, ticket: Violation) -> None:
    change_office(guest_payment=False)
    assert "/pay-ticket/" not in shown(client, ticket_token("TT-10133"))


def test_code_costs_one_look(
    client: Client, ticket: Violation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    office()
    with django_assert_num_queries(1 + (not settings_module.REDIS_URL)):
        shown(client, ticket_token("TT-10133"))
