"""Read a person's history: one page of it, or all of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, islice
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import start_of_day, today
from opscom.office.timeline.entries import Cursor, Entry, Found, Source, entries_of
from opscom.office.timeline.sources import sources_in_use

PAGE = 25
CHUNK = 500
LARGEST_KEY = 2**63


@dataclass(frozen=True)
class Wanted:
    """What of the history is asked for: one kind or all of them, over one period or ever."""

    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Page:
    """Some lines, newest first, by month; how many there are in all; and where the older ones begin."""

    months: list[tuple[str, list[Entry]]]
    shown: int
    total: int
    older: str


def read_page(user: User, wanted: Wanted, *, before: Cursor | None = None, size: int = PAGE) -> Page:
    """The lines after that place."""
    sources = [source for source in sources_in_use() if wanted.kind in ("", source.kind)]
    found = [Found(*row) for row in _union(sources, user, wanted, before)[: size + 1]]
    entries = entries_of(sources, found[:size])
    name_people(entries, user)
    months = [
        (month, list(group))
        for month, group in groupby(
            entries, key=lambda entry: date_format(timezone.localtime(entry.found.at), "YEAR_MONTH_FORMAT")
        )
    ]
    older = entries[-1].cursor if len(found) > size else ""
    return Page(months, len(entries), _union(sources, user, wanted, None).count(), older)


def read_all(user: User, wanted: Wanted) -> Iterator[list[Entry]]:
    """Every line, newest first, some hundreds at a time. Each part is put into the language of the moment it is asked for."""
    sources = [source for source in sources_in_use() if wanted.kind in ("", source.kind)]
    return _parts(sources, user, _union(sources, user, wanted, None).iterator(chunk_size=CHUNK))


def _parts(sources: list[Source], user: User, rows: Iterator[Any]) -> Iterator[list[Entry]]:
    while chunk := list(islice(rows, CHUNK)):
        entries = entries_of(sources, [Found(*row) for row in chunk])
        name_people(entries, user)
        yield entries


def _union(sources: Iterable[Source], user: User, wanted: Wanted, after: Cursor | None) -> QuerySet[Any]:
    first, *rest = (
        source.rows(user, since=wanted.since, until=wanted.until, after=after)
        for source in sorted(sources, key=lambda source: source.kind)
    )
    whole = first.union(*rest, all=True) if rest else first
    return whole.order_by("-row_at", "-row_kind", "-row_pk")


def name_people(entries: list[Entry], user: User) -> None:
    """Who did it, and who acted in the person's name, where it was somebody else; the office is named as a whole."""
    keys = {key for entry in entries for key in (entry.found.by, entry.found.acting)} - {None, user.pk}
    people = User.objects.only("first_name", "last_name", "email", "been_staff").in_bulk(keys) if keys else {}
    names = {key: _("the parking office") if who.been_staff else who.get_full_name() for key, who in people.items()}
    for entry in entries:
        entry.by, entry.acting = names.get(entry.found.by, ""), names.get(entry.found.acting, "")
        if entry.by == entry.acting:
            entry.by = ""


def read_cursor(code: str) -> Cursor | None:
    """The place that an address names, or None where it names none."""
    moment, _under, rest = code.partition("_")
    kind, _under, pk = rest.rpartition("_")
    try:
        place = Cursor(datetime.fromtimestamp(float(moment), UTC), kind, int(pk))
    except (ValueError, OverflowError, OSError):
        return None
    return place if place.pk < LARGEST_KEY else None


def periods(joined: date) -> dict[str, tuple[str, date | None, date | None]]:
    """What one may choose: (words, first day, first day after it), by the code in the address."""
    day = today()
    choices: dict[str, tuple[str, date | None, date | None]] = {
        "": (_("Any time"), None, None),
        "month": (_("Last 30 days"), day - timedelta(days=30), None),
        "year": (_("Last 12 months"), day - timedelta(days=365), None),
    }
    for year in range(day.year, joined.year - 1, -1):
        choices[str(year)] = (str(year), date(year, 1, 1), date(year + 1, 1, 1))
    return choices


def wanted_of(kind: str, period: str, joined: date) -> Wanted:
    """The choice, as far as it names something; anything else means all."""
    _words, first, after = periods(joined).get(period, ("", None, None))
    known = {source.kind for source in sources_in_use()}
    since, until = (start_of_day(day) if day else None for day in (first, after))
    return Wanted(kind if kind in known else "", since, until)
