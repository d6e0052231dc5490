"""What happened, and what somebody was told has happened."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.db.models import QuerySet
from psycopg.errors import DeadlockDetected

BREATH_SECONDS = 0.5
LONGEST_AWAY_SECONDS = 150.0  # a database that has not come back by then never does
GRACE_SECONDS = 10.0  # an answer that was asked for while something was out may still say so
Found = TypeVar("Found")
_gone = threading.Event()


class DatabaseGone(Exception):
    """PostgreSQL did not come back; the day ends."""


@dataclass
class Diary:
    """Counts, every answer that nobody should get, the seconds that answers took, what was promised to people: rows that must
    be there at the end, and how many spaces each lot had (lot, spaces, since when) before the office added some."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    promises: list[tuple[str, QuerySet]] = field(default_factory=list)
    painted: list[tuple[int, int, datetime]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    well_since: float | None = None

    def note(self, what: str) -> None:
        """One more of it."""
        with self.lock:
            self.counts[what] += 1

    def fault(self, what: str) -> None:
        """Something that breaks a promise."""
        with self.lock:
            self.counts["unexpected answers"] += 1
            self.faults.append(what[:300])

    def told(self, what: str, rows: QuerySet) -> None:
        """Somebody was told so; a row of these proves it, for good."""
        with self.lock:
            self.counts[what] += 1
            self.promises.append((what, rows))

    def out_of_order(self) -> None:
        """From now on a plain refusal is right."""
        self.well_since = None

    def in_order(self) -> None:
        """From now on, after some grace, everything has to work."""
        self.well_since = time.monotonic()

    def excused(self, what: str) -> None:
        """A refusal or a broken line: right while something is out of order, else a fault."""
        self.note(what)
        if self.well_since is not None and time.monotonic() > self.well_since + GRACE_SECONDS:
            self.fault(f"{what} while nothing was out of order")


def patient(act: Callable[[], Found]) -> Found:
    """What one of us does in the database, begun anew until it is there. DatabaseGone; where one thread has waited long enough,
    no other waits any more."""
    end = time.monotonic() + LONGEST_AWAY_SECONDS
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError) as error:
            if isinstance(error.__cause__, DeadlockDetected):
                raise  # locks in another order than everywhere else, which no second try excuses
            connection.close()
            if _gone.is_set() or time.monotonic() > end:
                _gone.set()
                raise DatabaseGone(f"PostgreSQL did not come back within {LONGEST_AWAY_SECONDS:.0f} s") from error
            time.sleep(BREATH_SECONDS)
