"""What somebody who walks PINs gets for a day's work."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from opscom.lib.codes import ALPHABET
from tests.violations.services.test_lookup import outcome
from violations.models import TicketLookup, Violation
from violations.services.lookup import split_number

PINS = [first + second for first in ALPHABET for second in ALPHABET]
pytestmark = pytest.mark.django_db


def walk(number: str, times: int, *, since: datetime, address: str, step: timedelta) -> list[str]:
    """One PIN after the other, from addresses of which {n} counts up."""
    return [outcome(f"{number}-{PINS[n]}", address.format(n=n % 250), at=since + n * step) for n in range(times)]


@pytest.mark.parametrize(
    ("address", "step"),
    [
        ("192.0.2.1", timedelta(seconds=30)),  # one machine
        ("192.0.2.{n}", timedelta(seconds=30)),  # one network
        ("10.{n}.0.1", timedelta(seconds=30)),  # machines everywhere
        ("10.{n}.0.1", timedelta(minutes=12)),  # the same, patient
    ],
)
def test_twenty_of_a_tickets_pins_are_looked_at_in_a_day(ticket: Violation, address: str, step: timedelta) -> None:
    tries = walk("TT-10133", 110, since=timezone.now(), address=address, step=step)
    assert (set(tries), tries.count("not-found") <= 20) == ({"not-found", "locked"}, True)


def test_spellings_of_one_number_are_one_number(ticket: Violation) -> None:
    spelt = ["TT-10133-{}", "tt 10133 {}", "TT10133{}", "TT–10133–{}", "TT-10133- {}", "\u200bTT-10133-{}"]
    tries = [outcome(spelt[n % 6].format(PINS[n]), f"10.{n}.0.1") for n in range(12)]
    assert tries == ["not-found"] * 10 + ["locked"] * 2
    assert set(TicketLookup.objects.values_list("number", flat=True)) == {"TT-10133"}


@pytest.mark.parametrize("typed", ["TT-10133-3KK", "TT-10133-3K X", "TT-10133-3K-", "3K TT-10133 3K"])
def test_no_pin_is_written_down_however_it_was_mistyped(ticket: Violation, typed: str) -> None:
    outcome(typed)
    assert "3K" not in TicketLookup.objects.get().number


def test_own_number_with_something_behind_it_is_kept_without_that() -> None:
    assert split_number("TT-10133-3K X") == ("TT-10133", "-X")
