"""How a person stands with the waitlists: the position before and after joining, and an honest guess at how long it takes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor, sqrt
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from opscom.lib.office import office
from opscom.lib.prepared import prepared
from permits.models import Waitlist, WaitlistEntry, WaitlistOffer
from permits.services.waitlists.queue import size_of

YEAR, LEAST_DAYS, LEAST_PLACES = 365, 90, 5
DAYS_A_MONTH = 365 / 12


@dataclass(frozen=True)
class Guess:
    """In how many months it may be the person's turn, from how many places that the list got in the last year."""

    fewest: int
    most: int
    places: int


@dataclass(frozen=True)
class Standing:
    """One list as this person sees it; `entry` is the code of the own place in it, if there is one."""

    waitlist: Waitlist
    size: int
    entry: str
    state: str
    rank: int
    position: int
    guess: Guess | None
    joinable: bool


def guess_wait(position: int, *, places: int, since: datetime | None, at: datetime) -> Guess | None:
    """From the places that people of the list got in the last year, give or take what such a number varies by chance. None
    where the list is too young or gave too few."""
    days = min(YEAR, (at - since).days) if since else 0
    if days < LEAST_DAYS or places < LEAST_PLACES:
        return None
    months, spread = position * days / DAYS_A_MONTH / places, 1 / sqrt(places)
    return Guess(floor(months / (1 + spread)), ceil(months / (1 - spread)), places)


def standings_by_lot(user: User, lots: Iterable[int], *, at: datetime | None = None) -> dict[int, list[Standing]]:
    """The lists of each lot that this person may join or is on. One query, however many lots and lists there are."""
    found: dict[int, list[Standing]] = defaultdict(list)
    if not office().waitlists_enabled:
        return found
    at = at or timezone.now()
    for waitlist in _lists_of(list(lots), user, user.user_type_id, at):
        found[waitlist.lot].append(_standing(waitlist, at))
    return found


def own_standings(user: User, *, at: datetime | None = None) -> list[Standing]:
    """The lists that this person is on, the first choice first."""
    at = at or timezone.now()
    mine = _annotated(user, user.user_type_id, at).filter(mine__isnull=False).order_by("my_rank", "mine")
    return [_standing(waitlist, at) for waitlist in mine]


def offers_in_hand(user: User) -> list[WaitlistOffer]:
    """What this person is offered now, and what is accepted and not paid, the nearest deadline first."""
    offers = (
        WaitlistOffer.objects.for_user(user).filter(state__in=WaitlistOffer.UNFINISHED).order_by("expires_at", "pk")
    )
    return list(offers.select_related("permit_type__lot", "window", "entry__waitlist", "permit"))


@prepared
def _lists_of(lots: list[int], user: User, user_type: int | None, at: datetime) -> QuerySet[Any]:
    lists = _annotated(user, user_type, at).filter(permit_types__lot__pk__in=lots)
    return lists.filter(Q(joinable=True) | Q(mine__isnull=False)).annotate(lot=F("permit_types__lot")).distinct()


def _annotated(user: User, user_type: int | None, at: datetime) -> QuerySet[Any]:
    """Lists with their size, this person's place, and what the guess is made from."""
    own = FilteredRelation("entries", condition=Q(entries__user=user, entries__state__in=WaitlistEntry.IN_QUEUE))
    before = Q(turn__lt=OuterRef("my_turn")) | Q(turn=OuterRef("my_turn"), pk__lt=OuterRef("mine"))
    ahead = (
        WaitlistEntry.objects.filter(before, waitlist=OuterRef("pk"), state=WaitlistEntry.State.WAITING)
        .order_by()
        .values("waitlist")
        .annotate(n=Count("pk"))
    )
    taken = (
        WaitlistOffer.objects.filter(
            entry__waitlist=OuterRef("pk"), state=WaitlistOffer.State.TAKEN, made_at__gt=at - timedelta(days=YEAR)
        )
        .order_by()
        .values("entry__waitlist")
        .annotate(n=Count("pk"))
    )
    first = WaitlistEntry.objects.filter(waitlist=OuterRef("pk")).order_by("joined_at")
    allowed = Waitlist.objects.for_type(user_type).filter(pk=OuterRef("pk")).order_by()
    columns = {"mine": "pk", "my_code": "code", "my_state": "state", "my_turn": "turn", "my_rank": "rank"}
    return Waitlist.objects.annotate(
        own=own,  # one at most: the constraint waitlist_entry_once
        size=size_of(),
        places=Coalesce(Subquery(taken.values("n"), output_field=IntegerField()), 0),
        since=Subquery(first.values("joined_at")[:1]),
        joinable=Exists(allowed),
        **{alias: F(f"own__{column}") for alias, column in columns.items()},
    ).annotate(ahead=Coalesce(Subquery(ahead.values("n"), output_field=IntegerField()), 0))


def _standing(waitlist: Any, at: datetime) -> Standing:
    position = waitlist.ahead + 1 if waitlist.mine else waitlist.size + 1
    return Standing(
        waitlist=waitlist,
        size=waitlist.size,
        entry=waitlist.my_code or "",
        state=waitlist.my_state or "",
        rank=waitlist.my_rank or 0,
        position=position,
        guess=guess_wait(position, places=waitlist.places, since=waitlist.since, at=at),
        joinable=waitlist.joinable,
    )
