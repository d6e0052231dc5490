"""A ticket's clock stands still while it is under review, and gives fair days after the decision (FIELD b 1).

The appeals' rows tell which days do not count (violations.services.pauses); the charge is told what payments must know of it: it cannot be paid meanwhile, is not
overdue, and its reduction does not end.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import override

from opscom.lib.dates import day_before, today
from opscom.lib.office import office
from payments.models import Charge
from violations.models import Appeal

NEVER = date(9999, 12, 31)


def stop_clock(appeal: Appeal, fine: Charge, fees: Iterable[Charge], *, at: datetime, ends_early: bool) -> None:
    """Remember the days of the fine's locked charge on its appeal, and let none of them pass, unless the ticket's terms end
    the reduction with an appeal. Charges that are paid have no days that matter."""
    with override(fine.payer.language if fine.payer else appeal.reader_language):
        why = _("This ticket is under review. Nothing is paid until the appeal is decided, and the price stands still.")
    if fine.state == Charge.State.OPEN:
        day = today(at)
        appeal.due_on, appeal.reduced_through, fine.due_on = fine.due_on, None, None
        if fine.reduced_through and ends_early:
            fine.reduced_through = min(fine.reduced_through, day_before(day))
        elif fine.reduced_through and day <= fine.reduced_through:
            appeal.reduced_through, fine.reduced_through = fine.reduced_through, NEVER
        fine.blocked = why
        fine.save(update_fields=["due_on", "reduced_through", "blocked"])
    _block(fees, why)


def _block(charges: Iterable[Charge], why: str) -> None:
    for charge in charges:
        if charge.state == Charge.State.OPEN:
            charge.blocked = why
            charge.save(update_fields=["blocked"])


def fair_through(at: datetime) -> date:
    """The last day on which nothing changes after a decision of that moment."""
    return today(at) + timedelta(days=office().appeal_fair_days)


def days_after(appeal: Appeal) -> tuple[date | None, date | None]:
    """The charge's due day and last day of the reduction once the appeal is decided: as many days later as the clock
    stood still."""
    if appeal.submitted_at is None or appeal.fair_through is None:
        raise ValueError("the clock of this appeal has not stood still")
    still = appeal.fair_through - today(appeal.submitted_at) + timedelta(days=1)
    due, reduced = appeal.due_on, appeal.reduced_through
    return due + still if due else None, reduced + still if reduced else None


def start_clock(appeal: Appeal, fine: Charge, fees: Iterable[Charge]) -> None:
    """The locked charges can be paid again, and the days of the fine count on."""
    if fine.state == Charge.State.OPEN:
        due_on, reduced_through = days_after(appeal)
        fine.due_on, fine.blocked = due_on, ""
        if reduced_through:
            fine.reduced_through = reduced_through
        fine.save(update_fields=["due_on", "reduced_through", "blocked"])
    _block(fees, "")
