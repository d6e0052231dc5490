"""What a person can reserve now, lot by lot."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import Period, day_before, today
from opscom.lib.money import ZERO
from opscom.lib.office import office
from opscom.lib.prepared import prepared
from payments.models import Tax
from payments.services.taxes import Priced, TaxAmount, price_with, taxes_for
from permits.capacity import Occupancy, occupancies
from permits.models import Lot, Permit, SalesWindow
from permits.models.lot import Keys, order_of_lots
from permits.services.creation import KIND
from permits.services.early import followed, windows_following
from permits.services.quotes import Quote, quote_price, rest_of
from permits.services.shelves import Own, Shelf, shelves_for, with_own
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
    permit: Own | None
    priced: Priced
    queued: int
    another: bool
    renews: Own | None = None

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
    lots = _lots(user.user_type_id, at, days=office().closure_days)
    return offers_of(lots, user, keys=keys, at=at)


def offers_instead_of(permit: Permit, user: User, *, keys: Keys, at: datetime | None = None) -> list[Offer]:
    """What other lots have for a permit that would be exchanged, from now on: those that are listed, and those that this
    session has opened by their link or password, in the order of the Permits page. Three queries."""
    at = at or timezone.now()
    rows = _rows_elsewhere(permit.lot_id, [int(key) for key in keys], user, user.user_type_id, at, today(at))
    shelves = shelves_for(user, rows, at, replaces=permit)
    offers = _offers(user, [shelf for shelf in shelves if shelf.window.permit_type.lot.opens_with(keys)], at)
    return [offer for offer in offers if offer.sells and not offer.permit]


def offers_of(
    lots: Iterable[Lot], user: User, *, keys: Keys | None = None, at: datetime | None = None
) -> list[LotOffers]:
    """What these lots sell to this person; nothing is told of one whose password the session has not entered."""
    at = at or timezone.now()
    cards = {lot.pk: LotOffers(lot, locked=not lot.opens_with(keys or {})) for lot in lots}
    open_lots = [pk for pk, card in cards.items() if not card.locked]
    rows = _rows_in(open_lots, user, user.user_type_id, at, today(at))
    shelves = shelves_for(user, rows, at, renewing=True)
    for offer in _offers(user, [shelf for shelf in shelves if shelf.window.sale_starts <= at], at):
        cards[offer.window.permit_type.lot_id].offers.append(offer)
    for window in (shelf.window for shelf in shelves):
        card = cards[window.permit_type.lot_id]
        if window.sale_starts > at and (card.next_sale is None or window.sale_starts < card.next_sale):
            card.next_sale = window.sale_starts
    waitlists = standings_by_lot(user, open_lots, at=at)
    for pk in waitlists:
        cards[pk].waitlists = waitlists[pk]
    return list(cards.values())


def find_offer(user: User, window: SalesWindow, *, at: datetime | None = None) -> Offer | None:
    """That window as this person is offered it; None where it is not on sale."""
    at = at or timezone.now()
    rows = _rows_of(window.pk, user, user.user_type_id, at, today(at))
    return next(iter(_offers(user, shelves_for(user, rows, at), at)), None)


def offers_after(permit: Permit, *, at: datetime | None = None) -> list[Offer]:
    """What its holder is offered to go on from this permit, the next window first. Three queries; needs `holder`."""
    at = at or timezone.now()
    rows = _rows_after(*followed(permit), permit.holder, at, today(at))
    offers = _offers(permit.holder, shelves_for(permit.holder, rows, at, renewing=True), at)
    return [offer for offer in offers if offer.renews and offer.renews.pk == permit.pk]


@prepared
def _lots(user_type: int | None, at: datetime, *, days: int) -> QuerySet[Lot]:
    """Lots that are listed for people of that type, in the order of the Permits page."""
    return Lot.objects.for_type(user_type).listed().with_closing(at, days=days).by_group()


def _windows(user_type: int | None, at: datetime, day: date) -> QuerySet[SalesWindow]:
    """Windows on sale to people of that type at that moment of the day, or to come."""
    return SalesWindow.objects.for_type(user_type).filter(
        active=True, permit_type__active=True, sale_ends__gt=at, valid_before__gt=day
    )


@prepared
def _rows_in(lots: list[int], user: User, user_type: int | None, at: datetime, day: date) -> QuerySet[Any]:
    return with_own(_windows(user_type, at, day).filter(permit_type__lot__pk__in=lots), user, at, day)


@prepared
def _rows_elsewhere(
    lot: int, opened: list[int], user: User, user_type: int | None, at: datetime, day: date
) -> QuerySet[Any]:
    """Windows on sale in other lots than this one: those that are listed for people of that type, or opened by their link."""
    listed, by_link = Lot.objects.for_type(user_type).listed(), Lot.objects.open_to_type(user_type)
    lots = Lot.objects.filter(Q(pk__in=listed) | Q(pk__in=by_link.filter(pk__in=opened))).exclude(pk=lot)
    on_sale = _windows(user_type, at, day).filter(sale_starts__lte=at, permit_type__lot__in=lots)
    return with_own(on_sale.order_by(*order_of_lots("permit_type__lot__"), "valid_from", "pk"), user, at, day)


@prepared
def _rows_after(
    permit_type: int, window: int | None, ends: date, user_type: int | None, user: User, at: datetime, day: date
) -> QuerySet[Any]:
    return with_own(windows_following(permit_type, window, ends, user_type, at, day), user, at, day)


@prepared
def _rows_of(window: int, user: User, user_type: int | None, at: datetime, day: date) -> QuerySet[Any]:
    return with_own(_windows(user_type, at, day).filter(pk=window, sale_starts__lte=at), user, at, day)


def _offers(user: User, shelves: Iterable[Shelf], at: datetime) -> list[Offer]:
    """Offers of these windows; one without a price yet is not on sale."""
    priced = [shelf for shelf in shelves if shelf.price is not None]
    full = occupancies([(shelf.window.permit_type, shelf.period) for shelf in priced], at)
    taxes = taxes_for(KIND, payer=user.pk, at=at) if priced else []
    return [_offer(shelf, full[shelf.window.permit_type, shelf.period], taxes) for shelf in priced]


def _offer(shelf: Shelf, occupancy: Occupancy, taxes: list[Tax]) -> Offer:
    window = shelf.window
    quote = quote_price(window, shelf.price or ZERO, period=shelf.period, step=shelf.step)
    last = min(today(window.sale_ends), day_before(window.valid_before))
    changes = shelf.next_price_from if shelf.next_price_from and shelf.next_price_from <= last else None
    return Offer(
        window=window,
        period=shelf.period,
        quote=quote,
        next_price=_next_price(shelf, changes) if changes else None,
        next_price_from=changes,
        occupancy=occupancy,
        permit=shelf.own[0] if shelf.own else None,
        priced=price_with(taxes, quote.amount),
        queued=shelf.queued,
        renews=shelf.before,
        another=shelf.another,
    )


def _next_price(shelf: Shelf, day: date) -> Decimal:
    """What it costs from that day on: the calendar's next price, of what is left then."""
    return quote_price(
        shelf.window, shelf.next_price or ZERO, period=rest_of(shelf.window, day), step=shelf.step
    ).amount
