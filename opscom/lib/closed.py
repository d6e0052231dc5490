"""Days on which the office is closed. The app that keeps them registers who knows them, and whoever counts business days asks."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from opscom.lib.dates import end_of_day

SATURDAY = 5
_known: list[Callable[[], frozenset[date]]] = []


def register(known: Callable[[], frozenset[date]]) -> None:
    """Whom to ask for the closed days."""
    if known not in _known:
        _known.append(known)


def closed_days() -> frozenset[date]:
    """All of them, weekends apart."""
    return frozenset[date]().union(*(known() for known in _known))


def business_hours_later(at: datetime, hours: int, *, closed: frozenset[date]) -> datetime:
    """The moment so many hours later, of which none counts that lies on a weekend or a closed day: 24 are one business day."""
    left, moment = timedelta(hours=hours), at
    while True:
        day = timezone.localdate(moment)
        ends = end_of_day(day)
        if day.weekday() < SATURDAY and day not in closed:
            today_left = timedelta(seconds=ends.timestamp() - moment.timestamp())
            if left <= today_left:
                return datetime.fromtimestamp(moment.timestamp() + left.total_seconds(), tz=UTC)
            left -= today_left
        moment = ends
