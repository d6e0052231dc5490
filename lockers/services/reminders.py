"""Tell people what to do about their lockers: pay, renew, empty."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from lockers import emails
from lockers.models import LockerTerm, LockerWindow
from lockers.services.reserve import can_renew
from opscom.lib.dates import today
from opscom.lib.office import office


def remind_of_endings(*, at: datetime | None = None, limit: int = 500) -> int:
    """Write one reminder for each term that ends within the office's days and does not go on, once for each end; answers
    how many were looked at. Not for terms that are themselves no longer than those days."""
    at = at or timezone.now()
    days = office().locker_reminder_days
    if not days:
        return 0
    day = today(at)
    next_one = LockerTerm.objects.filter(
        locker=OuterRef("locker"),
        user=OuterRef("user"),
        state__in=LockerTerm.TAKING,
        starts_on__gte=OuterRef("ends_before"),
    )
    due = (
        LockerTerm.objects.active_on(day)
        .filter(ends_before__lte=day + timedelta(days=days), ends_before__gt=F("starts_on") + timedelta(days=days))
        .filter(Q(reminded_of=None) | ~Q(reminded_of=F("ends_before")))
        .exclude(Exists(next_one))
        .order_by("ends_before", "pk")
    )
    keys = list(due.values_list("pk", flat=True)[:limit])
    windows = list(LockerWindow.objects.filter(active=True, sale_ends__gt=at)) if keys else []
    for pk in keys:
        _remind(due.filter(pk=pk), windows, at)
    return len(keys)


@transaction.atomic
def _remind(still_due: "QuerySet[LockerTerm]", windows: list[LockerWindow], at: datetime) -> None:
    """One term, claimed: another worker that has it in hand writes the reminder."""
    claimed = still_due.select_for_update(of=("self",), skip_locked=True)
    term = claimed.select_related("user", "locker__site").first()
    if term is None:
        return
    term.reminded_of = term.ends_before
    term.save(update_fields=["reminded_of"])
    emails.send_locker_ends(term, renewable=any(can_renew(term, window, at) for window in windows))


def ask_to_empty(term: LockerTerm, *, at: datetime | None = None) -> bool:
    """A notice to somebody whose term is over, at most one a day. True where it was written now."""
    day = today(at)
    if term.state != LockerTerm.State.ACTIVE or term.ends_before > day:
        return False
    term.noticed_on = day
    term.save(update_fields=["noticed_on"])
    return emails.send_locker_empty(term, day=day)


def ask_to_pay(term: LockerTerm, *, at: datetime | None = None) -> bool:
    """A notice to somebody who holds a locker and has not paid it, at most one a day. True where it was written now."""
    at = at or timezone.now()
    if term.state != LockerTerm.State.HELD or term.held_until is None or term.held_until <= at:
        return False
    return emails.send_locker_unpaid(term, day=today(at))
