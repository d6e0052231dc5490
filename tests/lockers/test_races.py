"""Many at once for one locker, on PostgreSQL; each with what happens without the lock."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from lockers.models import LockerTerm
from lockers.services import reserve
from lockers.services.creation import check_free
from lockers.services.reserve import reserve_locker
from opscom.lib.append_only import rewriting_history
from opscom.lib.dates import Period, today
from payments.models import Charge
from tests.factories import make_locker, make_locker_term, make_locker_window, make_user
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def kinds(answers: Iterable[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def reservations(people: int) -> list[Callable[[], object]]:
    locker, window = make_locker(), make_locker_window()
    return [partial(reserve_locker, make_user(), locker=locker, window=window) for _ in range(people)]


def test_thirty_people_for_one_locker_are_one_hold() -> None:
    assert kinds(all_at_once(reservations(30))) == {"LockerTerm": 1, "LockerTaken": 29}
    assert (LockerTerm.objects.count(), Charge.objects.count()) == (1, 1)


def look_together(monkeypatch: pytest.MonkeyPatch, people: int) -> None:
    """Nobody writes before everybody has looked, and no row is locked."""
    barrier = threading.Barrier(people)

    def look(*args: object, **kwargs: object) -> None:
        check_free(*args, **kwargs)  # type: ignore[arg-type]
        barrier.wait(20)

    without_row_locks(monkeypatch)
    monkeypatch.setattr(reserve, "check_free", look)


def test_without_lock_and_rule_one_locker_is_held_by_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: everybody looks before anybody has written, and the database's own rule is away for once."""
    people = 10
    look_together(monkeypatch, people)
    drop = "ALTER TABLE lockers_lockerterm DROP CONSTRAINT locker_one_holder"
    add = (
        "ALTER TABLE lockers_lockerterm ADD CONSTRAINT locker_one_holder EXCLUDE USING gist "
        "(locker_id WITH =, daterange(starts_on, ends_before) WITH &&) WHERE (state IN ('held', 'active', 'suspended'))"
    )
    with connection.cursor() as cursor:
        cursor.execute(drop)
    try:
        assert kinds(all_at_once(reservations(people))) == {"LockerTerm": people}
    finally:
        with rewriting_history():
            LockerTerm.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(add)


def test_without_the_lock_the_rule_of_the_database_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    people = 5
    look_together(monkeypatch, people)
    assert kinds(all_at_once(reservations(people))) == {"LockerTerm": 1, "IntegrityError": people - 1}


def test_one_person_reserving_two_lockers_at_once_gets_one() -> None:
    user, window = make_user(), make_locker_window()
    jobs: list[Callable[[], object]] = [
        partial(reserve_locker, user, locker=make_locker(), window=window) for _ in range(6)
    ]
    assert kinds(all_at_once(jobs)) == {"LockerTerm": 1, "LockerRefused": 5}


def test_database_refuses_what_overlaps_and_takes_what_adjoins() -> None:
    day, locker = today(), make_locker()
    make_locker_term(locker=locker)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_locker_term(locker=locker, starts_on=day + timedelta(days=29), ends_before=day + timedelta(days=40))
    make_locker_term(locker=locker, starts_on=day + timedelta(days=30), ends_before=day + timedelta(days=40))
    assert LockerTerm.objects.taking(Period(day, day + timedelta(days=40))).count() == 2
