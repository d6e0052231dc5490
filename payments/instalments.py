"""How a sum is divided into instalments, and which of them are paid: pure functions in whole cents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from opscom.lib.dates import month_later
from opscom.lib.money import CENT, ZERO, rounded


class Dated(Protocol):
    """A day and what is due on it."""

    @property
    def due_on(self) -> date:
        """The day."""

    @property
    def amount(self) -> Decimal:
        """How much."""


@dataclass(frozen=True)
class Due:
    """One instalment of a plan that nobody has agreed to yet."""

    due_on: date
    amount: Decimal


def divide(total: Decimal, count: int, *, first_percent: int, day: date) -> list[Due]:
    """So many monthly instalments, the cents that do not divide on the last one. With `first_percent` the first is that much
    of it, due on `day`; without, all are alike and the first is due a month after it. ValueError where one would be nothing."""
    amounts = []
    if first_percent:
        amounts = [max(rounded(total * first_percent / 100), CENT)]
    rest, left = total - sum(amounts, start=ZERO), count - len(amounts)
    each = Decimal(int(rest / CENT) // max(left, 1)) * CENT
    amounts += [each] * (left - 1)
    amounts.append(total - sum(amounts, start=ZERO))
    if count < 2 or min(amounts) <= 0:
        raise ValueError(f"{total} in {count} instalments")
    days = [day]
    while len(days) <= count:
        days.append(month_later(days[-1], anchor=day.day))
    return [Due(on, amount) for on, amount in zip(days if first_percent else days[1:], amounts, strict=False)]


def rests(instalments: Sequence[Dated], left: Decimal) -> list[Decimal]:
    """What is unpaid of each instalment where so much is left of all of them. What was paid, or let go, lowers the first ones
    first; what became owed again is due with the first."""
    found = []
    for instalment in reversed(instalments[1:]):
        found.append(min(instalment.amount, left))
        left -= found[-1]
    return [left, *reversed(found)]


def due_by(instalments: Sequence[Dated], left: Decimal, day: date) -> tuple[int, Decimal] | None:
    """(the place of the last unpaid instalment that is due by that day, what is unpaid up to it); where none is due, the next
    one. None where nothing is left."""
    unpaid = [(place, rest) for place, rest in enumerate(rests(instalments, left)) if rest > 0]
    if not unpaid:
        return None
    due = [(place, rest) for place, rest in unpaid if instalments[place].due_on <= day] or unpaid[:1]
    return due[-1][0], _sum(rest for _place, rest in due)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, start=ZERO)
