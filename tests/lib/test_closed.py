"""Hours of business days: none on weekends and closed days, none lost or won when the clocks change."""

from datetime import UTC, date, datetime

import pytest

from opscom.lib.closed import business_hours_later

CLOSED = frozenset({date(2026, 12, 25), date(2026, 12, 28)})


@pytest.mark.parametrize(
    ("at", "hours", "expected"),
    [
        (datetime(2026, 11, 30, 15, tzinfo=UTC), 72, datetime(2026, 12, 3, 15, tzinfo=UTC)),  # Monday to Thursday
        (datetime(2026, 12, 4, 15, tzinfo=UTC), 24, datetime(2026, 12, 7, 15, tzinfo=UTC)),  # Friday to Monday
        (datetime(2026, 12, 5, 15, tzinfo=UTC), 24, datetime(2026, 12, 8, 5, tzinfo=UTC)),  # Saturday: all of Monday
        (datetime(2026, 12, 24, 15, tzinfo=UTC), 48, datetime(2026, 12, 30, 15, tzinfo=UTC)),  # two closed days
        (datetime(2027, 3, 12, 15, tzinfo=UTC), 24, datetime(2027, 3, 15, 14, tzinfo=UTC)),  # the clocks go forward
        (datetime(2026, 12, 1, 5, tzinfo=UTC), 24, datetime(2026, 12, 2, 5, tzinfo=UTC)),  # a whole day
    ],
)
def test_only_business_hours_count(at: datetime, hours: int, expected: datetime) -> None:
    assert business_hours_later(at, hours, closed=CLOSED) == expected
