"""Records that do not stay as they are. Each app says which of its own, after how long, and what becomes of them; the office
sees all of it on one page, and it is carried out every night."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from opscom.lib.office import office

logger = logging.getLogger(__name__)
COUNTED = 1000  # more of them are not counted


@dataclass(frozen=True)
class Retention:
    """One kind of record: `due` are the rows from before a moment that are still whole, `end` is what becomes of those.
    `setting` is the office's field with the days, or the days where the office has no say; `never_at_zero` says that 0 of them
    mean for ever."""

    key: str
    records: Promise
    becomes: Promise
    setting: str | int
    due: Callable[[datetime], QuerySet[Any]]
    end: Callable[[QuerySet[Any]], object]
    never_at_zero: bool = False

    @property
    def days(self) -> int:
        """How long they stay whole."""
        return int(getattr(office(), self.setting)) if isinstance(self.setting, str) else self.setting

    @property
    def own(self) -> bool:
        """Whether the office sets the days."""
        return isinstance(self.setting, str)

    @property
    def never(self) -> bool:
        """Whether the office keeps them for ever."""
        return self.never_at_zero and not self.days

    def due_at(self, at: datetime) -> QuerySet[Any]:
        """The rows whose time is over at that moment."""
        rows = self.due(at - timedelta(days=self.days))
        return rows.none() if self.never else rows

    def count_due(self, at: datetime) -> int:
        """How many those are, up to one more than `COUNTED`."""
        return self.due_at(at).order_by()[: COUNTED + 1].count()


_registered: dict[str, Retention] = {}


def register(*retentions: Retention) -> None:
    """Called by each app when it is ready."""
    _registered.update({retention.key: retention for retention in retentions})


def all_retentions() -> Iterator[Retention]:
    """In the order of their apps."""
    yield from _registered.values()


def schedule(at: datetime) -> list[dict[str, Any]]:
    """A dry run: each kind of record, its days, what becomes of it and how many are due."""
    return [
        {
            "key": retention.key,
            "records": retention.records,
            "becomes": retention.becomes,
            "days": retention.days,
            "own": retention.own,
            "never": retention.never,
            "due": retention.count_due(at),
        }
        for retention in all_retentions()
    ]


def apply_retention(at: datetime) -> None:
    """Carry out all that is due; one that fails is logged and keeps none of the others waiting."""
    for retention in all_retentions():
        try:
            retention.end(retention.due_at(at))
        except Exception:
            logger.exception("retention of %s failed", retention.key)
