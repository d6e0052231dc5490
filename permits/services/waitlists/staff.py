"""What the office does with a queue by hand; each with a reason that stays in the person's history."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.sentences import spell
from opscom.lib.states import change_state
from permits.errors import PermitRefused
from permits.models import Waitlist, WaitlistEntry
from permits.services.waitlists.ending import hint_free_place

STEP = timedelta(seconds=1)


@transaction.atomic
def move_entry(
    entry: WaitlistEntry, *, position: int, by: User, reason: str, at: datetime | None = None
) -> WaitlistEntry:
    """Put a waiting person at that position, from 1; beyond the end is the end. PermitRefused."""
    at = at or timezone.now()
    Waitlist.objects.select_for_update(of=("self",)).get(pk=entry.waitlist_id)  # one move at a time
    entry = WaitlistEntry.objects.select_for_update().get(pk=entry.pk)
    if entry.state != WaitlistEntry.State.WAITING:
        raise PermitRefused(_("This person does not wait now."), code="not-waiting")
    others = WaitlistEntry.objects.filter(waitlist=entry.waitlist_id).waiting().exclude(pk=entry.pk)
    position = min(position, others.count() + 1)
    turns = list(others.values_list("turn", flat=True)[max(0, position - 2) : position])
    entry.turn = _between(turns, first=position == 1) if turns else entry.turn
    entry.save(update_fields=["turn"])
    said = spell("moved to position %(n)s: %(reason)s", n=position, reason=reason)
    entry.events.create(at=at, by=by, from_state=entry.state, to_state=entry.state, reason=said)
    return entry


@transaction.atomic
def put_back(entry: WaitlistEntry, *, by: User, reason: str, at: datetime | None = None) -> WaitlistEntry:
    """Somebody who declined, missed an offer or left waits again, on the old place. PermitRefused."""
    at = at or timezone.now()
    entry = WaitlistEntry.objects.select_for_update(of=("self",)).select_related("user").get(pk=entry.pk)
    again = WaitlistEntry.objects.filter(waitlist=entry.waitlist_id, user=entry.user_id).in_queue().exists()
    if again or entry.state == WaitlistEntry.State.TAKEN or not entry.user.is_active:
        raise PermitRefused(_("This person waits already, has the place, or has closed the account."), code="in-queue")
    change_state(entry, "come_back", by=by, at=at, reason=reason, passed_over=False)
    hint_free_place()
    return entry


@transaction.atomic
def note_entry(entry: WaitlistEntry, *, note: str, by: User, at: datetime | None = None) -> WaitlistEntry:
    """What the office wants to remember of this person's place."""
    entry = WaitlistEntry.objects.select_for_update().get(pk=entry.pk)
    entry.note = note
    entry.save(update_fields=["note"])
    entry.events.create(at=at or timezone.now(), by=by, from_state=entry.state, to_state=entry.state, reason=note)
    return entry


def _between(turns: list[datetime], *, first: bool) -> datetime:
    """A moment before, between or after the neighbours'."""
    if first:
        return turns[0] - STEP
    if len(turns) == 1:
        return turns[0] + STEP
    middle = turns[0] + (turns[1] - turns[0]) / 2
    if not turns[0] < middle < turns[1]:
        raise PermitRefused(_("These two joined at the same moment. Choose the position before or after."), code="same")
    return middle
