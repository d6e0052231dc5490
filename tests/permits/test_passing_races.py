"""A permit passed on twice at once, and swaps within one household at once. On PostgreSQL, each with its control."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from django.db import OperationalError

from accounts.models import User
from permits.errors import PermitRefused
from permits.models import Permit, PermitType
from permits.services import passing
from permits.services.conflicts import lock_person
from permits.services.households import lock_households
from permits.services.passing import pass_on, swap
from tests.factories import make_address, make_user, make_vehicle
from tests.permits.test_passing import bought
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
PEOPLE = 4


def passes(permit: Permit) -> list[Callable[[], Permit]]:
    """As many clerks, each of whom has somebody else in mind."""
    takers = [make_user() for _ in range(PEOPLE)]
    return [
        partial(
            pass_on, permit, to=taker, vehicles=[make_vehicle(taker)], reason="Moved out", by=make_user(is_staff=True)
        )
        for taker in takers
    ]


def test_permit_is_passed_on_once() -> None:
    answers = Counter(type(answer) for answer in all_at_once(passes(bought(make_user()))))
    assert answers == {Permit: 1, PermitRefused: PEOPLE - 1}
    assert Permit.objects.filter(state="active").count() == 1


def test_without_the_locks_one_place_has_several_people(monkeypatch: pytest.MonkeyPatch) -> None:
    permit, barrier, end = bought(make_user()), threading.Barrier(PEOPLE), passing._end

    def end_together(*args: object, **kwargs: object) -> None:
        barrier.wait(20)
        end(*args, **kwargs)  # type: ignore[arg-type]

    jobs = passes(permit)
    without_row_locks(monkeypatch)
    monkeypatch.setattr(passing, "_end", end_together)
    assert Counter(type(answer) for answer in all_at_once(jobs)) == {Permit: PEOPLE}
    assert Permit.objects.filter(state="active").count() == PEOPLE


def swaps() -> list[Callable[[], tuple[Permit, Permit]]]:
    """Two, of four people who live together."""
    permits = []
    for _n in range(4):
        person = make_user()
        make_address(person)
        permits.append(bought(person))
    PermitType.objects.update(household_counts="all")
    clerk = make_user(is_staff=True)
    first, second, third, fourth = permits
    return [
        partial(swap, first, second, reason="Agreed", by=clerk),
        partial(swap, fourth, third, reason="Agreed", by=clerk),
    ]


def test_two_swaps_within_a_household_wait_for_each_other() -> None:
    answers = all_at_once(swaps())
    assert [type(answer) for answer in answers] == [tuple, tuple], answers
    assert Permit.objects.filter(state="active").count() == 4


def test_households_locked_after_the_people_stand_in_each_others_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: one of the two is killed by the database."""
    jobs, barrier = swaps(), threading.Barrier(2)

    def lock_in_turns(users: Sequence[User]) -> None:
        for user in sorted(users, key=lambda user: user.pk):
            lock_person(user.pk)
        barrier.wait(20)
        lock_households(users)

    monkeypatch.setattr(passing, "lock_households", lock_in_turns)
    answers = all_at_once(jobs)
    assert sum(isinstance(answer, OperationalError) for answer in answers) == 1, answers
