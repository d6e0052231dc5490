"""What a ticket costs on a day, what it will cost on which day, and why: pure functions over its frozen terms and its clock.

A fee or the end of the discount "after n days" holds from the day on which more than n days have counted: the n-th day still
counts in full. Steps raise the fine one after the other and never lower it; the administration fee stands beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from opscom.lib.money import ZERO, format_money, rounded
from violations.clock import ONE, Clock

AMOUNTS = ("fine", "admin_fee", "early")


class Act(TextChoices):
    """What a step does to the fine."""

    ADD = "add", gettext_lazy("adds")
    SET = "set", gettext_lazy("raises the fine to")
    DOUBLE = "double", gettext_lazy("doubles the fine")


class Why(TextChoices):
    """What a part of the amount is."""

    FINE = "fine", gettext_lazy("fine")
    REPEATED = "repeated", gettext_lazy("fine for a repeated offence")
    ADMIN = "admin", gettext_lazy("administration fee")
    EARLY = "early", gettext_lazy("less for paying early")
    LATE = "late", gettext_lazy("late fee")
    FORGIVEN = "forgiven", gettext_lazy("forgiven: the first ticket")


@dataclass(frozen=True)
class Step:
    """So many days after the ticket the fine rises."""

    after: int
    act: Act
    amount: Decimal = ZERO

    def raised(self, fine: Decimal) -> Decimal:
        """The fine that it leaves."""
        if self.act == Act.DOUBLE:
            return fine * 2
        return fine + self.amount if self.act == Act.ADD else max(fine, self.amount)


@dataclass(frozen=True)
class Terms:
    """What held for a ticket when it was written; nothing that the office changes later touches it. `early` is the fine that
    is enough through `early_days`."""

    fine: Decimal
    admin_fee: Decimal = ZERO
    early: Decimal | None = None
    early_days: int = 0
    due_days: int = 30
    steps: tuple[Step, ...] = ()
    business: bool = False
    appeal_ends_early: bool = False
    repeated: bool = False
    forgiven: bool = False

    @property
    def whole(self) -> Decimal:
        """The amount before any step and without the discount."""
        return self.fine + self.admin_fee

    @property
    def reduced(self) -> Decimal | None:
        """The amount that is enough when paid early."""
        return None if self.early is None else self.early + self.admin_fee


@dataclass(frozen=True)
class Part:
    """One term of the sum; what makes it smaller is negative."""

    why: Why
    amount: Decimal
    step: Step | None = None


@dataclass(frozen=True)
class Change:
    """From that day on it costs so much, because of that."""

    day: date
    amount: Decimal
    why: Why
    step: Step | None = None


def amount_on(terms: Terms, clock: Clock, day: date) -> Decimal:
    """What the ticket costs on that day."""
    return sum((part.amount for part in parts_on(terms, clock, day)), start=ZERO)


def parts_on(terms: Terms, clock: Clock, day: date) -> list[Part]:
    """The arithmetic of that day's amount, in the order in which one says it."""
    parts = [Part(Why.REPEATED if terms.repeated else Why.FINE, terms.fine)]
    parts += [Part(Why.ADMIN, terms.admin_fee)] if terms.admin_fee else []
    if terms.forgiven:
        return [*parts, Part(Why.FORGIVEN, -terms.whole)]
    through = early_through(terms, clock)
    if terms.early is not None and (through is None or day <= through):
        parts.append(Part(Why.EARLY, terms.early - terms.fine))
    return parts + late_parts(terms, clock, day)


def late_parts(terms: Terms, clock: Clock, day: date) -> list[Part]:
    """What each step that holds on that day has added."""
    elapsed, parts, fine = clock.elapsed(day), [], terms.fine
    for step in () if terms.forgiven else _in_order(terms):
        raised = step.raised(fine) if elapsed > step.after else fine
        if raised != fine:
            parts.append(Part(Why.LATE, raised - fine, step))
        fine = raised
    return parts


def schedule(terms: Terms, clock: Clock, since: date) -> list[Change]:
    """Every change of the amount that is to come after that day, as far as it is known."""
    if terms.forgiven:
        return []
    changes, amount = [], amount_on(terms, clock, since)
    for day, step in _turns(terms, clock):
        before, amount = amount, amount_on(terms, clock, day) if day > since else amount
        if amount != before:
            changes.append(Change(day, amount, Why.LATE if step else Why.EARLY, step))
    return changes


