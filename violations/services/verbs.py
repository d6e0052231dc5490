"""What the office decides about a ticket that is owed, each with its reason: withdraw it, turn it into a warning, or reduce it.
A mistake in writing is spoiled (violations.services.issue)."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.money import ZERO, format_money
from opscom.lib.sentences import spell
from payments.models import Charge
from payments.services.charges import applied_to
from payments.services.plans.agreeing import keep_in_plan
from payments.services.taxes import price_within, save_with_taxes
from violations.amounts import Terms, terms_to_json
from violations.errors import ViolationRefused
from violations.models import Violation
from violations.services.debts import end_ticket, lock_ticket, refuse_while_paid, void_open
from violations.services.issue import new_charge
from violations.services.terms import clock_of

OWED = (Violation.State.OPEN,)
LEAST_DAYS = timedelta(days=7)  # to pay a reduced ticket in


def void_violation(violation: Violation, *, by: User, reason: str, at: datetime | None = None) -> Violation:
    """Withdraw a ticket that was rightly written: nothing is owed any more, what was paid on it becomes surplus."""
    return end_ticket(violation, "withdraw", by=by, at=at, reason=reason, refusal=_refusal(), states=OWED)


def turn_into_warning(violation: Violation, *, by: User, reason: str, at: datetime | None = None) -> Violation:
    """Leave it at a warning: nothing is owed, but it stays a ticket of its plate."""
    return end_ticket(violation, "warn", by=by, at=at, reason=reason, refusal=_refusal(), states=OWED)


@transaction.atomic
def reduce_violation(
    violation: Violation, *, to: Decimal, by: User, reason: str, at: datetime | None = None
) -> Violation:
    """Owe less: the fine and its late fees end, and a new charge of that amount, taxes within it, takes their place. It has
    neither discount nor late fees. Refused while it is being paid (RULES 25) or part of it is."""
    at = at or timezone.now()
    violation, charges = lock_ticket(violation, refusal=_refusal(), states=OWED)
    old = next(charge for charge in charges if charge.pk == violation.charge_id)
    owed = sum((charge.amount for charge in charges if charge.state == Charge.State.OPEN), start=ZERO)
    _check_reduction(violation, charges, to, owed)
    void_open(charges, by=by, at=at, reason=reason)
    due_on = max(old.due_on or today(at), today(at) + LEAST_DAYS)
    terms = Terms(fine=to)
    violation.terms = terms_to_json(replace(terms, due_days=clock_of(violation, terms).elapsed(due_on)))
    with override(old.payer.language if old.payer else settings.LANGUAGE_CODE):  # the payer reads it
        charge = new_charge(violation, payer_id=old.payer_id)
    violation.charge = save_with_taxes(charge, pricing=price_within)
    keep_in_plan(old, new=violation.charge)
    violation.next_change_on = None
    violation.save(update_fields=["terms", "charge", "next_change_on"])
    said = spell("reduced from %(owed)s to %(to)s: %(reason)s", owed=owed, to=to, reason=reason)
    violation.events.create(at=at, by=by, from_state=violation.state, to_state=violation.state, reason=said)
    return violation


def _check_reduction(violation: Violation, charges: list[Charge], to: Decimal, owed: Decimal) -> None:
    if not ZERO < to < owed:
        raise ViolationRefused(
            _("Enter an amount above zero and below %(owed)s. To let it off, void the ticket.")
            % {"owed": format_money(owed)}
        )
    if any(applied_to(charges).values()):
        raise ViolationRefused(
            _("Part of ticket %(number)s is paid. Void it, or wait until all of it is paid.")
            % {"number": violation.number}
        )
    refuse_while_paid(violation, charges)


def _refusal() -> str:
    return _("Ticket %(number)s is not owed: it is paid, void or a warning. Nothing was changed.")
