"""A boot comes back, or does not: what becomes of its deposit (BOOT-4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.money import ZERO, format_money
from opscom.lib.office import office
from opscom.lib.states import change_state
from payments.errors import RefundRefused
from payments.models import Charge, Payment, Refund
from payments.services.charges import create_charge, lock_charges, void_charge
from payments.services.moves import can_be_moved, move_paid
from payments.services.refundable import payments_of, spread_refund
from payments.services.refunds import create_refunds, lock_payment
from violations.emails import boots as boot_emails
from violations.errors import ViolationRefused
from violations.models import BootAssignment
from violations.services.boots.fitting import PENALTY
from violations.services.boots.releasing import lock_assignment

State = BootAssignment.State


@dataclass(frozen=True)
class Outcome:
    """What became of the deposit: kept, owed beyond it, and on its way back."""

    kept: Decimal
    owed: Decimal
    back: Decimal


def days_late(assignment: BootAssignment, at: datetime) -> int:
    """Days begun since it was due."""
    if assignment.due_at is None or at <= assignment.due_at:
        return 0
    return -(-(at - assignment.due_at) // timedelta(days=1))


@transaction.atomic
def take_boot_back(
    assignment: BootAssignment,
    *,
    by: User,
    damage: Decimal | None = None,
    waive_late: bool = False,
    reason: str = "",
    at: datetime | None = None,
) -> tuple[BootAssignment, Outcome]:
    """The boot is here. In time and whole, the deposit goes back the way it came; a late fee, and for a damaged one (`damage`
    is then a sum, 0 allowed) that fee are taken from it first. ViolationRefused where it is not out, or a reason is missing."""
    at = at or timezone.now()
    if (damage is not None or waive_late) and not reason.strip():
        raise ViolationRefused(_("Say why; the driver reads it."), code="reason")
    payments, charges, assignment = _lock(assignment)
    if assignment.state not in BootAssignment.OPEN:
        raise ViolationRefused(_("This boot is back already, or was written off."), code="not-out")
    late = 0 if waive_late else days_late(assignment, at)
    fee = office().boot_late_fee * late + (damage or ZERO)
    outcome = _settle(assignment, payments, charges, fee, by=by, at=at)
    change_state(assignment, "take_back", by=by, at=at, reason=reason.strip()[:250], ended_at=at)
    condition = "take_back" if damage is None else "damage"
    change_state(assignment.boot, condition, by=by, at=at, reason=reason.strip()[:250])
    boot_emails.send_ended(assignment, outcome, reason=reason.strip())
    return assignment, outcome


@transaction.atomic
def forfeit_deposit(
    assignment: BootAssignment, *, by: User, reason: str, lost: bool = False, at: datetime | None = None
) -> tuple[BootAssignment, Outcome]:
    """The boot did not come back in time, or is lost: the office keeps the whole deposit, and says why."""
    at = at or timezone.now()
    if not reason.strip():
        raise ViolationRefused(_("Say why; the driver reads it."), code="reason")
    payments, charges, assignment = _lock(assignment)
    if assignment.state not in BootAssignment.OPEN or not (lost or assignment.is_late(at)):
        raise ViolationRefused(
            _("The time to bring this boot back is not over. The deposit is kept only afterwards."), code="not-late"
        )
    deposit = charges.get(assignment.deposit_id or 0)
    kept = can_be_moved(payments, deposit) if deposit is not None else ZERO
    outcome = _settle(assignment, payments, charges, kept, by=by, at=at)
    transition = "lose" if lost else "forfeit"
    change_state(assignment, transition, by=by, at=at, reason=reason.strip()[:250], ended_at=at)
    if lost:
        change_state(assignment.boot, "lose", by=by, at=at, reason=reason.strip()[:250])
    boot_emails.send_ended(assignment, outcome, reason=reason.strip())
    return assignment, outcome


@transaction.atomic
def settle_deposit(assignment: BootAssignment, *, by: User, at: datetime | None = None) -> Decimal:
    """Give back what is left of the deposit of a boot that is back, where that was refused before. Answers how much."""
    payments, charges, assignment = _lock(assignment)
    if assignment.state != State.RETURNED or not assignment.problem:
        raise ViolationRefused(_("Nothing of this deposit waits to be given back."), code="settled")
    assignment.problem = ""
    back = _give_back(assignment, payments, charges.get(assignment.deposit_id or 0), by=by, at=at or timezone.now())
    if assignment.problem:
        raise ViolationRefused(assignment.problem, code="refused")
    assignment.save(update_fields=["problem"])
    return back


def _lock(assignment: BootAssignment) -> tuple[list[Payment], dict[int, Charge], BootAssignment]:
    """The payments of the deposit, the charges, the assignment and its boot, locked in this order (RULES 2)."""
    deposit = [assignment.deposit] if assignment.deposit else []
    payments = [lock_payment(payment.pk) for payment in payments_of(*deposit)]
    charges = lock_charges(assignment.charge_keys)
    if payments != payments_of(*deposit):
        raise ViolationRefused(_("A payment came in just now. Try again."), code="changed")
    Charge.objects.filter(pk__in=charges).exclude(lock="").update(lock="")
    return payments, charges, lock_assignment(assignment.pk)


def _settle(
    assignment: BootAssignment,
    payments: list[Payment],
    charges: dict[int, Charge],
    fee: Decimal,
    *,
    by: User,
    at: datetime,
) -> Outcome:
    """Take a fee out of the deposit, as far as it reaches, and send the rest on its way back."""
    deposit = charges.get(assignment.deposit_id or 0)
    if deposit is not None and deposit.state == Charge.State.OPEN:
        void_charge(deposit, by=by, at=at, reason="boot taken back")
        deposit = None
    kept = owed = ZERO
    if fee:
        penalty = _penalty(assignment, fee, at)
        kept = min(penalty.amount, can_be_moved(payments, deposit)) if deposit is not None else ZERO
        if deposit is not None and kept:
            move_paid(payments, source=deposit, target=penalty, amount=kept, at=at)
        owed = penalty.amount - kept
        assignment.penalty = penalty
        assignment.save(update_fields=["penalty"])
    back = _give_back(assignment, payments, deposit, by=by, at=at)
    assignment.save(update_fields=["problem"])
    return Outcome(kept, owed, back)


def _penalty(assignment: BootAssignment, fee: Decimal, at: datetime) -> Charge:
    payer = assignment.violation.charge.payer if assignment.violation.charge else None
    number = assignment.violation.number
    with override(boot_emails.language_of(assignment)):
        charge = create_charge(
            PENALTY,
            amount=fee,
            description=_("Boot late, damaged or not returned (%(number)s)") % {"number": number},
            payer=payer,
            link=f"/tickets/{number}/",
            at=at,
        )
    return lock_charges([charge.pk])[charge.pk]


def _give_back(
    assignment: BootAssignment, payments: list[Payment], deposit: Charge | None, *, by: User, at: datetime
) -> Decimal:
    """Refund what is left of the deposit the way in which it came. Where that is refused (a disputed payment), the boot is
    back all the same and staff see what is left to do."""
    left = can_be_moved(payments, deposit) if deposit is not None else ZERO
    if deposit is None or not left:
        return ZERO
    with override(boot_emails.language_of(assignment)):
        reason = _("Boot deposit of ticket %(number)s") % {"number": assignment.violation.number}
    try:
        shares = spread_refund([deposit], payments, left)
    except RefundRefused as refusal:
        assignment.problem = f"{format_money(left)}: {refusal.message}"[:250]
        return ZERO
    made: list[Refund] = []
    for share in shares:
        made += create_refunds(share.payment, deposit, share.parts, reason=reason, by=by, at=at)
    return sum((refund.amount for refund in made), start=ZERO)
