"""Lists that the office empties once a year: a notice before, and an e-mail to everybody who waited no longer."""

import logging
from datetime import date, datetime, timedelta

from django.db import transaction

from opscom.lib.dates import end_of_day, today
from opscom.lib.office import office
from opscom.lib.states import change_state
from permits import waitlist_emails as emails
from permits.models import Waitlist, WaitlistEntry
from permits.services.waitlists.deadlines import last_emptied, next_emptied

logger = logging.getLogger(__name__)
LATE = timedelta(days=7)  # an emptying that was announced and is longer ago was called off meanwhile
AT_ONCE = 200
REASON = "the list was emptied"


def empty_lists(*, at: datetime | None = None) -> int:
    """Give the notices that are due, and empty the lists whose announced day is over; answers how many people wait no longer.
    A list that goes wrong keeps none of the others waiting."""
    if not office().waitlists_enabled:
        return 0
    gone = 0
    for waitlist in Waitlist.objects.exclude(emptied_on=""):
        try:
            gone += _look_after(waitlist, today(at), at)
        except Exception:
            logger.exception("waitlist %s cannot be emptied", waitlist.pk)
    return gone


def day_emptied(entry: WaitlistEntry) -> date | None:
    """The day at whose end this person's list was emptied while they had an offer; None where it was not, or they were put on
    the list afterwards."""
    day = entry.waitlist.emptied_for
    if day is None or entry.joined_at >= end_of_day(day):
        return None
    came_later = entry.events.filter(to_state=WaitlistEntry.State.WAITING, at__gte=end_of_day(day))
    return None if came_later.exists() else day


def _look_after(waitlist: Waitlist, day: date, at: datetime | None) -> int:
    coming, over = next_emptied(waitlist, day), last_emptied(waitlist, day)
    is_due = over is not None and over >= day - LATE and waitlist.noticed_for == over
    gone = 0
    if over and is_due and (waitlist.emptied_for is None or waitlist.emptied_for < over):
        while some := _empty_some(waitlist.pk, over, at):
            gone += some
    if coming and coming - timedelta(days=waitlist.notice_days) <= day and waitlist.noticed_for != coming:
        _give_notice(waitlist, coming)
    return gone


def _give_notice(waitlist: Waitlist, day: date) -> None:
    """To who waits now, once each; whoever joins later reads it on the list. One that broke off goes on."""
    for entry in waitlist.entries.waiting().select_related("user", "waitlist"):
        emails.send_waitlist_emptied(entry, day=day, over=False)
    Waitlist.objects.filter(pk=waitlist.pk).update(noticed_for=day)


@transaction.atomic
def _empty_some(pk: int, day: date, at: datetime | None) -> int:
    """Who waited at the end of that day waits no longer, so many at a time; an offer that is out can still be answered. People
    who join meanwhile need not wait for it."""
    waitlist = Waitlist.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if waitlist.emptied_for is not None and waitlist.emptied_for >= day:
        return 0
    waited = waitlist.entries.waiting().filter(joined_at__lt=end_of_day(day)).select_for_update(of=("self",))
    entries = list(waited.select_related("user", "waitlist")[:AT_ONCE])
    for entry in entries:
        change_state(entry, "leave", by=None, at=at, reason=REASON)
        emails.send_waitlist_emptied(entry, day=day, over=True)
    if len(entries) < AT_ONCE:
        waitlist.emptied_for = day
        waitlist.save(update_fields=["emptied_for"])
    return len(entries)
