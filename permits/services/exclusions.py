"""Permits that staff leave out of a rollover: charged nothing now, and taken up again while there is still time."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import today
from permits.errors import PermitRefused
from permits.models import Permit, RolloverItem, RolloverRun
from permits.services.renewal import note

DAY = timedelta(days=1)
Outcome = RolloverItem.Outcome


def last_chance(permit: Permit) -> date:
    """The last day on which a rollover can renew it: until then it may wait, and so never ends because of that."""
    return permit.valid_before - DAY


def may_wait(permit: Permit, day: date) -> bool:
    """Whether a later rollover still comes in time."""
    return last_chance(permit) > day


def waits_until(permit: Permit, until: date | None) -> date:
    """That day, or the permit's last chance if that comes earlier."""
    return min(until or date.max, last_chance(permit))


def waits(day: date) -> Q:
    """Permits that wait on that day for a later rollover; of rows of Permit."""
    return Q(Exists(RolloverItem.objects.left_out_on(day).filter(permit=OuterRef("pk"))))


def waiting_items(day: date) -> list[RolloverItem]:
    """Those that were left out and wait, the next first; not what meanwhile ended or no longer renews itself."""
    found = RolloverItem.objects.left_out_on(day).filter(permit__in=Permit.objects.rolling_on(day))
    return list(found.select_related("permit__holder", "run__by").order_by("until", "pk"))


def _check(permits: Collection[Permit], *, reason: str, day: date) -> None:
    if permits and not reason.strip():
        raise PermitRefused(_("Say why they are left out; it stays in their history."), code="reason")
    for permit in permits:
        if not may_wait(permit, day):
            words = _(
                "%(permit)s ends tomorrow at the latest, so it cannot wait. Turn its Permit Rollover off instead."
            )
            raise PermitRefused(words % {"permit": permit.number}, code="no-time")


def leave_out(run: RolloverRun, permits: Collection[Permit], *, reason: str, until: date | None, at: datetime) -> None:
    """Write down which permits that run leaves out, why, and until when (`waits_until`). PermitRefused without a reason, or where
    one of them ends before another rollover can renew it."""
    _check(permits, reason=reason, day=today(at))
    items = []
    for permit in permits:
        end = waits_until(permit, until)
        items.append(RolloverItem(run=run, permit=permit, outcome=Outcome.LEFT_OUT, note=reason[:250], until=end))
        note(permit, f"left out of the rollover: {reason}"[:250], at=at, by=run.by)
    RolloverItem.objects.bulk_create(items)


@transaction.atomic
def let_in(item: RolloverItem, *, by: User, at: datetime | None = None) -> None:
    """It waits no longer: the next rollover takes it up."""
    at = at or timezone.now()
    item = RolloverItem.objects.select_for_update(of=("self",)).select_related("permit").get(pk=item.pk)
    if item.outcome != Outcome.LEFT_OUT or item.until is None or item.until <= today(at):
        raise PermitRefused(_("It does not wait any more."), code="over")
    item.until = today(at)
    item.save(update_fields=["until"])
    note(item.permit, "left out no longer", at=at, by=by)
