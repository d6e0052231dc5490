"""Until when an offer is to be answered, and when a list is emptied."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from opscom.lib.closed import business_hours_later, closed_days
from permits.models import Waitlist

NONE_CLOSED = frozenset[date]()


def answer_by(waitlist: Waitlist, hours: int, at: datetime, *, closed: frozenset[date] | None = None) -> datetime:
    """So many hours later; on a list that counts business days, weekends and closed days do not count. `closed` are these,
    where the caller has them."""
    if not waitlist.business_days:
        return at + timedelta(hours=hours)
    return business_hours_later(at, hours, closed=closed_days() if closed is None else closed)


def closed_for(waitlists: Iterable[Waitlist]) -> frozenset[date]:
    """The closed days, if one of these lists asks for them; no query otherwise."""
    return closed_days() if any(waitlist.business_days for waitlist in waitlists) else NONE_CLOSED


def last_emptied(waitlist: Waitlist, day: date) -> date | None:
    """The last day before this one at whose end the list was to be emptied; None where it never is."""
    return max((found for found in _days(waitlist, day) if found < day), default=None)


def next_emptied(waitlist: Waitlist, day: date) -> date | None:
    """The next day, this one included, at whose end the list is emptied; None where it never is."""
    return min((found for found in _days(waitlist, day) if found >= day), default=None)


def _days(waitlist: Waitlist, day: date) -> list[date]:
    if not waitlist.emptied_on:
        return []
    return [date.fromisoformat(f"{year}-{waitlist.emptied_on}") for year in (day.year - 1, day.year, day.year + 1)]
