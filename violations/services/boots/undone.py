"""Money for a boot is taken back after its code was given: the code cannot be taken back, so staff hear of it."""

from datetime import datetime

from django.db.models import Q

from payments.models import Charge
from violations.emails import boots as boot_emails
from violations.models import BootAssignment, LateFee


def note_undone(charge: Charge, *, at: datetime) -> None:
    """Write it on every boot that was given for that charge, which is locked, and tell the office once each time."""
    late = LateFee.objects.filter(charge=charge).values("violation")
    behind = Q(violation__charge=charge) | Q(fee=charge) | Q(deposit=charge) | Q(violation__in=late)
    given = BootAssignment.objects.filter(behind).exclude(state=BootAssignment.State.FITTED)
    locked = given.select_for_update(of=("self",)).select_related("violation", "boot")
    for assignment in locked.order_by("pk"):
        assignment.undone_at = at
        assignment.save(update_fields=["undone_at"])
        assignment.events.create(
            at=at, from_state=assignment.state, to_state=assignment.state, reason=f"payment undone: {charge.code}"
        )
        boot_emails.tell_staff(assignment, charge, at=at)
    if charge.lock and given.exists():
        charge.lock = ""
        charge.save(update_fields=["lock"])
