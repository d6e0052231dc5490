"""Days and moments in the office's time zone. Every period is half-open: it holds its start and not its end (RULES 48)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

HOUR, DAY = 60, 1440  # minutes


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


def as_moment(day: date) -> datetime:
    """A moment as it is; of a day, its first one."""
    return day if isinstance(day, datetime) else start_of_day(day)


def day_before(day: date) -> date:
    """The last day of a period that ends before `day`."""
    return day - timedelta(days=1)


def is_skipped(wall: datetime) -> bool:
    """The office's clocks never show this: they jump over it in spring."""
    aware = wall.replace(tzinfo=timezone.get_current_timezone())
    return aware.astimezone(UTC).astimezone(aware.tzinfo).replace(tzinfo=None) != wall


def is_repeated(wall: datetime) -> bool:
    """The office's clocks show this twice, because they go back in autumn."""
    aware = wall.replace(tzinfo=timezone.get_current_timezone())
    return not is_skipped(wall) and aware.replace(fold=0).utcoffset() != aware.replace(fold=1).utcoffset()


def moment_of(wall: datetime, *, second: bool = False) -> datetime:
    """The moment at which the office's clocks show this, for the first or the second time. Not for what they skip."""
    return wall.replace(tzinfo=timezone.get_current_timezone(), fold=int(second)).astimezone(UTC)


def with_weekday(day: date, written: str = "DATE_FORMAT") -> str:
    """Saturday, Nov. 21, 2026; with "MONTH_DAY_FORMAT" without the year. Languages differ in what joins the two."""
    return _with_weekday(day.date() if isinstance(day, datetime) else day, written, get_language())


@lru_cache(maxsize=1024)
def _with_weekday(day: date, written: str, _language: str | None) -> str:
    """Once a process: the days of an office are few, and Django reads the pattern anew at each call."""
    return _("%(weekday)s, %(day)s") % {"weekday": date_format(day, "l"), "day": date_format(day, written)}


def written_period(period: Period) -> str:
    """Days with the last one that counts, or moments; the time that clocks show twice with the name of its zone."""
    if not (isinstance(period.start, datetime) and isinstance(period.end, datetime)):
        first, last = period.start, day_before(period.end)
        return _("%(first)s to %(last)s") % {"first": date_format(first), "last": date_format(last)}
    first, last = timezone.localtime(period.start), timezone.localtime(period.end)
    return _("%(first)s to %(last)s") % {
        "first": written_moment(first),
        "last": written_clock(last) if last.date() == first.date() else written_moment(last),
    }


def written_moment(moment: datetime) -> str:
    """Its day and the time of the office's clock."""
    local = timezone.localtime(moment)
    return _("%(day)s, %(time)s") % {"day": date_format(local), "time": written_clock(local)}


def written_clock(moment: datetime) -> str:
    """The time of the office's clock, with its zone where the clock shows it twice."""
    local = timezone.localtime(moment)
    zone = f" {local.tzname()}" if is_repeated(local.replace(tzinfo=None, fold=0)) else ""
    return f"{date_format(local, 'TIME_FORMAT')}{zone}"


def written_hours(minutes: int) -> str:
    """10 h, or 2 h 30 min."""
    hours, rest = divmod(minutes, 60)
    text = _("%(hours)s h %(minutes)s min") if rest else _("%(hours)s h")
    return text % {"hours": hours, "minutes": rest}


def written_wait(minutes: int) -> str:
    """45 minutes, 3 hours, or 2 days: whatever is a whole number of them."""
    if minutes % DAY == 0:
        return ngettext("%(n)s day", "%(n)s days", minutes // DAY) % {"n": minutes // DAY}
    if minutes % HOUR == 0:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // HOUR) % {"n": minutes // HOUR}
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


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
