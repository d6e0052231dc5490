"""Days and moments in the office's time zone. Every period is half-open: it holds its start and not its end (RULES 48)."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone


def today(at: datetime | None = None) -> date:
    """The office's calendar day at that moment (now, if none is given)."""
    return timezone.localdate(at)


def start_of_day(day: date) -> datetime:
    """The first moment of a calendar day in the office's time zone, as an aware datetime."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of_day(day: date) -> datetime:
    """The first moment after that calendar day: what happens before it is still on the day."""
    return start_of_day(day + timedelta(days=1))
