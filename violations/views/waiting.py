"""What a ticket costs, when that changes and to what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opscom.lib.dates import today
from opscom.lib.money import ZERO
from payments.models import Charge
from payments.services.quotes import price_now
from payments.services.taxes import price_with, taxes_for
from violations.amounts import Change, Terms, amount_on, in_words, parts_on, schedule, why_it_changes
from violations.clock import ONE, Clock
from violations.models import Violation
from violations.services.terms import clock_of, terms_of


@dataclass(frozen=True)
class Step:
    """One line of the timeline: a period, what it costs to pay within it, and a remark on its end."""

    period: str
    amount: Decimal
    remark: str = ""
    now: bool = False


@dataclass(frozen=True)
class Standing:
    """Where a ticket stands: the word of its pill, and what is to be paid today (None: nothing), with its arithmetic where
    there is one."""

    pill: str
    word: str | None
    price: Decimal | None
    steps: list[Step]
    words: str = ""


def standing_of(violation: Violation, charge: Charge | None, at: datetime, fees: Sequence[Charge] = ()) -> Standing:
    """The state to show; `charge` is the ticket's with its standing, `fees` its open late fees with theirs."""
    if violation.state == Violation.State.WARNING:
        return Standing("expired", _("Warning"), None, [])
    if violation.state == Violation.State.VOID or charge is None or charge.state == Charge.State.VOID:
        return Standing("void", None, None, [])
    fine_paid = charge.state == Charge.State.SETTLED
    if violation.state == Violation.State.PAID or (fine_paid and not fees):
        return Standing("paid", None, None, [])
    owed = [*([] if fine_paid else [charge]), *fees]
    if any(one.promised for one in owed):
        return Standing("promised", None, None, [])
    if charge.blocked and charge.in_collections:
        return Standing("overdue", _("Sent to collections"), None, [])
    if charge.blocked:
        return Standing("review", None, None, [])
    price = sum((price_now(one, at) for one in owed), start=ZERO)
    if any(one.planned for one in owed):
        return Standing("held", _("In a payment plan"), price, [])
    overdue = violation.is_overdue_on(today(at))
    terms = terms_of(violation)
    clock = clock_of(violation, terms)
    coming = [] if fine_paid else _coming(charge, price, terms, clock, at)
    steps = waiting_steps(charge, price, coming, at)
    return Standing("overdue" if overdue else "owed", None, price, steps, _words(price, terms, clock, at))


def waiting_steps(charge: Charge, price: Decimal, coming: Sequence[Change], at: datetime) -> list[Step]:
    """The price of waiting: today's until the next change, what it is from each change on and why, and the day on which it
    is due."""
    day, due_on = today(at), charge.due_on
    if due_on and day > due_on:
        now = Step(_("Overdue since %(day)s") % {"day": _written(due_on + ONE)}, price, now=True)
    elif coming:
        last = coming[0].day - ONE
        now = Step(_("Through %(day)s") % {"day": _written(last)}, price, _days_left(last, day), now=True)
    elif due_on:
        now = Step(_("Due by %(day)s") % {"day": _written(due_on)}, price, _days_left(due_on, day), now=True)
    else:
        return []
    steps = [now]
    for change in coming:
        remark = why_it_changes(change) if change.step else _due(due_on)
        steps.append(Step(_("From %(day)s") % {"day": _written(change.day)}, change.amount, remark))
    return steps


def _coming(charge: Charge, price: Decimal, terms: Terms, clock: Clock, at: datetime) -> list[Change]:
    """The changes to come, with what is then owed in all when so much is today: taxes added, what is paid taken off."""
    changes, before = [], amount_on(terms, clock, today(at))
    coming = schedule(terms, clock, today(at))
    taxes = taxes_for(charge.kind, payer=charge.payer_id, at=at) if any(one.step for one in coming) else []
    for change in coming:
        rise, before = change.amount - before, change.amount
        if change.step:
            price += price_with(taxes, rise).total
        elif charge.reduced_amount is None or charge.applied:
            continue  # there is no discount that could end
        else:
            price += charge.amount - charge.reduced_amount
        changes.append(replace(change, amount=price))
    return changes


def _words(price: Decimal, terms: Terms, clock: Clock, at: datetime) -> str:
    """The arithmetic of today's price, where it is one: neither part payments nor taxes are in it."""
    parts = parts_on(terms, clock, today(at))
    return in_words(parts) if len(parts) > 1 and price == sum(part.amount for part in parts) else ""


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
