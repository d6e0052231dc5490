"""What a person can reserve now, lot by lot."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import Period, day_before, today
from opscom.lib.office import office
from payments.models import Tax
from payments.services.taxes import Priced, TaxAmount, price_with, taxes_for
from permits.capacity import Occupancy, occupancies
from permits.models import Lot, Permit, SalesWindow, WindowPrice
from permits.models.lot import Keys, order_of_lots
from permits.services.creation import KIND
from permits.services.early import period_after, renewed_by
from permits.services.households import step_of, with_steps
from permits.services.quotes import Quote, quote_price, rest_of
from permits.services.waitlists.queue import people_waiting
from permits.services.waitlists.standing import Standing, standings_by_lot


@dataclass(frozen=True)
class Offer:
    """One window on sale: what it costs today, the next price, how full its lot is, this person's permit in it if
    any, and whether another one may be had."""

    window: SalesWindow
    period: Period
    quote: Quote
    next_price: Decimal | None
    next_price_from: date | None
    occupancy: Occupancy
    permit: dict[str, Any] | None
    priced: Priced
    queued: int
    another: bool
    renews: dict[str, Any] | None = None

    @property
    def sells(self) -> bool:
        """A place is left beyond those that people on waitlists are asked for first. Who renews keeps a place."""
        return self.occupancy.free > (0 if self.renews else self.queued)

    @property
    def price(self) -> Decimal:
        """What this person pays today, before taxes on top."""
        return self.quote.amount

    @property
    def added(self) -> list[TaxAmount]:
        """The taxes that come on top of the price."""
        return [part for part in self.priced.taxes if not part.tax.inclusive]

    @property
    def last_day(self) -> date:
        """The last day on which the permit is valid, as people say it."""
        return day_before(self.period.end)


@dataclass
class LotOffers:
    """A lot, what it sells now, when its next sale starts, and who waits."""

    lot: Lot
    locked: bool = False
    offers: list[Offer] = field(default_factory=list)
    next_sale: datetime | None = None
    waitlists: list[Standing] = field(default_factory=list)


def list_offers(user: User, *, keys: Keys | None = None, at: datetime | None = None) -> list[LotOffers]:
    """Every lot that this person may see, group by group, with what it sells. Five queries, however many lots and windows
    there are. `keys` are the lots' passwords that the person's session has entered. What would follow a permit that runs is
    offered for the days after it."""
    at = at or timezone.now()
    lots = Lot.objects.visible_to(user).with_closing(at, days=office().closure_days).by_group()
    return offers_of(lots, user, keys=keys, at=at)


def offers_instead_of(permit: Permit, user: User, *, keys: Keys, at: datetime | None = None) -> list[Offer]:
    """What other lots have for a permit that would be exchanged, from now on: those that are listed, and those that this
    session has opened by their link or password, in the order of the Permits page. Three queries."""
    at = at or timezone.now()
    listed, opened = Lot.objects.visible_to(user), Lot.objects.open_to(user).filter(pk__in=list(keys))
    lots = Lot.objects.filter(Q(pk__in=listed) | Q(pk__in=opened)).exclude(pk=permit.lot_id)
    on_sale = _windows(user, at, renewing=False, replaces=permit).filter(sale_starts__lte=at, permit_type__lot__in=lots)
    windows = on_sale.order_by(*(order_of_lots("permit_type__lot__")), "valid_from", "pk")
    offers = _offers(user, [one for one in windows if one.permit_type.lot.opens_with(keys)], at, renewing=False)
    return [offer for offer in offers if offer.sells and not offer.permit]


def offers_of(
    lots: Iterable[Lot], user: User, *, keys: Keys | None = None, at: datetime | None = None
) -> list[LotOffers]:
    """What these lots sell to this person; nothing is told of one whose password the session has not entered."""
    at = at or timezone.now()
    cards = {lot.pk: LotOffers(lot, locked=not lot.opens_with(keys or {})) for lot in lots}
    open_lots = [pk for pk, card in cards.items() if not card.locked]
    windows = list(_windows(user, at, renewing=True).filter(permit_type__lot__in=open_lots))
    on_sale = [window for window in windows if window.sale_starts <= at]
    for offer in _offers(user, on_sale, at, renewing=True):
        cards[offer.window.permit_type.lot_id].offers.append(offer)
    for window in windows:
        card = cards[window.permit_type.lot_id]
        if window.sale_starts > at and (card.next_sale is None or window.sale_starts < card.next_sale):
            card.next_sale = window.sale_starts
    waitlists = standings_by_lot(user, open_lots, at=at)
    for pk in waitlists:
        cards[pk].waitlists = waitlists[pk]
    return list(cards.values())


def find_offer(user: User, window: SalesWindow, *, renewing: bool = False, at: datetime | None = None) -> Offer | None:
    """That window as this person is offered it, to renew the permit of its type where that is asked for; None where it is
    not on sale."""
    at = at or timezone.now()
    windows = _windows(user, at, renewing=renewing).filter(pk=window.pk, sale_starts__lte=at)
    return next(iter(_offers(user, windows, at, renewing=renewing)), None)


def _windows(user: User, at: datetime, *, renewing: bool, replaces: Permit | None = None) -> QuerySet[SalesWindow]:
    """Windows on sale or to come."""
    return windows_for(user, at, renewing=renewing, replaces=replaces).filter(
        active=True, permit_type__active=True, sale_ends__gt=at, valid_before__gt=today(at)
    )


def windows_for(
    user: User, at: datetime, *, renewing: bool = False, replaces: Permit | None = None
) -> QuerySet[SalesWindow]:
    """All windows, with their prices, this person's permit in each, and which permit of the household the next one would be:
    where `renewing`, on the days after the one that it follows; one that it `replaces` does not count."""
    day = today(at)
    prices = WindowPrice.objects.filter(window=OuterRef("pk"))
    now, later = (
        prices.filter(from_day__lte=day).order_by("-from_day"),
        prices.filter(from_day__gt=day).order_by("from_day"),
    )
    mine = Permit.objects.for_user(user).taking_space(at).filter(window=OuterRef("pk")).order_by()
    running = renewed_by(Permit.objects.for_user(user), at)
    held = mine.values("window").annotate(n=Count("pk")).values("n")
    windows = (
        SalesWindow.objects.select_related("permit_type__lot")
        .annotate(
            price=Subquery(now.values("amount")[:1]),
            next_price=Subquery(later.values("amount")[:1]),
            next_price_from=Subquery(later.values("from_day")[:1]),
            queued=people_waiting("permit_type"),
            my_count=Subquery(held),
            **{f"my_{name}": Subquery(mine.values(name)[:1]) for name in ("code", "number", "state", "held_until")},
            **{f"renews_{name}": Subquery(running.values(name)[:1]) for name in ("code", "number", "valid_before")},
        )
        .order_by("valid_from", "pk")
    )
    return with_steps(windows, user, at, replaces=replaces, after="renews_valid_before" if renewing else "")


def _offers(user: User, windows: Iterable[Any], at: datetime, *, renewing: bool) -> list[Offer]:
    """Offers of annotated windows; one without a price yet is not on sale. Where the person's permit of that type runs, and
    `renewing` is asked for, the offer is for the days after it."""
    day = today(at)
    priced = [
        (window, period_after(window.renews_valid_before if renewing else None, window, day))
        for window in windows
        if window.price is not None
    ]
    full = occupancies([(window.permit_type, period) for window, period in priced], at)
    taxes = taxes_for(KIND, payer=user.pk, at=at) if priced else []
    return [_offer(window, period, full[window.permit_type, period], taxes, renewing) for window, period in priced]


def _offer(window: Any, period: Period, occupancy: Occupancy, taxes: list[Tax], renewing: bool) -> Offer:
    permit = {
        "code": window.my_code,
        "number": window.my_number,
        "state": window.my_state,
        "held_until": window.my_held_until,
    }
    renews = {"code": window.renews_code, "number": window.renews_number, "before": window.renews_valid_before}
    quote = quote_price(window, window.price, period=period, step=step_of(window))
    last = min(today(window.sale_ends), day_before(window.valid_before))
    changes = window.next_price_from if window.next_price_from and window.next_price_from <= last else None
    return Offer(
        window=window,
        period=period,
        quote=quote,
        next_price=_next_price(window, changes) if changes else None,
        next_price_from=changes,
        occupancy=occupancy,
        permit=permit if window.my_code else None,
        priced=price_with(taxes, quote.amount),
        queued=window.queued,
        renews=renews if renewing and window.renews_code else None,
        another=(window.my_count or 0) < window.permit_type.per_window,
    )


def _next_price(window: Any, day: date) -> Decimal:
    """What it costs from that day on: the calendar's next price, of what is left then."""
    return quote_price(window, window.next_price, period=rest_of(window, day), step=step_of(window)).amount
