"""The proofs of bin/soak find what they are for: they fail where a promise is broken, or nothing was put to the test."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from psycopg.errors import AdminShutdown, DeadlockDetected

from permits.models import Permit
from tests.bench.soak import diary as diaries
from tests.bench.soak.day import LEAST_A_MINUTE, dead_parts
from tests.bench.soak.diary import DatabaseGone, Diary, patient
from tests.bench.soak.places import overfull, steps_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("spaces", "steps", "found"),
    [
        ([(0, 1)], [(1, 1), (2, -1), (3, 1)], 0),
        ([(0, 1)], [(1, 1), (2, 1), (3, -1)], 1),  # sold twice for a second; at the end one is left
        ([(0, 1), (3, 2)], [(1, 1), (2, 1)], 1),  # the second place was added after it was sold
        ([(0, 1), (2, 2)], [(1, 1), (2, 1)], 0),
        ([(0, 1)], [(1, 1), (2, 1), (2, -1)], 0),  # an offer becomes a hold
    ],
)
def test_oversold_for_a_moment_is_oversold(
    spaces: list[tuple[float, int]], steps: list[tuple[float, int]], found: int
) -> None:
    there = [(at(when), count) for when, count in spaces]
    assert len(list(overfull(there, [(at(when), change) for when, change in steps]))) == found


def test_suspended_permit_takes_its_place_until_it_ends() -> None:
    states = ["held", "active", "suspended", "active", "cancelled"]
    events = [(7, 1, state, at(second)) for second, state in enumerate(states)]
    assert list(steps_of(events, Permit.UNRELEASED)) == [(7, (at(0), 1)), (7, (at(4), -1))]


def test_day_on_which_nothing_succeeds_is_no_proof() -> None:
    lively = Counter({what: 10 * int(rate + 1) for what, rate in LEAST_A_MINUTE.items()}) + Counter(
        {"trouble: web": 10}
    )
    assert dead_parts(lively, minutes=10) == []
    assert dead_parts(lively - Counter({"card succeeded": 11}), minutes=10) == [
        "only 29 of at least 30: card succeeded"
    ]
    assert len(dead_parts(Counter(), minutes=0.5)) == len(LEAST_A_MINUTE) + 1


def failing(cause: Exception) -> object:
    """What a statement does while that is wrong."""
    raise OperationalError from cause


def test_database_that_never_comes_back_ends_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diaries, "LONGEST_AWAY_SECONDS", 0.2)
    monkeypatch.setattr(diaries, "BREATH_SECONDS", 0.05)
    monkeypatch.setattr(diaries, "_gone", threading.Event())
    with pytest.raises(DatabaseGone, match="did not come back"):
        patient(lambda: failing(AdminShutdown()))


def test_deadlock_is_not_tried_again() -> None:
    with pytest.raises(OperationalError):
        patient(lambda: failing(DeadlockDetected()))


def test_refusal_while_nothing_is_out_of_order_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diaries, "GRACE_SECONDS", -1.0)
    diary = Diary()
    diary.out_of_order()
    diary.excused("answered 503")
    assert diary.faults == []
    diary.in_order()
    diary.excused("answered 503")
    assert diary.faults == ["answered 503 while nothing was out of order"]
