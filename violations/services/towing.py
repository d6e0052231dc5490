"""The towing charge of a ticket: a line and a charge of its own beside the fine."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.money import format_money
from opscom.lib.sentences import spell
from violations.errors import ViolationRefused
from violations.models import LateFee, Violation
from violations.services.besides import charge_beside
from violations.services.debts import lock_ticket, refuse_while_paid


@transaction.atomic
def add_towing(
    violation: Violation, *, amount: Decimal, by: User, reason: str = "", at: datetime | None = None
) -> LateFee:
    """Charge whoever owes the ticket for having the vehicle towed: once, without a discount, due with the fine.
    ViolationRefused where the ticket is not owed, has one already, or is being paid."""
    at = at or timezone.now()
    refusal = _("Ticket %(number)s is not owed: it is paid, void or a warning. Nothing was changed.")
    violation, charges = lock_ticket(violation, refusal=refusal, states=(Violation.State.OPEN,))
    refuse_while_paid(violation, charges)
    if violation.late_fees.filter(kind=LateFee.Kind.TOWING).exists():
        raise ViolationRefused(
            _("Ticket %(number)s has a towing charge already.") % {"number": violation.number}, code="towed"
        )
    fine = next(charge for charge in charges if charge.pk == violation.charge_id)
    fee = charge_beside(
        violation,
        fine,
        kind=LateFee.Kind.TOWING,
        amount=amount,
        words=lambda: (_("Ticket %(number)s, towing") % {"number": violation.number}, violation.plate),
        due_on=fine.due_on or today(at),
        at=at,
    )
    sentence = "towing %(amount)s: %(reason)s" if reason else "towing %(amount)s"
    said = spell(sentence, amount=amount, reason=reason)
    violation.events.create(at=at, by=by, from_state=violation.state, to_state=violation.state, reason=said)
    return fee


def add_towing_once(violation: Violation, *, amount: Decimal, by: User) -> None:
    """The same for a ticket that may be sent twice: what is charged already stays, and of one that owes nothing (a first
    ticket, forgiven) the history says that towing was not charged."""
    locked = Violation.objects.get(pk=violation.pk)  # add_towing locks, the charges first
    if locked.late_fees.filter(kind=LateFee.Kind.TOWING).exists():
        return
    if locked.state == Violation.State.OPEN:
        add_towing(violation, amount=amount, by=by)
        return
    said = f"towing {format_money(amount)} not charged: nothing is owed"
    locked.events.create(at=timezone.now(), by=by, from_state=locked.state, to_state=locked.state, reason=said)
