"""Follow the boots that are out: what became free otherwise, what is due soon, what is late."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from opscom.lib.office import office
from opscom.lib.states import change_state
from violations.emails import boots as boot_emails
from violations.models import BootAssignment
from violations.services.boots.releasing import WITHDRAWN, release_if_paid, release_withdrawn

State = BootAssignment.State


def follow_boots(*, at: datetime | None = None, limit: int = 500) -> None:
    """Mark what is late, remind of what is due soon, and give the codes that a withdrawn ticket left waiting."""
    at = at or timezone.now()
    out = BootAssignment.objects.filter(state=State.RELEASED)
    for pk in list(out.filter(due_at__lt=at).values_list("pk", flat=True)[:limit]):
        _mark_late(pk, at)
    hours = office().boot_reminder_hours
    if hours:
        soon = out.filter(due_at__gte=at, due_at__lte=at + timedelta(hours=hours), reminded_at=None)
        for pk in list(soon.values_list("pk", flat=True)[:limit]):
            _remind(pk, at)
    waiting = BootAssignment.objects.filter(state=State.FITTED)
    for pk in list(waiting.filter(violation__state__in=WITHDRAWN).values_list("pk", flat=True)[:limit]):
        release_withdrawn(pk, at=at)
    for pk in list(waiting.filter(violation__state="paid").values_list("pk", flat=True)[:limit]):
        release_if_paid(pk, at=at)  # the last that it waited for may be one that was withdrawn


@transaction.atomic
def _mark_late(pk: int, at: datetime) -> None:
    assignment = _claim(pk)
    if assignment is not None and assignment.is_late(at):
        change_state(assignment, "fall_due", at=at)
        boot_emails.send_due(assignment, late=True)


@transaction.atomic
def _remind(pk: int, at: datetime) -> None:
    assignment = _claim(pk)
    if assignment is not None and assignment.reminded_at is None:
        assignment.reminded_at = at
        assignment.save(update_fields=["reminded_at"])
        boot_emails.send_due(assignment, late=False)


def _claim(pk: int) -> BootAssignment | None:
    """One that is out, locked; another worker that has it in hand writes the message."""
    claimed = BootAssignment.objects.select_for_update(of=("self",), skip_locked=True).filter(state=State.RELEASED)
    return claimed.select_related("violation__charge__payer", "checkout__user", "boot").filter(pk=pk).first()
