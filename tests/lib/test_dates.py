"""Days of the office, also those that have 23 or 25 hours (RULES 48). Toronto changes its clocks on 8 March and 1 November 2026."""

from datetime import UTC, date, datetime, timedelta

import pytest
from time_machine import travel

from opscom.lib.dates import end_of_day, start_of_day, today


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 7, 1, 3, 59, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 7, 1, 4, 0, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 12, 1, 4, 59, 59, tzinfo=UTC), date(2026, 11, 30)),
        (datetime(2026, 12, 1, 5, 0, tzinfo=UTC), date(2026, 12, 1)),
    ],
)
def test_today_is_the_offices_day(moment: datetime, day: date) -> None:
    assert today(moment) == day
    with travel(moment, tick=False):
        assert today() == day


@pytest.mark.parametrize(
    ("day", "starts", "hours"),
    [
        (date(2026, 3, 7), datetime(2026, 3, 7, 5, tzinfo=UTC), 24),
        (date(2026, 3, 8), datetime(2026, 3, 8, 5, tzinfo=UTC), 23),
        (date(2026, 3, 9), datetime(2026, 3, 9, 4, tzinfo=UTC), 24),
        (date(2026, 10, 31), datetime(2026, 10, 31, 4, tzinfo=UTC), 24),
        (date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC), 25),
        (date(2026, 11, 2), datetime(2026, 11, 2, 5, tzinfo=UTC), 24),
    ],
)
def test_day_lasts_until_the_next_one_starts(day: date, starts: datetime, hours: int) -> None:
    assert start_of_day(day) == starts
    assert end_of_day(day) - starts == timedelta(hours=hours)
    assert end_of_day(day) == start_of_day(day + timedelta(days=1))


def test_end_of_day_belongs_to_the_next_day() -> None:
    day = date(2026, 11, 1)
    assert today(end_of_day(day) - timedelta(microseconds=1)) == day
    assert today(end_of_day(day)) == date(2026, 11, 2)


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2026, 12, 31), date(2027, 1, 1)),
        (date(2028, 2, 28), date(2028, 2, 29)),
        (date(2027, 2, 28), date(2027, 3, 1)),
    ],
)
def test_end_of_the_month_and_year(day: date, following: date) -> None:
    assert end_of_day(day) == start_of_day(following)
