"""Pay your Ticket: the guest's door."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opscom.lib.office import office
from tests.factories import change_office
from violations.models import TicketLookup, Violation

URL = "/pay-ticket/"
NOT_FOUND = "We cannot find a ticket with this number and PIN. Check the last two characters on the paper."


def ask(client: Client, text: str, address: str = "192.0.2.1") -> Any:
    """Type a number and press Search."""
    return client.post(URL, {"ticket": text}, REMOTE_ADDR=address)


def errors(response: Any) -> list[str]:
    """What the page says above the form."""
    return list(response.context["form"].non_field_errors())


def test_pay_ticket_shows_one_field_and_the_guides_words(client: Client, db: None) -> None:
    page = client.get(URL).content.decode()
    assert page.count("<h1>Pay your Ticket</h1>") == 1
    assert "Violation Ticket Login" in page
    assert page.count('name="ticket"') == 1
    assert 'autocapitalize="characters"' in page
    assert ">Search</button>" in page


@pytest.mark.parametrize("typed", ["TT-10133-3K", "tt 10133 3k", "TT101333K", " TT–10133–3K\u200b", "TT--10133 - 3k"])
def test_pay_ticket_opens_the_ticket_however_it_is_typed(client: Client, ticket: Violation, typed: str) -> None:
    response = ask(client, typed)
    assert (response.status_code, response.url) == (302, "/tickets/TT-10133/")
    assert client.get(response.url).status_code == 200


def test_pay_ticket_gives_the_session_a_new_key(client: Client, ticket: Violation) -> None:
    client.get(URL)
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    ask(client, ticket.full_number)
    assert client.session.session_key != before
    assert client.session["opened_tickets"] == ["TT-10133"]


def test_pay_ticket_answers_unknown_number_and_wrong_pin_alike(client: Client, ticket: Violation) -> None:
    office()  # fills the shared cache where there is one
    seen = []
    for typed in ("TT-10133-9Z", "TT-99999-3K"):
        with CaptureQueriesContext(connection) as queries:
            response = ask(client, typed)
        page = response.content.decode()
        shapes = [query["sql"].split("'")[0].split(" WHERE ")[0] for query in queries]
        seen.append((response.status_code, errors(response), f'value="{typed}"' in page, len(queries), shapes))
    assert seen[0] == seen[1]
    assert seen[0][:3] == (200, [NOT_FOUND], True)


def test_pay_ticket_locks_an_address_after_five_wrong_tries(client: Client, ticket: Violation) -> None:
    assert [ask(client, f"TT-{20000 + n}-3K").status_code for n in range(7)] == [200] * 5 + [429] * 2
    response = ask(client, ticket.full_number)
    assert response.status_code == 429
    assert errors(response) == [f"Too many tries. Wait 15 minutes, or call the office at {office().phone}."]
    assert 'value="TT-10133-3K"' in response.content.decode()
    assert ask(client, ticket.full_number, address="198.51.100.7").status_code == 302


def test_pay_ticket_keeps_no_pin(client: Client, ticket: Violation) -> None:
    ask(client, "TT-10133-9Z")
    ask(client, "TT-10133-3K")
    assert list(TicketLookup.objects.order_by("pk").values_list("number", "found")) == [
        ("TT-10133", False),
        ("TT-10133", True),
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "A" * 10_000,
        "TT-1\x00-3K",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "🚗🚗-3K",
        "\u202eK3-33101-TT",
        "-",
        "%s",
    ],
)
def test_pay_ticket_takes_hostile_text_calmly(client: Client, ticket: Violation, typed: str) -> None:
    response = ask(client, typed)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert "<script>alert" not in response.content.decode()


def test_pay_ticket_disappears_where_the_office_wants_no_guests(client: Client, ticket: Violation) -> None:
    change_office(guest_payment=False)
    assert client.get(URL).status_code == 404
    assert ask(client, ticket.full_number).status_code == 404
    assert TicketLookup.objects.count() == 0


def test_pay_ticket_refuses_other_methods(client: Client, db: None) -> None:
    assert client.delete(URL).status_code == 405
