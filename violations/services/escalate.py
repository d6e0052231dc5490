"""Charge what a ticket's terms make due: each late fee once, as a charge of its own; the fine's charge never changes its
amount, only its days. A payment under way keeps the amount with which it began."""

import logging
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opscom.lib.dates import today
from payments.models import Charge
from payments.services.charges import is_being_paid
from violations.amounts import Part, Terms, due_through, early_through, late_parts, next_rise
from violations.clock import Clock
from violations.models import LateFee, Violation
from violations.services.besides import charge_beside
from violations.services.terms import clock_of, terms_of

NEVER = date(9999, 12, 31)
logger = logging.getLogger(__name__)


def due_tickets(*, at: datetime | None = None, limit: int = 5000) -> list[int]:
    """The keys of owed tickets whose amount rises by today."""
    rising = Violation.objects.filter(state=Violation.State.OPEN, next_change_on__lte=today(at))
    return list(rising.order_by("next_change_on", "pk").values_list("pk", flat=True)[:limit])


def apply_all_due(*, at: datetime | None = None) -> int:
    """Charge every late fee that is due. Answers how many; a ticket that fails keeps no other from being charged."""
    made = 0
    for pk in due_tickets(at=at):
        try:
            made += len(apply_due(pk, at=at))
        except Exception:
            logger.exception("late fees of ticket %s not charged", pk)
    return made


@transaction.atomic
def apply_due(violation_id: int, *, at: datetime | None = None) -> list[LateFee]:
    """Charge the late fees of one ticket that are due and not charged yet, and tell its charge its days."""
    at = at or timezone.now()
    its = Violation.objects.filter(pk=violation_id).order_by().values("charge")
    charges = {charge.pk: charge for charge in Charge.objects.select_for_update().filter(pk__in=its)}
    violation = Violation.objects.select_for_update(of=("self",)).select_related("offence").get(pk=violation_id)
    charge = charges.get(violation.charge_id or 0)
    if charge is None or violation.state != Violation.State.OPEN or charge.state != Charge.State.OPEN:
        return []
    if is_being_paid(charge.pk):
        return []  # the next sweep looks again
    terms = terms_of(violation)
    clock = clock_of(violation, terms)
    there = set(violation.late_fees.values_list("after_days", flat=True))
    due = [part for part in late_parts(terms, clock, today(at)) if part.step and part.step.after not in there]
    fees = [_charge_fee(violation, charge, part, at) for part in due]
    set_days(violation, charge, terms, clock, at=at, there=there | {fee.after_days for fee in fees})
    return fees


def set_days(
    violation: Violation,
    charge: Charge,
    terms: Terms,
    clock: Clock,
    *,
    at: datetime,
    there: set[int | None] | None = None,
) -> None:
    """Note when the ticket's amount changes next, which is now where a late fee had to wait, and tell its open charge until
    when it is reduced and when it is due; both are locked. Under review it is not overdue, and a reduction that still held
    does not end (FIELD b 1). `there` are the late fees charged already, where that is known."""
    days = {"due_on": None if clock.waits else due_through(terms, clock)}
    if charge.reduced_amount is not None:
        days["reduced_through"] = early_through(terms, clock) or NEVER
    changed = {name: day for name, day in days.items() if getattr(charge, name) != day}
    if changed and charge.state == Charge.State.OPEN:
        for name, day in changed.items():
            setattr(charge, name, day)
        charge.save(update_fields=list(changed))
    if there is None:
        there = set(violation.late_fees.values_list("after_days", flat=True))
    waits = any(part.step and part.step.after not in there for part in late_parts(terms, clock, today(at)))
    violation.next_change_on = today(at) if waits else next_rise(terms, clock, today(at))
    violation.save(update_fields=["next_change_on"])


def _charge_fee(violation: Violation, charge: Charge, part: Part, at: datetime) -> LateFee:
    days = part.step.after if part.step else 0
    return charge_beside(
        violation,
        charge,
        kind=LateFee.Kind.LATE,
        amount=part.amount,
        words=lambda: (
            _("Ticket %(number)s, late fee") % {"number": violation.number},
            ngettext("Not paid within %(days)s day", "Not paid within %(days)s days", days) % {"days": days},
        ),
        due_on=today(at),
        at=at,
        after_days=days,
    )
