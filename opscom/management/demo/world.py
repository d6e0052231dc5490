"""What the parts of the demo share: the chance, the moment, the rows made so far, and the steps still to be taken."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import heappush
from itertools import count
from random import Random
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from accounts.models import User, UserType
from opscom.lib import codes
from opscom.lib.dates import today
from permits.models import Lot
from vehicles.models import Vehicle
from violations.models import Offence

# Older tickets are written in bulk; from here on everything happens through the services, in the order of time.
SERVICE_DAYS = 21
LAST_MONTH_DAYS = 3  # so that last month's permits can be bought while they are on sale


@dataclass
class World:
    """One demo office in the making."""

    rng: Random
    now: datetime
    scale: float
    types: dict[str, UserType] = field(default_factory=dict)
    people: list[User] = field(default_factory=list)
    logins: dict[str, User] = field(default_factory=dict)
    vehicles: dict[int, list[Vehicle]] = field(default_factory=dict)
    lots: dict[str, Lot] = field(default_factory=dict)
    offences: dict[str, Offence] = field(default_factory=dict)
    cast: list[User] = field(default_factory=list)
    steps: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    order: Iterator[int] = field(default_factory=count)

    @property
    def today(self) -> date:
        """The office's day."""
        return today(self.now)

    @property
    def service_start(self) -> datetime:
        """From when on things happen through the services."""
        last_month = at_clock(self.today.replace(day=1) - timedelta(days=LAST_MONTH_DAYS), 0)
        return min(self.now - timedelta(days=SERVICE_DAYS), last_month)

    def scaled(self, number: int) -> int:
        """That many, at this demo's size."""
        return round(number * self.scale)

    def login(self, name: str) -> User:
        """The demo login of that name."""
        return self.logins[f"{name}@example.test"]

    def ago(self, days: int, hour: int, minute: int = 0) -> datetime:
        """A clock time so many days ago (with 0 days, never in the future)."""
        return min(at_clock(self.today - timedelta(days=days), hour, minute), self.now)

    def then(self, at: datetime, step: Callable[[], object]) -> None:
        """Let that happen at its time; `run_steps` takes the steps in order. What lies after now has not happened yet."""
        if at <= self.now:
            heappush(self.steps, (at, next(self.order), step))


def at_clock(day: date, hour: int, minute: int = 0) -> datetime:
    """A clock time in the office's time zone."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


@contextmanager
def seeded_codes(rng: Random) -> Iterator[None]:
    """Draw the opaque codes from the demo's own chance, so that its pages have the same addresses on every machine.
    Only ever for the demo: such codes can be guessed by whoever reads this."""
    module: Any = codes
    before = module.secrets
    module.secrets = SimpleNamespace(token_bytes=rng.randbytes)
    try:
        yield
    finally:
        module.secrets = before
