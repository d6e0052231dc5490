"""That no lot was oversold at any moment, in the order in which transactions were committed.

A moment that our code wrote down is when it began, before it waited for the lot's lock; PostgreSQL (with
`track_commit_timestamp`) knows when each row was committed, and who waits for a lock commits after who had it.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from datetime import datetime
from operator import itemgetter

from django.db.models import DateTimeField, Model
from django.db.models.expressions import RawSQL

from permits.models import Lot, Permit, WaitlistOffer
from permits.models.permit import PermitEvent
from permits.models.waitlist import WaitlistOfferEvent

Step = tuple[datetime, int]
Event = tuple[int, int, str, datetime]
Painted = tuple[int, int, datetime]


def committed(model: type[Model]) -> RawSQL:
    """When the row as it is was committed."""
    return RawSQL(f'pg_xact_commit_timestamp("{model._meta.db_table}".xmin)', [], DateTimeField())


def painted_now() -> list[Painted]:
    """(lot, spaces, since when) of every lot."""
    return list(Lot.objects.annotate(since=committed(Lot)).values_list("pk", "spaces", "since"))


def no_lot_oversold(painted: Iterable[Painted]) -> list[str]:
    """Where a lot had more permits, holds and open offers than spaces, and since when. `painted` is what the lots had before
    the office added places. All permits of the soak's lots are for the same days, and those by text begin within the minutes
    that it lasts, so what is taken at one moment is all that is taken."""
    spaces: dict[int, set[Step]] = defaultdict(set)
    for lot, count, since in [*painted, *painted_now()]:
        spaces[lot].add((since, count))
    steps: dict[int, list[Step]] = defaultdict(list)
    for lot, step in [*steps_of(_permits(), Permit.UNRELEASED), *steps_of(_offers(), [WaitlistOffer.State.OPEN])]:
        steps[lot].append(step)
    return [f"lot {lot}: {words}" for lot in spaces for words in overfull(spaces[lot], steps[lot])]


def histories_are_whole() -> list[str]:
    """Each permit and offer is in the state that its last event says, or its places were not counted."""
    last = {("permit", key): state for _lot, key, state, _at in _permits()}
    last |= {("offer", key): state for _lot, key, state, _at in _offers()}
    now = {("permit", key): state for key, state in Permit.objects.values_list("pk", "state")}
    now |= {("offer", key): state for key, state in WaitlistOffer.objects.values_list("pk", "state")}
    return [
        f"{what} {key} is {now[what, key]}, by its history {last.get((what, key))}"
        for what, key in now
        if last.get((what, key)) != now[what, key]
    ]


def overfull(spaces: Iterable[Step], steps: Iterable[Step]) -> Iterator[str]:
    """Each moment at which more was taken than there was. At one moment places are added and given back before they are
    taken: what one transaction does is seen at once."""
    painted = [(at, 0, count) for at, count in spaces]
    moved = [(at, 1 if change < 0 else 2, change) for at, change in steps]
    taken = there = 0
    for at, kind, number in sorted(painted + moved, key=itemgetter(0, 1)):
        if kind:
            taken += number
        else:
            there = number
        if taken > there:
            yield f"{taken} of {there} at {at:%H:%M:%S.%f}"


def _permits() -> Iterator[Event]:
    rows = PermitEvent.objects.annotate(done=committed(PermitEvent)).order_by("done", "pk")
    yield from rows.values_list("permit__lot", "permit", "to_state", "done")


def _offers() -> Iterator[Event]:
    rows = WaitlistOfferEvent.objects.annotate(done=committed(WaitlistOfferEvent)).order_by("done", "pk")
    yield from rows.values_list("offer__permit_type__lot", "offer", "to_state", "done")


def steps_of(events: Iterable[Event], taking: Container[str]) -> Iterator[tuple[int, Step]]:
    """A place taken (+1) or given back (−1), with its lot."""
    has: set[int] = set()
    for lot, key, state, at in events:
        if (state in taking) != (key in has):
            yield lot, (at, 1 if state in taking else -1)
        (has.add if state in taking else has.discard)(key)
