"""Free places: the sweep over starts against counting day by day."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from opscom.lib.dates import today
from permits.capacity import Occupancy, Period, _peak, occupancies, occupancy
from permits.models import Permit
from tests.factories import make_block, make_lot, make_permit, make_user, make_window

FIRST = date(2026, 2, 20)
periods = st.tuples(st.integers(0, 40), st.integers(1, 40)).map(
    lambda pair: Period(FIRST + timedelta(days=pair[0]), FIRST + timedelta(days=sum(pair)))
)


@given(uses=st.lists(st.tuples(periods, st.integers(1, 9)), max_size=12), wanted=periods)
def test_peak_is_the_fullest_day(uses: list[tuple[Period, int]], wanted: Period) -> None:
    days = [wanted.start + timedelta(days=n) for n in range((wanted.end - wanted.start).days)]
    assert _peak(uses, wanted) == max(sum(n for use, n in uses if use.start <= day < use.end) for day in days)


@pytest.mark.parametrize(
    ("spaces", "taken", "free", "percent", "oversold", "occupied"),
    [
        (10, 0, 10, 0, False, 0),
        (10, 9, 1, 90, False, 9),
        (10, 10, 0, 100, False, 10),
        (10, 12, 0, 100, True, 10),
        (0, 0, 0, 100, False, 0),
    ],
)
def test_occupancy_says_free_percent_and_oversold(
    spaces: int, taken: int, free: int, percent: int, oversold: bool, occupied: int
) -> None:
    shown = Occupancy(spaces, taken)
    assert (shown.free, shown.percent, shown.oversold, shown.occupied) == (free, percent, oversold, occupied)


def test_occupancy_counts_permits_holds_and_blocks_at_the_fullest_moment(db: None) -> None:
    lot = make_lot(spaces=10)
    window = make_window(lot)
    make_permit(window=window)
    make_block(lot, 3, starts_on=today() + timedelta(days=2), days=3)
    make_block(lot, 4, starts_on=today() + timedelta(days=5), days=3)  # the day on which the first ends
    make_block(make_lot(), 5)
    assert occupancy(lot, Period(today(), today() + timedelta(days=30))) == Occupancy(10, 5)
    assert occupancy(lot, Period(today(), today() + timedelta(days=5))) == Occupancy(10, 4)
    assert occupancy(lot, Period(today(), today() + timedelta(days=2))) == Occupancy(10, 1)
    assert occupancy(lot, Period(today() + timedelta(days=30), today() + timedelta(days=60))) == Occupancy(10, 0)


def test_occupancy_of_a_seller_counts_a_lapsed_hold_until_it_is_released_the_shown_one_does_not(db: None) -> None:
    lot, now = make_lot(), timezone.now()
    make_permit(window=make_window(lot), at=now - timedelta(hours=1))
    period = Period(today(), today() + timedelta(days=1))
    assert occupancy(lot, period).taken == 1
    assert occupancies([(lot, period)], now)[lot.pk, period].taken == 0


@pytest.mark.parametrize("state", ["released", "cancelled"])
def test_occupancy_leaves_out_what_was_given_back(db: None, state: str) -> None:
    lot = make_lot()
    permit = make_permit(window=make_window(lot))
    Permit.objects.filter(pk=permit.pk).update(state=state)
    assert occupancy(lot, Period(today(), today() + timedelta(days=1))).taken == 0


def test_occupancies_of_many_lots_are_one_query(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    lots = [make_lot(spaces=n) for n in (1, 2, 3)]
    user = make_user()
    make_permit(user, make_window(lots[1]))
    period = Period(today(), today() + timedelta(days=1))
    with django_assert_num_queries(1):
        shown = occupancies([(lot, period) for lot in lots], timezone.now())
    assert [shown[lot.pk, period] for lot in lots] == [Occupancy(1, 0), Occupancy(2, 1), Occupancy(3, 0)]
    with django_assert_num_queries(0):
        assert occupancies([], timezone.now()) == {}
