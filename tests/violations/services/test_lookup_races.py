"""Many tries at once do not slip past the count, on PostgreSQL."""

import threading

import pytest
from django.db import transaction

from tests.factories import make_violation
from tests.together import all_at_once
from violations.errors import LookupLocked, TicketNotFound
from violations.models import TicketLookup
from violations.services import lookup

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
HOME = "192.0.2.1"


def wrong_try() -> None:
    """A wrong PIN."""
    lookup.find_ticket("TT-10133-9Z", address=HOME)


def test_twelve_wrong_tries_at_once_pass_five_times_at_most() -> None:
    make_violation(number="TT-10133", pin="3K")
    results = all_at_once([wrong_try] * 12)
    passed = [result for result in results if isinstance(result, TicketNotFound)]
    locked = [result for result in results if isinstance(result, LookupLocked)]
    assert (len(passed) <= 5, len(passed) + len(locked)) == (True, 12)
    assert TicketLookup.objects.filter(found=False).count() == 12


def test_control_uncommitted_tries_would_all_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    make_violation(number="TT-10133", pin="3K")
    all_written = threading.Barrier(12)
    judge = lookup._is_locked

    def judge_when_all_are_written(row: TicketLookup, allowed: int) -> bool:
        all_written.wait(20)
        return judge(row, allowed)

    def uncommitted_try() -> None:
        with transaction.atomic():
            wrong_try()

    monkeypatch.setattr(lookup, "_is_locked", judge_when_all_are_written)
    results = all_at_once([uncommitted_try] * 12)
    assert [type(result) for result in results] == [TicketNotFound] * 12


def test_try_is_counted_with_those_that_took_a_later_key_and_committed_before() -> None:
    make_violation(number="TT-10133", pin="3K")
    TicketLookup.objects.bulk_create(
        TicketLookup(pk=10_000 + n, number="TT-1", address=HOME, network="192.0.2.0/24", found=False) for n in range(5)
    )
    with pytest.raises(LookupLocked):
        wrong_try()
