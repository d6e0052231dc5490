"""Whatever people and the office do, no two terms that take a locker share a day."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from lockers.errors import LockerRefused
from lockers.models import Locker, LockerTerm, LockerWindow
from lockers.services.ending import cancel_hold, end_term
from lockers.services.reserve import renew_locker, reserve_locker
from lockers.services.switching import give_locker, switch_locker
from opscom.lib.dates import Period, today
from tests.factories import change_office, make_locker, make_locker_window, make_user

STEP = st.tuples(
    st.sampled_from(["reserve", "give", "renew", "switch", "cancel", "end"]),
    st.integers(0, 1),
    st.integers(0, 2),
    st.integers(0, 40),
)


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=3, max_size=10))
def test_no_two_terms_share_a_day(steps: list[tuple[str, int, int, int]]) -> None:
    change_office(lockers_per_person=20)
    site = make_locker().site
    site.price = Decimal(0)
    site.save()
    lockers, people = [make_locker(site) for _ in range(2)], [make_user() for _ in range(3)]
    now, later = make_locker_window(), make_locker_window(valid_from=today() + timedelta(days=50))
    for what, which, who, days in steps:
        start = today() + timedelta(days=days)
        with suppress(LockerRefused):
            _do(what, lockers[which], people[who], Period(start, start + timedelta(days=30)), now, later)
    taking = LockerTerm.objects.filter(locker__in=lockers, state__in=LockerTerm.TAKING)
    for one, other in combinations(taking, 2):
        apart = one.ends_before <= other.starts_on or other.ends_before <= one.starts_on
        assert one.locker_id != other.locker_id or apart


def _do(what: str, locker: Locker, person: User, period: Period, now: LockerWindow, later: LockerWindow) -> None:
    mine = LockerTerm.objects.for_user(person).filter(state=LockerTerm.State.ACTIVE).order_by("pk").last()
    if what == "reserve":
        reserve_locker(person, locker=locker, window=now if period.start.day % 2 else later)
    elif what == "give":
        give_locker(person, locker=locker, period=period, by=person)
    elif mine is not None and what == "renew":
        renew_locker(mine, window=later, by=person)
    elif mine is not None and what == "switch":
        switch_locker(mine, to=locker, by=person)
    elif mine is not None and what == "cancel":
        cancel_hold(mine, by=person)
    elif mine is not None:
        end_term(mine, by=person, reason="Left")
