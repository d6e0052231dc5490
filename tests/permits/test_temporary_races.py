"""Two hundred people for twenty temporary places at overlapping hours, on PostgreSQL, and what happens without the lock."""

import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from opscom.lib.dates import Period
from permits import capacity
from permits.errors import LotFull
from permits.models import Permit, PermitType
from permits.services import creation, moments
from permits.services.reserve import reserve_permit
from permits.services.temporary import quote_period, reserve_temporary
from tests.factories import make_lot, make_temporary_type, make_user, make_vehicle, make_window
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)


def wish(permit_type: PermitType, first: int, hours: int) -> Callable[[], object]:
    """One person who wants a place from that hour on."""
    user = make_user()
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + first * HOUR
    period = Period(start, start + hours * HOUR)
    price = quote_period(permit_type, period).amount
    return partial(
        reserve_temporary, user, permit_type=permit_type, vehicle=make_vehicle(user), period=period, expected=price
    )


def run(jobs: list[Callable[[], object]], at_a_time: int = 20) -> Counter[str]:
    """All of them, so many at a time, each worker with a connection of its own."""

    def one(job: Callable[[], object]) -> str:
        try:
            return type(job()).__name__
        except LotFull:
            return "LotFull"
        finally:
            connection.close()

    with ThreadPoolExecutor(at_a_time) as pool:
        return Counter(pool.map(one, jobs))


def fullest_hour() -> int:
    """The brute-force model: the most permits at any hour."""
    used: Counter[object] = Counter()
    for permit in Permit.objects.all():
        if permit.starts_at is None or permit.ends_at is None:
            used.update({n: 1 for n in range(-1, 50)})
            continue
        first = round((permit.starts_at - timezone.now()) / HOUR)
        used.update({first + n: 1 for n in range(round((permit.ends_at - permit.starts_at) / HOUR))})
    return max(used.values())


@pytest.mark.rule(1)
@pytest.mark.rule(3)
@pytest.mark.parametrize(("people", "standard"), [(200, 0), (60, 20)])
def test_two_hundred_for_twenty_places_at_overlapping_hours(people: int, standard: int) -> None:
    chance = random.Random(7)
    permit_type = make_temporary_type(make_lot(spaces=20))
    window = make_window(permit_type.lot)
    jobs = [wish(permit_type, chance.randrange(1, 8), chance.randrange(4, 9)) for _ in range(people - standard)]
    others = [make_user() for _ in range(standard)]
    jobs += [partial(reserve_permit, user, window=window, vehicles=[make_vehicle(user)]) for user in others]
    chance.shuffle(jobs)
    answers = run(jobs)
    assert sum(answers.values()) == people
    assert answers["Permit"] == Permit.objects.count() >= 20
    assert fullest_hour() == 20


def test_without_the_lock_hours_are_oversold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: everybody counts before anybody has written."""
    permit_type, people = make_temporary_type(make_lot(spaces=3)), 12
    barrier, serials, count = threading.Barrier(people), itertools.count(1), capacity.occupancy

    def count_together(*args: object, **apart: object) -> object:
        shown = count(*args, **apart)  # type: ignore[arg-type]
        barrier.wait(20)
        return shown

    without_row_locks(monkeypatch)
    monkeypatch.setattr(moments, "occupancy", count_together)
    monkeypatch.setattr(creation, "next_serial", lambda permit_type: next(serials))
    jobs = [wish(permit_type, 1 + n % 3, 6) for n in range(people)]
    assert Counter(type(answer).__name__ for answer in all_at_once(jobs)) == {"Permit": people}
    assert fullest_hour() == people > permit_type.lot.spaces
