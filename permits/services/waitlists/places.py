"""What a waitlist can give: the windows of its permit types, and for each the reason why nothing is offered (RULES 13, 14)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Prefetch, QuerySet

from accounts.models import User
from opscom.lib.dates import Period, today
from permits.capacity import Occupancy, occupancies
from permits.models import Lot, Permit, SalesWindow, Waitlist, WindowPrice
from permits.models.sale import price_on
from permits.services.quotes import rest_of
from permits.services.waitlists.deadlines import answer_by, closed_for
from permits.services.waitlists.queue import people_waiting


@dataclass(frozen=True)
class Place:
    """One window that the list could offer places of: how full it is, or the word for why it offers nothing."""

    window: SalesWindow
    period: Period
    obstacle: str = ""
    occupancy: Occupancy | None = None

    @property
    def free(self) -> int:
        """Places that could be offered now."""
        return self.occupancy.free if self.occupancy and not self.obstacle else 0


def list_places(waitlist: Waitlist, at: datetime) -> list[Place]:
    """Every window that is not over, the first day first."""
    return places_of([waitlist], at)[waitlist.pk]


def places_of(waitlists: Collection[Waitlist], at: datetime) -> dict[int, list[Place]]:
    """The same of each list. Three queries, however many lists and windows there are."""
    lists = {waitlist.pk: waitlist for waitlist in waitlists}
    found: dict[int, list[Place]] = {pk: [] for pk in lists}
    day = today(at)
    windows: QuerySet[Any] = (
        _windows(at)
        .filter(permit_type__waitlists__in=lists)
        .prefetch_related(Prefetch("prices", WindowPrice.objects.order_by("from_day")))
        .annotate(queued=people_waiting(at, today(at)), listed=F("permit_type__waitlists"))
    )
    rows = [(window, rest_of(window, day)) for window in windows] if lists else []
    full = occupancies([(window.permit_type, period) for window, period in rows], at)
    closed = closed_for(waitlists)
    for window, period in rows:
        obstacle = obstacle_to(window, lists[window.listed], at, closed=closed)
        found[window.listed].append(Place(window, period, obstacle, full[window.permit_type, period]))
    return found


def kept_for_queue(lot: Lot, period: Period, at: datetime) -> int:
    """How many places of that lot people on waitlists could be asked for now: a permit by the hour leaves so many free while
    its time touches theirs. One query where nobody waits, else two."""
    start, end = (today(moment) if isinstance(moment, datetime) else moment for moment in (period.start, period.end))
    windows: QuerySet[Any] = _windows(at).filter(
        permit_type__lot=lot, permit_type__active=True, sale_starts__lte=at, valid_from__lte=end, valid_before__gt=start
    )
    waited_for = [
        (window, rest_of(window, today(at)))
        for window in windows.annotate(queued=people_waiting(at, today(at)))
        if window.queued
    ]
    full = occupancies([(window.permit_type, days) for window, days in waited_for], at)
    kept: dict[int, int] = {}
    for window, days in waited_for:
        could = min(window.queued, full[window.permit_type, days].free)
        kept[window.permit_type_id] = max(could, kept.get(window.permit_type_id, 0))
    return sum(kept.values())


def _windows(at: datetime) -> QuerySet[SalesWindow]:
    """Windows that are not over, the first day first, with their lots."""
    later = SalesWindow.objects.filter(active=True, sale_ends__gt=at, valid_before__gt=today(at))
    return later.select_related("permit_type__lot").order_by("valid_from", "pk")


def obstacle_to(window: SalesWindow, waitlist: Waitlist, at: datetime, *, closed: frozenset[date] | None = None) -> str:
    """Why no place of that window may be offered, as a stable word, or nothing (RULES 13). `closed` are the closed days, where
    the caller has them."""
    if window.permit_type.lot.visibility == Lot.Visibility.HIDDEN:
        return "hidden"
    if not window.permit_type.active:
        return "off-sale"
    if window.sale_starts > at:
        return "not-yet"
    if not window.is_on_sale(at) or window.valid_before <= today(at):
        return "closed"
    if price_on(list(window.prices.all()), today(at)) is None:
        return "no-price"
    if answer_by(waitlist, waitlist.offer_hours, at, closed=closed) > window.sale_ends:
        return "too-late"
    return ""


def places_left(waitlist: Waitlist, user: User, at: datetime) -> SalesWindow | None:
    """A window of the list in which this person could reserve a place now, without waiting."""
    mine = set(Permit.objects.for_user(user).filter(state__in=Permit.UNRELEASED).values_list("window", flat=True))
    open_to = SalesWindow.objects.for_type(user.user_type_id).filter(permit_type__lot__in=Lot.objects.open_to(user))
    sold = set(open_to.values_list("pk", flat=True))
    for place in list_places(waitlist, at):
        window, reserved = place.window, place.window.queued  # type: ignore[attr-defined]
        on_sale = place.obstacle in ("", "too-late")  # too late for an offer, but not for buying
        free = place.occupancy.free - reserved if place.occupancy and on_sale else 0
        if free > 0 and window.pk in sold - mine:
            return window
    return None
