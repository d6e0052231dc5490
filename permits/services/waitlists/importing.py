"""The order of a waitlist from an earlier system: a file of e-mail addresses with the days on which they joined."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import start_of_day
from opscom.lib.tables import table_lines
from permits.models import Waitlist, WaitlistEntry, WaitlistEntryEvent
from permits.services.waitlists.ending import hint_free_place

MOST_ROWS = 20_000
COLUMNS = ("email", "joined", "note")


@dataclass
class Row:
    """One line of the file: what will be, or was, done with it. `problem` says why it is left out; `known` that the person
    is on the list already."""

    number: int
    email: str
    note: str = ""
    joined: datetime | None = None
    user: User | None = None
    problem: str = ""
    known: bool = False

    @property
    def is_new(self) -> bool:
        """It adds a person."""
        return not self.problem and not self.known


def read_rows(text: str, waitlist: Waitlist, *, at: datetime | None = None) -> list[Row]:
    """Look at every line; nothing is written. TableRefused where it is no such file."""
    at = at or timezone.now()
    rows = list(_lines(text, at))
    people = {user.email.lower(): user for user in User.objects.filter(email__in={row.email for row in rows})}
    known = WaitlistEntry.objects.filter(waitlist=waitlist, user__in=people.values())
    queued = set(known.in_queue().values_list("user", flat=True))
    imported = set(known.values_list("user", "joined_at"))
    seen: set[str] = set()
    for row in rows:
        row.user = people.get(row.email)
        if not row.problem and (row.user is None or not row.user.is_active):
            row.problem = _("Nobody with this address has an account.")
        elif not row.problem and row.email in seen:
            row.problem = _("This address is in the file twice.")
        elif row.user:
            row.known = row.user.pk in queued or (row.user.pk, row.joined) in imported
        seen.add(row.email)
    return rows


@transaction.atomic
def import_rows(text: str, waitlist: Waitlist, *, by: User, at: datetime | None = None) -> list[Row]:
    """Add everybody who is not on the list yet, in the order of joining, and among those of one day in that of the file.
    The same file again adds nobody."""
    at = at or timezone.now()
    Waitlist.objects.select_for_update(of=("self",)).get(pk=waitlist.pk)
    rows = read_rows(text, waitlist, at=at)
    entries = WaitlistEntry.objects.bulk_create(
        WaitlistEntry(
            waitlist=waitlist,
            user=row.user,
            joined_at=row.joined or at,
            turn=(row.joined or at) + timedelta(milliseconds=row.number),
            note=row.note,
        )
        for row in rows
        if row.is_new
    )
    WaitlistEntryEvent.objects.bulk_create(
        WaitlistEntryEvent(entry=entry, at=at, by=by, to_state=entry.state, reason="imported") for entry in entries
    )
    hint_free_place()
    return rows


def _lines(text: str, at: datetime) -> Iterator[Row]:
    for number, cells in table_lines(text, COLUMNS, required=["email"], most=MOST_ROWS):
        joined = cells.get("joined", "")
        row = Row(number, cells["email"].lower(), cells.get("note", "")[:200], _moment(joined))
        if joined and (row.joined is None or row.joined > at):
            row.problem = _("“%(text)s” is no day in the past; write it as 2024-09-30.") % {"text": joined[:40]}
        yield row


def _moment(text: str) -> datetime | None:
    """A day or a moment in the office's time zone, or nothing."""
    try:
        moment = parse_datetime(text) if len(text) > 10 else None
        day = parse_date(text) if moment is None else None
    except ValueError:
        return None
    if moment is not None:
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    return start_of_day(day) if day else None
