"""What must be paid before the release code of a boot is given (BOOT-2)."""

from django.db.models import Q

from opscom.lib.dates import today
from opscom.lib.office import office
from opscom.models import SystemSettings
from payments.models import Charge
from payments.models.charge import ChargeQuerySet
from violations.models import BootAssignment, Violation
from violations.models.violation import ViolationQuerySet
from violations.services.debts import charges_of, charges_of_all, open_charges
from violations.services.escalate import apply_due


def required_charges(assignment: BootAssignment) -> ChargeQuerySet:
    """What is still owed of it: ticket, fee and deposit, and where the office says so every outstanding ticket of the
    vehicle and of the account. A promise is not paid. One query."""
    wanted = Q(pk__in=assignment.charge_keys) | Q(pk__in=charges_of(assignment.violation).values("pk"))
    if office().boot_policy == SystemSettings.BootPolicy.ALL:
        wanted |= Q(pk__in=charges_of_all(_others(assignment)).values("pk"), blocked="")
    return Charge.objects.open().filter(wanted)


def _others(assignment: BootAssignment) -> ViolationQuerySet:
    """Outstanding tickets of the same plate, and of whoever answers for the booted one."""
    same = Q(pk=assignment.violation_id)
    if assignment.plate:
        same |= Q(plate=assignment.plate, plate_region=assignment.plate_region, plate_type=assignment.plate_type)
    payer = assignment.violation.charge.payer_id if assignment.violation.charge else None
    if payer:
        same |= Q(charge__payer=payer)
    return Violation.objects.unpaid().filter(same)


def boot_of(violation: Violation) -> BootAssignment | None:
    """The newest boot of a ticket, with what its pages show."""
    found = BootAssignment.objects.filter(violation=violation)
    return found.select_related("violation__charge", "boot", "fee", "deposit", "penalty", "checkout").first()


def charges_to_pay(assignment: BootAssignment) -> ChargeQuerySet:
    """What a payer of this boot pays now: what its code waits for, and afterwards what is owed for bringing it back late
    or damaged."""
    if assignment.state == BootAssignment.State.FITTED:
        return required_charges(assignment)
    keys = [key for key in (assignment.penalty_id, *assignment.charge_keys) if key]
    own = charges_of(assignment.violation).values("pk")
    return Charge.objects.open().filter(Q(pk__in=keys) | Q(pk__in=own))


def charges_now(violation: Violation) -> list[Charge]:
    """What is paid with a ticket now: its fine and late fees, those due by today among them, and with a boot all that its
    code waits for. Needs `with_boot()`. Of a paid ticket without one its charge, which tells that it is paid."""
    if violation.next_change_on and violation.next_change_on <= today():
        apply_due(violation.pk)
    boot = boot_of(violation) if violation.booted else None
    if boot is not None:
        return list(charges_to_pay(boot))
    return list(open_charges(violation)) or ([violation.charge] if violation.charge else [])
