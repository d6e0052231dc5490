"""What a waitlist can give: the windows of its permit types, and for each the reason why nothing is offered (RULES 13, 14)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch

from accounts.models import User
from opscom.lib.dates import Period, today
from permits.capacity import Occupancy, occupancies
from permits.models import Lot, Permit, SalesWindow, Waitlist, WindowPrice
from permits.models.sale import price_on
from permits.services.quotes import rest_of
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
    """Every window that is not over, the first day first. Three queries, however many there are."""
    day = today(at)
    windows = (
        SalesWindow.objects.filter(permit_type__waitlists=waitlist, active=True, sale_ends__gt=at, valid_before__gt=day)
        .select_related("permit_type__lot")
        .prefetch_related(Prefetch("prices", WindowPrice.objects.order_by("from_day")))
        .annotate(queued=people_waiting("permit_type"))
        .order_by("valid_from", "pk")
    )
    places = [Place(window, rest_of(window, day), obstacle_to(window, waitlist, at)) for window in windows]
    full = occupancies([(place.window.permit_type, place.period) for place in places], at)
    return [
        Place(place.window, place.period, place.obstacle, full[place.window.permit_type, place.period])
        for place in places
    ]


def obstacle_to(window: SalesWindow, waitlist: Waitlist, at: datetime) -> str:
    """Why no place of that window may be offered, as a stable word, or nothing (RULES 13)."""
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
    if at + timedelta(hours=waitlist.offer_hours) > window.sale_ends:
        return "too-late"
    return ""


def places_left(waitlist: Waitlist, user: User, at: datetime) -> SalesWindow | None:
    """A window of the list in which this person could reserve a place now, without waiting."""
    mine = set(Permit.objects.for_user(user).filter(state__in=Permit.UNRELEASED).values_list("window", flat=True))
    lots = set(Lot.objects.open_to(user).values_list("pk", flat=True))
    for place in list_places(waitlist, at):
        window, reserved = place.window, place.window.queued  # type: ignore[attr-defined]
        on_sale = place.obstacle in ("", "too-late")  # too late for an offer, but not for buying
        free = place.occupancy.free - reserved if place.occupancy and on_sale else 0
        if free > 0 and window.pk not in mine and window.permit_type.lot_id in lots:
            return window
    return None
