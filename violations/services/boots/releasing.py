"""Give the release code of a boot: once, when everything that the office asks for is paid, or by staff (RULES 33)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.office import office
from opscom.lib.sealed import unseal
from opscom.lib.states import change_state
from payments.models import Charge, Checkout, Payment
from payments.services.charges import lock_charges, void_charge
from violations.emails import boots as boot_emails
from violations.errors import ViolationRefused
from violations.models import BootAssignment, LateFee, Violation
from violations.services.boots.owing import required_charges
from violations.services.boots.stock import lock_boot
from violations.services.boots.texting import text_code

State = BootAssignment.State
WITHDRAWN = (Violation.State.VOID, Violation.State.WARNING)


def lock_assignment(pk: int) -> BootAssignment:
    """The assignment with its boot, locked in this order; charges and payments are locked before."""
    locked = BootAssignment.objects.select_for_update(of=("self",))
    assignment = locked.select_related("violation__charge__payer", "checkout__user").get(pk=pk)
    assignment.boot = lock_boot(assignment.boot_id)
    return assignment


@transaction.atomic
def release_if_paid(pk: int, *, at: datetime) -> bool:
    """Give the code where the boot still stands there and nothing of what is required is owed any more. Whoever books the
    last of several payments comes here after its commit, so of two at once the later one sees both. True where it was given
    now."""
    assignment = lock_assignment(pk)
    if assignment.state != State.FITTED or required_charges(assignment).exists():
        return False
    _release(assignment, by=None, at=at, reason="paid")
    return True


def release_what_is_paid(charge: Charge, *, at: datetime) -> None:
    """A charge was settled: give the code of every boot that may have waited for it, its own or, where all outstanding
    tickets count, one of the same vehicle or account. The charge is locked. One query where there is none."""
    late = LateFee.objects.filter(charge=charge).values("violation")
    ticket = Violation.objects.filter(Q(charge=charge) | Q(pk__in=late))
    same = {name: OuterRef(name) for name in ("plate", "plate_region", "plate_type")}
    about = Q(fee=charge) | Q(deposit=charge) | Q(violation__in=ticket.values("pk"))
    about |= Q(Exists(ticket.filter(**same).exclude(plate="")))
    if charge.payer_id:
        about |= Q(violation__charge__payer=charge.payer_id)
    waiting = BootAssignment.objects.filter(about, state=State.FITTED).order_by("pk")
    for pk in list(waiting.values_list("pk", flat=True)):
        release_if_paid(pk, at=at)


@transaction.atomic
def release_unpaid(assignment: BootAssignment, *, by: User, reason: str, at: datetime | None = None) -> BootAssignment:
    """Staff give the code before everything is paid, and say why. Ticket and fee stay owed; the deposit is not asked for
    any more, and what was paid on it so far is the payer's surplus."""
    at = at or timezone.now()
    if not reason.strip():
        raise ViolationRefused(_("Say why, for the boot's history."), code="reason")
    charges = lock_charges(assignment.charge_keys)
    assignment = lock_assignment(assignment.pk)
    if assignment.state != State.FITTED:
        raise ViolationRefused(_("The code of this boot is given already."), code="released")
    deposit = charges.get(assignment.deposit_id or 0)
    if deposit is not None and deposit.state == Charge.State.OPEN:
        void_charge(deposit, by=by, at=at, reason=reason)
    Charge.objects.filter(pk__in=charges).update(lock="")
    _release(assignment, by=by, at=at, reason=reason.strip())
    return assignment


@transaction.atomic
def release_withdrawn(pk: int, *, at: datetime) -> None:
    """Its ticket was withdrawn: nothing is asked for any more, and the driver gets the code. What was paid of the fee stays
    for the office to refund; a deposit comes back with the boot."""
    keys = BootAssignment.objects.select_related("violation").get(pk=pk).charge_keys
    charges = lock_charges(keys)
    assignment = lock_assignment(pk)
    if assignment.state != State.FITTED or assignment.violation.state not in WITHDRAWN:
        return
    for charge in charges.values():
        if charge.state == Charge.State.OPEN:
            void_charge(charge, at=at, reason="ticket withdrawn")
    _release(assignment, by=None, at=at, reason="ticket withdrawn")


@transaction.atomic
def show_to_staff(assignment: BootAssignment, *, by: User, at: datetime | None = None) -> str:
    """The release code for staff with the right, once after it was given: for somebody who stands at the counter or has no
    e-mail. The look is written down."""
    at = at or timezone.now()
    assignment = lock_assignment(assignment.pk)
    if assignment.state not in BootAssignment.OUT:
        raise ViolationRefused(_("The code is not given yet, or the boot is back."), code="not-out")
    if assignment.seen_at:
        raise ViolationRefused(
            _("The code was shown in the office once. Its driver has it by e-mail and on the ticket's page."),
            code="seen",
        )
    assignment.seen_at = at
    assignment.save(update_fields=["seen_at"])
    assignment.events.create(
        at=at, by=by, from_state=assignment.state, to_state=assignment.state, reason="code shown in the office"
    )
    return unseal(assignment.sealed)


def code_for_driver(assignment: BootAssignment) -> str:
    """The release code while the boot is out; empty before and afterwards."""
    return unseal(assignment.sealed) if assignment.state in BootAssignment.OUT else ""


def _release(assignment: BootAssignment, *, by: User | None, at: datetime, reason: str) -> None:
    fields = {
        "released_at": at,
        "due_at": at + timedelta(hours=office().boot_hours),
        "checkout": _paid_by(assignment),
    }
    change_state(assignment, "release", by=by, at=at, reason=reason[:250], **fields)
    change_state(assignment.boot, "release", by=by, at=at, reason=assignment.violation.number)
    code = unseal(assignment.sealed)
    boot_emails.send_code(assignment, code)
    text_code(assignment, code, at=at)


def _paid_by(assignment: BootAssignment) -> Checkout | None:
    """Where the last money for it came from: its e-mail address gets the code."""
    paid = Payment.objects.filter(
        checkout__lines__charge__in=assignment.charge_keys, state=Payment.State.CONFIRMED
    ).select_related("checkout__user")
    last = paid.order_by("-settled_at", "-pk").first()
    return last.checkout if last else None
