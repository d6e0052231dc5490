"""Days and moments in the office's time zone. Every period is half-open: it holds its start and not its end (RULES 48)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone


@dataclass(frozen=True)
class Period:
    """From `start` until before `end`: days, or moments."""

    start: date
    end: date


def today(at: datetime | None = None) -> date:
    """The office's calendar day at that moment (now, if none is given)."""
    return timezone.localdate(at)


def start_of_day(day: date) -> datetime:
    """The first moment of a calendar day in the office's time zone, as an aware datetime."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of_day(day: date) -> datetime:
    """The first moment after that calendar day: what happens before it is still on the day."""
    return start_of_day(day + timedelta(days=1))


def month_later(day: date, *, anchor: int) -> date:
    """The anchor day of the next month, or its last day where it is shorter (RULES 48): from January 31 with anchor 31 to
    the end of February, and from there to March 31."""
    year, month = day.year + day.month // 12, day.month % 12 + 1
    return date(year, month, min(anchor, monthrange(year, month)[1]))


def anchor_of(first: date, before: date) -> int:
    """On which day of the month the months of a period from `first` until before `before` begin. An end that a short month
    cut off does not count."""
    cut_off = before.day == monthrange(before.year, before.month)[1] and first.day > before.day
    return first.day if cut_off else before.day


def months_begun(starts: date, before: date) -> int:
    """How many months, counted from `starts`, have begun before that day. From 31 January they begin on 28 February,
    31 March and so on."""
    if before <= starts:
        return 0
    whole = (before.year - starts.year) * 12 + before.month - starts.month
    day = min(starts.day, monthrange(before.year, before.month)[1])
    return whole + (before.day > day)
