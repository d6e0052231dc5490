"""Lists that the office empties once a year: a notice before, and an e-mail to everybody who waited no longer."""

from datetime import date, datetime, timedelta

from django.db import transaction

from opscom.lib.dates import end_of_day, today
from opscom.lib.states import change_state
from permits import waitlist_emails as emails
from permits.models import Waitlist
from permits.services.waitlists.deadlines import last_emptied, next_emptied

LATE = timedelta(days=7)  # a day that is longer ago was before the office set it
REASON = "the list was emptied"


def empty_lists(*, at: datetime | None = None) -> int:
    """Give the notices that are due, and empty the lists whose day is over; answers how many people wait no longer."""
    day, gone = today(at), 0
    for waitlist in Waitlist.objects.exclude(emptied_on=""):
        coming, over = next_emptied(waitlist, day), last_emptied(waitlist, day)
        if coming and coming - timedelta(days=waitlist.notice_days) <= day and waitlist.noticed_for != coming:
            _give_notice(waitlist.pk, coming)
        if over and over >= day - LATE and (waitlist.emptied_for is None or waitlist.emptied_for < over):
            gone += _empty(waitlist.pk, over, at)
    return gone


@transaction.atomic
def _give_notice(pk: int, day: date) -> None:
    """Once for each day, to who waits now; whoever joins later reads it on the list."""
    waitlist = Waitlist.objects.select_for_update(of=("self",)).get(pk=pk)
    if waitlist.noticed_for == day:
        return
    waitlist.noticed_for = day
    waitlist.save(update_fields=["noticed_for"])
    for entry in waitlist.entries.waiting().select_related("user", "waitlist"):
        emails.send_waitlist_emptied(entry, day=day, over=False)


@transaction.atomic
def _empty(pk: int, day: date, at: datetime | None) -> int:
    """Who waited at the end of that day waits no longer; an offer that is out can still be answered."""
    waitlist = Waitlist.objects.select_for_update(of=("self",)).get(pk=pk)
    if waitlist.emptied_for is not None and waitlist.emptied_for >= day:
        return 0
    waitlist.emptied_for = day
    waitlist.save(update_fields=["emptied_for"])
    waited = waitlist.entries.waiting().filter(joined_at__lt=end_of_day(day)).select_for_update(of=("self",))
    entries = list(waited.select_related("user", "waitlist"))
    for entry in entries:
        change_state(entry, "leave", by=None, at=at, reason=REASON)
        emails.send_waitlist_emptied(entry, day=day, over=True)
    return len(entries)
