"""The rows of a plan's table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from opscom.lib.dates import today
from payments.instalments import Due, rests
from payments.models import PaymentPlan


@dataclass(frozen=True)
class Row:
    """One instalment as it stands: the pill, a word of its own where there is one, and what is unpaid of it."""

    nth: int
    due_on: date
    amount: Decimal
    rest: Decimal
    pill: str = ""
    word: str | None = None


def rows_of_rehearsal(instalments: Sequence[Due]) -> list[Row]:
    """Those of a plan that nobody has agreed to yet."""
    return [Row(nth, one.due_on, one.amount, one.amount) for nth, one in enumerate(instalments, start=1)]


def rows_of(plan: PaymentPlan, *, at: datetime) -> list[Row]:
    """Those of a plan, which comes with what is left and its instalments."""
    instalments, day = list(plan.instalments.all()), today(at)
    rows = []
    for one, rest in zip(instalments, rests(instalments, plan.left), strict=True):
        pill, word = _stands(plan, one.due_on, rest, day)
        rows.append(Row(one.nth, one.due_on, one.amount, rest, pill, word))
    return rows


def _stands(plan: PaymentPlan, due_on: date, rest: Decimal, day: date) -> tuple[str, str | None]:
    """The pill of one instalment, and its word."""
    if plan.state == PaymentPlan.State.OFFERED:
        return "", None
    if not rest:
        return "paid", None
    if plan.state != PaymentPlan.State.STANDING:
        return "void", _("Not paid")
    if due_on < day:
        return "overdue", None
    return ("owed", _("Due today")) if due_on == day else ("held", _("To come"))
