"""Times of the week as an office writes them, one to a line: mon-fri 08:00-17:00 12-01..03-31. Days, hours and season may each be
left out; hours that end before they begin go over midnight. Clock and calendar are the office's."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY, MINUTES = timedelta(days=1), 24 * 60
LONGEST = 366 * DAY
HOURS = re.compile(r"([0-2]?\d):([0-5]\d)-([0-2]?\d):([0-5]\d)")
SEASON = re.compile(r"(\d\d-\d\d)\.\.(\d\d-\d\d)")


@dataclass(frozen=True)
class Span:
    """One line: weekdays (0 is Monday), minutes of the day, and a season of month and day, its last day included."""

    days: frozenset[int]
    start: int
    end: int
    season: tuple[str, str] | None = None

    def end_at(self, at: datetime) -> datetime | None:
        """When this span, which holds at that moment, ends; None where it does not hold then."""
        local = timezone.localtime(at)
        minute, day = local.hour * 60 + local.minute, local.date()
        over = self.end <= self.start
        if self._is_on(day) and self.start <= minute and (over or minute < self.end):
            return _moment(day + DAY if over else day, self.end, after=at)
        if over and minute < self.end and self._is_on(day - DAY):
            return _moment(day, self.end, after=at)
        return None

    def _is_on(self, day: date) -> bool:
        if day.weekday() not in self.days:
            return False
        if self.season is None:
            return True
        (first, last), now = self.season, f"{day:%m-%d}"
        return first <= now <= last if first <= last else now >= first or now <= last

    def __str__(self) -> str:
        parts = [_days_in_words(self.days)]
        if (self.start, self.end) != (0, MINUTES):
            parts.append(_("%(first)s to %(last)s") % {"first": _clock(self.start), "last": _clock(self.end)})
        if self.season:
            first, last = (date_format(_day_of(text) or text, "MONTH_DAY_FORMAT") for text in self.season)
            parts.append(_("%(first)s to %(last)s") % {"first": first, "last": last})
        return ", ".join(parts)


@lru_cache(maxsize=512)
def read_times(text: str) -> tuple[Span, ...]:
    """The spans of a text, a line each. ValueError with the line that cannot be read."""
    return tuple(_span(line) for line in text.casefold().splitlines() if line.strip())


def check_times(text: str) -> None:
    """ValidationError with the line that cannot be read: a validator of fields that hold times of the week."""
    try:
        read_times(text)
    except ValueError as error:
        raise ValidationError(
            _("“%(line)s” cannot be read. Write days, hours and season like this: mon-fri 08:00-17:00 12-01..03-31"),
            params={"line": error},
        ) from error


def times_end(text: str, at: datetime) -> datetime | None:
    """When the times that hold at that moment end, spans that follow each other as one; None where none of them holds then.
    Times without an end answer a moment more than a year away."""
    end, spans = at, read_times(text)
    while end < at + LONGEST:
        ends = [found for span in spans if (found := span.end_at(end))]
        if not ends:
            break
        end = max(ends)
    return end if end > at else None


def written_times(text: str) -> str:
    """The same in words: Monday to Friday, 8 a.m. to 5 p.m.; Sunday."""
    return "; ".join(map(str, read_times(text)))


def _span(line: str) -> Span:
    days, hours, season = frozenset[int](), list[tuple[int, int]](), list[tuple[str, str]]()
    for word in line.split():
        if found := HOURS.fullmatch(word):
            first, last = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3))
            hours.append((first, last or MINUTES))
        elif found := SEASON.fullmatch(word):
            season.append((found[1], found[2]))
        elif named := _days(word):
            days |= named
        else:
            raise ValueError(line.strip())
    known = all(first < MINUTES >= last for first, last in hours) and all(
        _day_of(text) for each in season for text in each
    )
    if not known or len(hours) > 1 or len(season) > 1:
        raise ValueError(line.strip())
    return Span(days or frozenset(range(len(DAYS))), *(hours or [(0, MINUTES)])[0], season[0] if season else None)


def _days(word: str) -> frozenset[int]:
    """Of mon-fri or sat,sun; none where a part of it is no day."""
    found = set[int]()
    for part in word.split(","):
        first, _dash, last = part.partition("-")
        last = last or first
        if first not in DAYS or last not in DAYS:
            return frozenset()
        start, end = DAYS.index(first), DAYS.index(last)
        found |= {(start + n) % len(DAYS) for n in range((end - start) % len(DAYS) + 1)}
    return frozenset(found)


def _day_of(text: str) -> date | None:
    """That month and day in a leap year, which has all of them."""
    try:
        return date.fromisoformat(f"2000-{text}")
    except ValueError:
        return None


def _moment(day: date, minute: int, *, after: datetime) -> datetime:
    """The clock shows an hour of autumn twice: then the first of both that comes after that moment. In UTC, so that moments of
    both compare by their order."""
    day, minute = (day + DAY, 0) if minute == MINUTES else (day, minute)
    clock = datetime.combine(day, time(*divmod(minute, 60)))
    first, second = (timezone.make_aware(clock.replace(fold=fold)).astimezone(UTC) for fold in (0, 1))
    return first if first > after else second


def _clock(minute: int) -> str:
    return time_format(time(*divmod(minute % MINUTES, 60)), "TIME_FORMAT")


def _days_in_words(days: frozenset[int]) -> str:
    """Every day, Monday to Friday, or a list of days."""
    if len(days) == len(DAYS):
        return _("every day")
    listed = sorted(days)
    if len(days) > 2 and listed[-1] - listed[0] == len(days) - 1:
        return _("%(first)s to %(last)s") % {"first": WEEKDAYS[listed[0]], "last": WEEKDAYS[listed[-1]]}
    return ", ".join(str(WEEKDAYS[day]) for day in listed)
