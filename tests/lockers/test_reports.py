"""Lockers by place."""

from decimal import Decimal

import pytest

from lockers.models import LockerSite
from tests.factories import hold_locker, make_locker, make_locker_term, make_locker_window
from tests.reporting import report_of

pytestmark = pytest.mark.django_db


def test_each_place_with_what_stands_there_and_what_is_taken() -> None:
    north = LockerSite.objects.create(name="North", price=Decimal("40.00"))
    LockerSite.objects.create(name="South")
    lockers = [make_locker(north) for _ in range(4)]
    make_locker(north, condition="broken")
    make_locker_term(locker=lockers[0])
    hold_locker(locker=lockers[1], window=make_locker_window())
    rows, totals = report_of("lockers")
    assert rows == [["North", 4, 1, 0, 1, 1, 2, Decimal("50.0")], ["South", 0, 0, 0, 0, 0, 0, None]]
    assert totals[6] == 2


def test_one_place_is_told_with_all_that_is_within_it() -> None:
    north, south = LockerSite.objects.create(name="North"), LockerSite.objects.create(name="South")
    floor = LockerSite.objects.create(name="Floor 1", parent=north)
    make_locker(floor)
    make_locker(south)
    rows, totals = report_of("lockers", site=str(north.pk))
    assert ([row[:2] for row in rows], totals[1]) == ([["North", 0], ["North › Floor 1", 1]], 1)