def next_rise(terms: Terms, clock: Clock, since: date | None = None) -> date | None:
    """The next day on which a step raises the amount; None where none is known."""
    coming = (change.day for change in schedule(terms, clock, since or clock.issued) if change.step)
    return next(coming, None)


def early_through(terms: Terms, clock: Clock) -> date | None:
    """The last day of the discount. None while the clock stands, or where there is none."""
    if terms.early is None:
        return None
    last = clock.last_day(min([terms.early_days, *(step.after for step in terms.steps)]))
    if terms.appeal_ends_early and clock.pauses:
        appealed = min(pause.start for pause in clock.pauses) - ONE
        return min(last or appealed, appealed)
    return last


def due_through(terms: Terms, clock: Clock) -> date | None:
    """The last day on which it is paid in time. None while the clock stands."""
    return clock.last_day(terms.due_days)


def in_words(parts: Iterable[Part]) -> str:
    """The arithmetic, for example: $50.00 fine + $25.00 late fee after 10 days = $75.00."""
    parts = list(parts)
    said = format_money(parts[0].amount) + " " + _said(parts[0])
    for part in parts[1:]:
        sign = "\N{MINUS SIGN}" if part.amount < 0 else "+"
        said += f" {sign} {format_money(abs(part.amount))} {_said(part)}"
    total = sum((part.amount for part in parts), start=ZERO)
    return said if len(parts) == 1 else f"{said} = {format_money(total)}"


def why_it_changes(change: Change) -> str:
    """The reason of a change, as a sentence."""
    if change.step is None:
        return _("The discount for paying early ends.")
    days = change.step.after
    if change.step.act == Act.DOUBLE:
        text = ngettext("The fine doubles after %(days)s day.", "The fine doubles after %(days)s days.", days)
    else:
        text = ngettext("A late fee is added after %(days)s day.", "A late fee is added after %(days)s days.", days)
    return text % {"days": days}


def count_in_row(earlier: Iterable[date], day: date, *, clean_days: int) -> int:
    """Which ticket in a row one of that day is: 1 for the first. After so many clean days the count starts again; 0: never."""
    count = 1
    for before in sorted((one for one in earlier if one <= day), reverse=True):
        if clean_days and (day - before).days > clean_days:
            break
        count, day = count + 1, before
    return count


def terms_to_json(terms: Terms) -> dict[str, Any]:
    """As they are stored with the ticket; amounts as texts."""
    steps = [[step.after, step.act.value, str(step.amount)] for step in _in_order(terms)]
    return {
        "fine": str(terms.fine),
        "admin_fee": str(terms.admin_fee),
        "early": None if terms.early is None else str(terms.early),
        "early_days": terms.early_days,
        "due_days": terms.due_days,
        "steps": steps,
        "business": terms.business,
        "appeal_ends_early": terms.appeal_ends_early,
        "repeated": terms.repeated,
        "forgiven": terms.forgiven,
    }


def terms_from_json(stored: dict[str, Any]) -> Terms:
    """What was stored with a ticket."""
    amounts = {name: None if stored[name] is None else rounded(Decimal(stored[name])) for name in AMOUNTS}
    steps = tuple(Step(after, Act(act), rounded(Decimal(amount))) for after, act, amount in stored["steps"])
    return Terms(**stored | amounts | {"steps": steps})


def _in_order(terms: Terms) -> tuple[Step, ...]:
    return tuple(sorted(terms.steps, key=lambda step: step.after))


def _turns(terms: Terms, clock: Clock) -> list[tuple[date, Step | None]]:
    """The days on which the amount may change, in order."""
    through = early_through(terms, clock)
    turns: list[tuple[date, Step | None]] = [(through + ONE, None)] if through else []
    for step in _in_order(terms):
        day = clock.nth_day(step.after + 1)
        turns += [(day, step)] if day else []
    return sorted(turns, key=lambda turn: (turn[0], -(turn[1].after if turn[1] else -1)))


def _said(part: Part) -> str:
    if part.step is None:
        return str(part.why.label)
    days = part.step.after
    return ngettext("late fee after %(days)s day", "late fee after %(days)s days", days) % {"days": days}
