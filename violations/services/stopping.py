"""A payment plan keeps the clock of the tickets standing that it covers."""

from datetime import date, datetime

from opscom.lib.dates import today
from payments.models import Charge
from violations.clock import ONE
from violations.models import Violation
from violations.services.escalate import set_days
from violations.services.terms import clock_of, terms_of


def stop_clock(violation: Violation, charge: Charge, *, at: datetime) -> None:
    """From the day after the agreement on no day counts, and nothing is overdue; the ticket and the charge, its fine's or a late
    fee's, are locked. Once, however many of its charges the plan covers."""
    if charge.pk != violation.charge_id:
        _set_due(charge, None)
    if is_stopped(violation):
        return
    violation.stopped = [*violation.stopped, [(today(at) + ONE).isoformat(), None]]
    _save(violation, charge, at=at)


def run_clock(violation: Violation, charge: Charge, *, at: datetime, catch_up: bool) -> None:
    """The plan has ended: days count again from tomorrow on; with `catch_up` those of the plan count, too."""
    if charge.pk != violation.charge_id:
        _set_due(charge, today(at))
    if not is_stopped(violation):
        return
    *before, (start, _end) = violation.stopped
    violation.stopped = before if catch_up else [*before, [start, (today(at) + ONE).isoformat()]]
    _save(violation, charge, at=at)


def is_stopped(violation: Violation) -> bool:
    """Whether a payment plan keeps it standing now."""
    return bool(violation.stopped) and violation.stopped[-1][1] is None


def _set_due(fee: Charge, day: date | None) -> None:
    if fee.state == Charge.State.OPEN:
        Charge.objects.filter(pk=fee.pk).update(due_on=day)


def _save(violation: Violation, charge: Charge, *, at: datetime) -> None:
    violation.save(update_fields=["stopped"])
    fine = charge if charge.pk == violation.charge_id else violation.charge
    if fine is not None and violation.state == Violation.State.OPEN:
        terms = terms_of(violation)
        set_days(violation, fine, terms, clock_of(violation, terms), at=at)
