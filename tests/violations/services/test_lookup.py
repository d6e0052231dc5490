"""A guest's way to a ticket: number and PIN, and the throttle behind them."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from opscom.lib.office import office
from tests.factories import change_office
from violations.errors import LookupLocked, TicketNotFound
from violations.models import TicketLookup, Violation
from violations.services.lookup import find_ticket, normalise_number, split_number

QUERIES = 3 + (not settings.REDIS_URL)  # without Redis the office's settings are a row

HOME = "192.0.2.1"


def outcome(text: str, address: str = HOME, **kwargs: object) -> str:
    """What a try came to, in one word."""
    try:
        find_ticket(text, address=address, **kwargs)  # type: ignore[arg-type]
    except (TicketNotFound, LookupLocked) as error:
        return error.code
    return "found"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("TT-10133-3K", ("TT-10133", "3K")),
        ("tt 10133 3k", ("TT-10133", "3K")),
        ("TT101333K", ("TT-10133", "3K")),
        ("tt10133-3k", ("TT-10133", "3K")),
        ("1105587427-3K", ("1105587427", "3K")),
        ("24PK4000063K", ("24PK400006", "3K")),
        ("MISS-17—3K", ("MISS-17", "3K")),
        ("TT-10133", ("TT-101", "33")),
        ("3K", ("", "3K")),
        ("", ("", "")),
        ("\ud800\x00-\u202e3K", ("", "3K")),
    ],
)
def test_split_number_reads_what_drivers_type(typed: str, read: tuple[str, str]) -> None:
    assert split_number(typed) == read


def test_normalise_number_leaves_nothing_invisible() -> None:
    assert normalise_number(" tt–10133\u200b\x00 ") == "TT-10133"


def test_ticket_is_found_by_number_and_pin_only(ticket: Violation) -> None:
    assert find_ticket("TT-10133-3K", address=HOME) == ticket
    assert [outcome(text) for text in ("TT-10133-3J", "TT-10133", "TT-10134-3K", "TT-10133---")] == ["not-found"] * 4


def test_refusal_is_one_sentence_for_unknown_number_and_wrong_pin(ticket: Violation) -> None:
    texts = []
    for typed in ("TT-10133-9Z", "TT-99999-3K"):
        with pytest.raises(TicketNotFound) as refusal:
            find_ticket(typed, address=HOME)
        texts.append(str(refusal.value))
    assert texts[0] == texts[1]


def test_address_is_locked_after_its_tries_and_open_again_after_a_quarter_of_an_hour(ticket: Violation) -> None:
    now = timezone.now()
    assert [outcome(f"TT-{n}-3K", at=now) for n in range(6)] == ["not-found"] * 5 + ["locked"]
    assert outcome("TT-10133-3K", at=now) == "locked"
    assert outcome("TT-10133-3K", at=now + timedelta(minutes=14)) == "locked"
    assert outcome("TT-10133-3K", at=now + timedelta(minutes=15)) == "found"


def test_number_is_locked_for_a_day_when_somebody_walks_its_pins_patiently(ticket: Violation) -> None:
    now = timezone.now()
    tries = [outcome("TT-10133-9Z", f"198.{n}.1.1", at=now + timedelta(hours=n)) for n in range(21)]
    assert tries == ["not-found"] * 20 + ["locked"]
    assert outcome("TT-10133-3K", "203.0.113.9", at=now + timedelta(hours=23)) == "locked"
    assert outcome("TT-10133-3K", "203.0.113.9", at=now + timedelta(hours=24)) == "found"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert split_number("TT-10133-ol") == ("TT-10133", "01")


def test_number_is_locked_over_all_addresses_whether_it_exists_or_not(ticket: Violation) -> None:
    for number in ("TT-10133", "TT-99999"):
        tries = [outcome(f"{number}-9Z", f"198.51.{n}.1") for n in range(11)]
        assert tries == ["not-found"] * 10 + ["locked"]
    assert outcome("TT-10133-3K", "203.0.113.9") == "locked"


@pytest.mark.parametrize("address", ["192.0.2.{n}", "2001:db8:1:{n}::1"])
def test_network_is_locked_when_numbers_are_walked_from_many_addresses(ticket: Violation, address: str) -> None:
    tries = [outcome(f"TT-{20000 + n}-3K", address.format(n=n + 1)) for n in range(51)]
    assert tries == ["not-found"] * 50 + ["locked"]
    assert outcome("TT-10133-3K", "203.0.113.9") == "found"


def test_right_tries_are_not_counted(ticket: Violation) -> None:
    assert [outcome("TT-10133-3K") for _n in range(20)] == ["found"] * 20


def test_office_chooses_the_tries(ticket: Violation) -> None:
    change_office(lookup_tries=3)
    assert [outcome("TT-1-3K") for _n in range(4)] == ["not-found"] * 3 + ["locked"]


def test_unknown_number_and_wrong_pin_cost_the_same_queries(
    ticket: Violation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    office()  # fills the shared cache where there is one
    for typed in ("TT-10133-9Z", "TT-99999-3K"):
        with django_assert_num_queries(QUERIES):
            assert outcome(typed) == "not-found"


def test_staff_see_the_tries_without_a_pin(ticket: Violation) -> None:
    outcome("TT-10133-9Z")
    row = TicketLookup.objects.get()
    assert (row.number, row.address, row.network, row.found) == ("TT-10133", HOME, "192.0.2.0/24", False)
