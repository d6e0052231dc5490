"""Free places: the sweep over starts against counting day by day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from opscom.lib.dates import Period, start_of_day, today
from permits.capacity import Occupancy, Use, _peak, occupancies, occupancy
from permits.errors import LotFull
from permits.models import Permit, PermitType
from permits.services.creation import create_permit
from tests.factories import (
    make_block,
    make_lot,
    make_permit,
    make_temporary,
    make_temporary_type,
    make_user,
    make_vehicle,
    make_window,
)

FIRST = date(2026, 2, 20)
periods = st.tuples(st.integers(0, 40), st.integers(1, 40)).map(
    lambda pair: Period(FIRST + timedelta(days=pair[0]), FIRST + timedelta(days=sum(pair)))
)


@given(uses=st.lists(st.builds(Use, st.none(), periods, st.integers(1, 9)), max_size=12), wanted=periods)
def test_peak_is_the_fullest_day(uses: list[Use], wanted: Period) -> None:
    days = [wanted.start + timedelta(days=n) for n in range((wanted.end - wanted.start).days)]
    assert _peak(uses, wanted) == max(
        sum(use.n for use in uses if use.period.start <= day < use.period.end) for day in days
    )


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
    assert occupancies([(lot, period)], now)[lot, period].taken == 0


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
    assert [shown[lot, period] for lot in lots] == [Occupancy(1, 0), Occupancy(2, 1), Occupancy(3, 0)]
    with django_assert_num_queries(0):
        assert occupancies([], timezone.now()) == {}


NOON = datetime(2026, 3, 8, 12, tzinfo=UTC)
moments = st.integers(0, 200).map(lambda minutes: NOON + timedelta(minutes=minutes))
spans = st.tuples(moments, st.integers(1, 120)).map(lambda pair: Period(pair[0], pair[0] + timedelta(minutes=pair[1])))


@given(uses=st.lists(st.builds(Use, st.none(), spans, st.integers(1, 3)), max_size=20), wanted=spans)
def test_peak_is_the_fullest_minute(uses: list[Use], wanted: Period) -> None:
    span = wanted.end - wanted.start
    minutes = [wanted.start + timedelta(minutes=n) for n in range(span // timedelta(minutes=1))]
    assert _peak(uses, wanted) == max(
        sum(use.n for use in uses if use.period.start <= minute < use.period.end) for minute in minutes
    )


def test_a_temporary_permit_takes_its_hours_and_a_standard_one_its_days(db: None) -> None:
    window = make_window(make_lot(spaces=2))
    make_permit(make_user(), window)
    kind = PermitType.objects.create(lot=window.permit_type.lot, name="Hours", prefix="T", kind="temporary")
    noon = start_of_day(today()) + timedelta(hours=12)
    user = make_user()
    hour = timedelta(hours=1)
    permit = create_permit(
        user,
        permit_type=kind,
        vehicles=[make_vehicle(user)],
        period=Period(noon, noon + 2 * hour),
        amount=Decimal(5),
        held_until=noon,
        at=timezone.now(),
    )
    assert (permit.valid_from, permit.valid_before, permit.window) == (today(), today() + timedelta(days=1), None)
    assert occupancy(kind, Period(noon + hour, noon + 3 * hour)) == Occupancy(2, 2)
    assert occupancy(kind, Period(noon + 2 * hour, noon + 3 * hour)) == Occupancy(2, 1)
    assert occupancy(kind, Period(noon - hour, noon)) == Occupancy(2, 1)
    assert occupancy(window.permit_type, Period(window.valid_from, window.valid_before)) == Occupancy(2, 2)


def test_an_allocation_limits_its_own_type_only(db: None) -> None:
    window = make_window(make_lot(spaces=10))
    PermitType.objects.filter(pk=window.permit_type.pk).update(allocation=1)
    make_permit(make_user(), window)
    window.permit_type.refresh_from_db()
    other = PermitType.objects.create(lot=window.permit_type.lot, name="Other", prefix="O")
    period = Period(window.valid_from, window.valid_before)
    assert occupancy(window.permit_type, period) == Occupancy(1, 1, "type")
    assert occupancy(other, period) == Occupancy(10, 1)
    make_block(window.permit_type.lot, 10)
    assert occupancy(window.permit_type, period) == Occupancy(10, 11)


def test_an_allocation_counts_before_the_place_is_sold(db: None) -> None:
    window = make_window(make_lot(spaces=10))
    PermitType.objects.filter(pk=window.permit_type.pk).update(allocation=1)
    make_permit(make_user(), window)
    with pytest.raises(LotFull):
        make_permit(make_user(), window)


def test_a_place_rests_between_two_permits_of_a_type_that_wants_it(db: None) -> None:
    kind = make_temporary_type(make_lot(spaces=1), buffer_minutes=30)
    other = make_temporary_type(kind.lot)
    midnight, hour, minutes = start_of_day(today() + timedelta(days=2)), timedelta(hours=1), timedelta(minutes=1)
    make_temporary(make_user(), kind, start=midnight - 2 * hour)

    def free(place: PermitType, start: datetime, end: datetime) -> int:
        return occupancy(place, Period(start, end)).free

    assert [free(kind, midnight + n * minutes, midnight + hour) for n in (0, 29, 30)] == [0, 0, 1]
    assert [free(kind, midnight - 4 * hour, midnight - 2 * hour - n * minutes) for n in (0, 29, 30)] == [0, 0, 1]
    assert free(other, midnight, midnight + hour) == 1


def test_the_hour_that_comes_twice_is_two_hours(db: None) -> None:
    kind = make_temporary_type(make_lot(spaces=1))
    first = datetime(2027, 11, 7, 5, 0, tzinfo=UTC)  # 1:00 EDT; an hour later it is 1:00 again
    make_temporary(make_user(), kind, start=first, hours=1, at=first - timedelta(days=9))
    hour = timedelta(hours=1)
    assert [occupancy(kind, Period(first + n * hour, first + n * hour + hour)).free for n in (0, 1)] == [0, 1]
    local = timezone.localtime(first + hour)
    assert (local.hour, occupancy(kind, Period(local, timezone.localtime(first + 2 * hour))).free) == (1, 1)
