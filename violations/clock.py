"""How many days of a ticket have counted: pure functions over dates.

The day of the ticket is day 0. The days after it count one by one, all of them or only the office's business days, and none
while an appeal keeps the clock standing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

ONE = timedelta(days=1)
FRIDAY = 4


@dataclass(frozen=True)
class Pause:
    """The clock stands from `start` on and runs again from `end` on; None while nobody knows when."""

    start: date
    end: date | None = None


@dataclass(frozen=True)
class Clock:
    """The days of one ticket. Of business days, those in `closed` are none."""

    issued: date
    business: bool = False
    closed: frozenset[date] = frozenset()
    pauses: tuple[Pause, ...] = ()

    def elapsed(self, day: date) -> int:
        """How many days have counted through the end of that day."""
        return sum(self._counted(start, min(before, day + ONE)) for start, before in self._running())

    def nth_day(self, n: int) -> date | None:
        """The n-th day that counts, from 1 on. None where the clock stands and nobody knows until when."""
        for start, before in self._running():
            counted = self._counted(start, before)
            if n <= counted:
                return self._walk(start, n)
            n -= counted
        return None

    def last_day(self, n: int) -> date | None:
        """The last day by whose end no more than n days have counted. None where the clock stands before that."""
        after = self.nth_day(n + 1)
        return after - ONE if after else None

    @property
    def waits(self) -> bool:
        """True while an appeal keeps it standing and nobody knows until when."""
        return any(pause.end is None for pause in self.pauses)

    def stands_on(self, day: date) -> bool:
        """True while an appeal keeps it standing."""
        return any(pause.start <= day and (pause.end is None or day < pause.end) for pause in self.pauses)

    def _running(self) -> Iterator[tuple[date, date]]:
        """The half-open spans in which it runs, in order."""
        start = self.issued + ONE
        for pause in sorted(self.pauses, key=lambda pause: pause.start):
            if pause.start > start:
                yield start, pause.start
            if pause.end is None:
                return
            start = max(start, pause.end)
        yield start, date.max

    def _counted(self, start: date, before: date) -> int:
        """The days that count from `start` until before `before`."""
        days = max((before - start).days, 0)
        if not self.business:
            return days
        weeks, rest = divmod(days, 7)
        workdays = weeks * 5 + sum((start.weekday() + n) % 7 <= FRIDAY for n in range(rest))
        return workdays - sum(start <= day < before and day.weekday() <= FRIDAY for day in self.closed)

    def _walk(self, start: date, n: int) -> date:
        """The n-th day that counts, from `start` on."""
        if not self.business:
            return start + timedelta(days=n - 1)
        day = start - ONE
        while n:
            day += ONE
            n -= self._counted(day, day + ONE)
        return day
