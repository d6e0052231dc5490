"""What a ticket costs, when that changes and to what."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opscom.lib.dates import today
from payments.models import Charge
from payments.services.quotes import price_now
from violations.models import Violation


@dataclass(frozen=True)
class Step:
    """One line of the timeline: a period, what it costs to pay within it, and a remark on its end."""

    period: str
    amount: Decimal
    remark: str = ""
    now: bool = False


@dataclass(frozen=True)
class Standing:
    """Where a ticket stands: the word of its pill, and what is to be paid today (None: nothing)."""

    pill: str
    word: str | None
    price: Decimal | None
    steps: list[Step]


def standing_of(violation: Violation, charge: Charge | None, at: datetime) -> Standing:
    """The state to show; `charge` is the ticket's with its standing."""
    if violation.state == Violation.State.WARNING:
        return Standing("expired", _("Warning"), None, [])
    if violation.state == Violation.State.VOID or charge is None or charge.state == Charge.State.VOID:
        return Standing("void", None, None, [])
    if violation.state == Violation.State.PAID or charge.state == Charge.State.SETTLED:
        return Standing("paid", None, None, [])
    if charge.promised:
        return Standing("promised", None, None, [])
    overdue = violation.is_overdue_on(today(at))
    return Standing("overdue" if overdue else "owed", None, price_now(charge, at), waiting_steps(charge, at))


def waiting_steps(charge: Charge, at: datetime) -> list[Step]:
    """The price of waiting: reduced through its last day, then full, and the day on which it is due."""
    day, steps = today(at), []
    reduced_through = charge.reduced_through if charge.reduced_amount is not None and not charge.applied else None
    if charge.reduced_amount is not None and reduced_through and day <= reduced_through:
        period = _("Through %(day)s") % {"day": _written(reduced_through)}
        steps.append(Step(period, charge.reduced_amount, _days_left(reduced_through, day), now=True))
        period = _("From %(day)s") % {"day": _written(reduced_through + timedelta(days=1))}
        steps.append(Step(period, charge.owed, _due(charge.due_on)))
    elif charge.due_on and day > charge.due_on:
        steps.append(
            Step(
                _("Overdue since %(day)s") % {"day": _written(charge.due_on + timedelta(days=1))}, charge.owed, now=True
            )
        )
    elif charge.due_on:
        steps.append(
            Step(
                _("Due by %(day)s") % {"day": _written(charge.due_on)},
                charge.owed,
                _days_left(charge.due_on, day),
                now=True,
            )
        )
    return steps


def _written(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def _days_left(last: date, day: date) -> str:
    left = (last - day).days
    return (
        ngettext("%(days)s day left", "%(days)s days left", left) % {"days": left}
        if left
        else _("Today is the last day")
    )


def _due(day: date | None) -> str:
    return _("due by %(day)s") % {"day": _written(day)} if day else ""
