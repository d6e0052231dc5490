"""Remind people before their permits end."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from opscom.lib.dates import today
from opscom.lib.office import office
from permits import emails
from permits.models import Permit


def remind_of_endings(*, at: datetime | None = None, limit: int = 500) -> int:
    """Write one reminder for each permit that ends within the office's days, once for each end; answers how many were
    looked at. Not for a permit that is itself no longer than those days, nor where
    the next one of its type is there or it renews itself."""
    at = at or timezone.now()
    days = office().permit_reminder_days
    if not days:
        return 0
    day = today(at)
    next_one = Permit.objects.filter(
        holder=OuterRef("holder"), permit_type=OuterRef("permit_type"), valid_before__gt=OuterRef("valid_before")
    ).taking_space(at)
    due = (
        Permit.objects.active_on(day)
        .filter(valid_before__lte=day + timedelta(days=days), valid_before__gt=F("valid_from") + timedelta(days=days))
        .filter(Q(reminded_of=None) | ~Q(reminded_of=F("valid_before")))
        .filter(rollover=False, starts_at=None)
        .exclude(Exists(next_one))
        .order_by("valid_before", "pk")
    )
    keys = list(due.values_list("pk", flat=True)[:limit])
    for pk in keys:
        _remind(due.filter(pk=pk))
    return len(keys)


def remind_of_temporary_endings(*, at: datetime | None = None, limit: int = 500) -> int:
    """Write one reminder for each temporary permit that ends within the office's minutes, unless it is itself no longer than
    those; answers how many were looked at."""
    at = at or timezone.now()
    ahead = timedelta(minutes=office().temporary_reminder)
    if not ahead:
        return 0
    due = Permit.objects.filter(
        state=Permit.State.ACTIVE,
        starts_at__lte=at,
        ends_at__gt=at,
        ends_at__lte=at + ahead,
        reminded_of=None,
    )
    due = due.filter(starts_at__lt=F("ends_at") - ahead).order_by("ends_at", "pk")
    keys = list(due.values_list("pk", flat=True)[:limit])
    for pk in keys:
        _remind(due.filter(pk=pk))
    return len(keys)


@transaction.atomic
def _remind(still_due: QuerySet[Permit]) -> None:
    """One permit, claimed: another worker that has it in hand writes the reminder."""
    permit = still_due.select_for_update(of=("self",), skip_locked=True).select_related("holder", "lot").first()
    if permit is None:
        return
    permit.reminded_of = permit.valid_before
    permit.save(update_fields=["reminded_of"])
    emails.send_permit_expires(permit)
