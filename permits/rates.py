"""What temporary parking costs: a period and an office's rates in, lines and their sum out (RULES 47, 48).

A day is 24 hours of the clock from the start of the permit, a week seven of them; where the clocks change, that day has 23 or
25 real hours. Hours are real hours and are priced to the minute. Each day costs its hours, or the price of a day where that is
less; seven days, or what is left of them, cost the price of a week where that is less, and so do those of a block. So a longer permit never costs less
than a shorter one with the same start.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opscom.lib.money import ZERO, format_money, rounded

DAY, WEEK_DAYS = timedelta(days=1), 7
MINUTE = timedelta(minutes=1)


class NoPrice(Exception):
    """The rates say nothing about a part of the period."""


@dataclass(frozen=True)
class HourRate:
    """What an hour costs on these weekdays (1 is Monday) from one hour of the day until another; without weekdays always."""

    name: str
    amount: Decimal
    weekdays: frozenset[int] = frozenset(range(1, 8))
    from_hour: int = 0
    until_hour: int = 24

    def holds_at(self, local: datetime) -> bool:
        """It is the price of that hour on the office's clock."""
        return local.isoweekday() in self.weekdays and self.from_hour <= local.hour < self.until_hour


@dataclass(frozen=True)
class Rates:
    """An office's prices; none of `hours` means that there is no price by the hour."""

    hours: tuple[HourRate, ...] = ()
    daily: Decimal | None = None
    weekly: Decimal | None = None
    block_days: int = 0
    block: Decimal | None = None
    free: bool = False

    @property
    def blocks(self) -> dict[int, Decimal]:
        """The prices of several days together, by their number; of a week and a block of seven days the lower one."""
        prices: dict[int, Decimal] = {}
        for days, price in ((self.block_days, self.block), (WEEK_DAYS, self.weekly)):
            if days and price is not None:
                prices[days] = min(price, prices.get(days, price))
        return prices

    @property
    def hour_from(self) -> Decimal | None:
        """The cheapest hour."""
        return min((rate.amount for rate in self.hours), default=None)


@dataclass(frozen=True)
class Line:
    """One row of the arithmetic: so many minutes of an hourly price, or so many days, weeks or blocks of `days`."""

    unit: str
    each: Decimal
    n: int
    amount: Decimal
    name: str = ""
    days: int = 0

    def __str__(self) -> str:
        each = format_money(self.each)
        if self.unit == "week":
            text = ngettext("%(n)s week × %(each)s", "%(n)s weeks × %(each)s", self.n)
        elif self.unit == "block":
            text = ngettext(
                "%(n)s block of %(days)s days × %(each)s", "%(n)s blocks of %(days)s days × %(each)s", self.n
            )
        elif self.unit == "day":
            text = ngettext("%(n)s day × %(each)s", "%(n)s days × %(each)s", self.n)
        elif self.n % 60:
            text = _("%(hours)s h %(minutes)s min × %(each)s")
        else:
            text = _("%(hours)s h × %(each)s")
        hours, minutes = divmod(self.n, 60)
        counted = text % {"n": self.n, "days": self.days, "hours": hours, "minutes": minutes, "each": each}
        return f"{counted} ({self.name})" if self.name else counted


@dataclass(frozen=True)
class Price:
    """The arithmetic and its sum."""

    lines: list[Line] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        """What is owed before taxes."""
        return sum((line.amount for line in self.lines), start=ZERO)


@dataclass(frozen=True)
class _Day:
    """The cheapest way to pay one day, and what its hours are."""

    amount: Decimal
    hours: dict[HourRate, int]  # minutes; empty where the price of a day is taken


def price_of(start: datetime, end: datetime, rates: Rates) -> Price:
    """The cheapest combination of hours, days, weeks and blocks of days for the moments from `start` until before `end`. NoPrice where a
    part of them has none. No line where parking is free of charge."""
    if rates.free:
        return Price()
    days = [_day(first, last, rates) for first, last in days_of(start, end)]
    best: list[tuple[Decimal, int]] = [
        (ZERO, 0)
    ]  # of the first n days: the sum, and of how many days a block ends there
    for n, day in enumerate(days, start=1):
        ways = [] if day is None else [(best[n - 1][0] + day.amount, 0)]
        ways += [(best[max(0, n - length)][0] + price, length) for length, price in rates.blocks.items()]
        if not ways:
            raise NoPrice
        best.append(min(ways))
    taken, n = Counter[int](), len(days)
    single: list[_Day] = []
    while n:
        day, length = days[n - 1], best[n][1]
        n = max(0, n - length) if length else n - 1
        if day is None or length:
            taken[length] += 1
        else:
            single.insert(0, day)
    return Price(_lines(taken, single, rates))


def days_of(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The period cut into days of the office's clock that begin when it begins."""
    local = timezone.localtime(start)
    first, before, n = start.astimezone(UTC), end.astimezone(UTC), 1  # in one zone, moments are compared by its clock
    while first < before:
        last = min((local + n * DAY).astimezone(UTC), before)
        yield first, last
        first, n = last, n + 1


def _day(first: datetime, last: datetime, rates: Rates) -> _Day | None:
    hours = minutes_at(first, last, rates.hours)
    ways = [] if rates.daily is None else [_Day(rates.daily, {})]
    if hours is not None:
        by_hour = _Day(sum((_part(rate, n) for rate, n in hours.items()), start=ZERO), hours)
        ways.insert(0, by_hour)
    return min(ways, key=lambda way: way.amount, default=None)


def minutes_at(first: datetime, last: datetime, hours: tuple[HourRate, ...]) -> dict[HourRate, int] | None:
    """How many minutes are at which price; None where some have none."""
    found: dict[HourRate, int] = defaultdict(int)
    while first < last:
        local = timezone.localtime(first)
        rate = next((rate for rate in hours if rate.holds_at(local)), None)
        if rate is None:
            return None
        until = min(first + (60 - local.minute) * MINUTE, last)
        found[rate] += (until - first) // MINUTE
        first = until
    return found


def _part(rate: HourRate, minutes: int) -> Decimal:
    return rounded(rate.amount * minutes / 60)


def _lines(taken: Counter[int], days: list[_Day], rates: Rates) -> list[Line]:
    lines = []
    for length, price in sorted(rates.blocks.items(), reverse=True):
        if n := taken[length]:
            unit = "week" if length == WEEK_DAYS else "block"
            lines.append(Line(unit, price, n, price * n, days=length))
    whole = sum(not day.hours for day in days)
    if whole and rates.daily is not None:
        lines.append(Line("day", rates.daily, whole, rates.daily * whole))
    for rate in rates.hours:
        parts = [day.hours[rate] for day in days if rate in day.hours]
        if parts:
            amount = sum((_part(rate, minutes) for minutes in parts), start=ZERO)
            lines.append(Line("hour", rate.amount, sum(parts), amount, rate.name))
    return lines
