"""Parking by the hour or the day: is there a place, what does it cost, and take it (PER-4, PER-5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import Period, written_moment
from opscom.lib.office import office
from payments.services.taxes import Priced, TaxAmount, price_with, taxes_for
from permits.capacity import Occupancy, occupancies
from permits.errors import PermitRefused
from permits.models import Lot, Permit, PermitType
from permits.models.lot import Keys
from permits.rates import HourRate, NoPrice, Price, Rates, price_of
from permits.services.activation import activate_permit
from permits.services.creation import GIVEN, KIND, create_permit
from permits.services.moments import asked_for, check_period, lock_type, moments_of
from permits.services.reserve import release_lapsed_holds, take_place
from permits.services.sale import check_sale
from permits.services.waitlists.places import kept_for_queue
from permits.services.yearly import check_days
from vehicles.models import Vehicle

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Availability:
    """What a person who wants that period is told: places at its fullest moment, the arithmetic, the price with taxes, and until
    when a place would be held. Where none is free, the nearest times at which one is, and other lots."""

    period: Period
    occupancy: Occupancy
    price: Price
    priced: Priced
    held_until: datetime
    times: list[Period] = field(default_factory=list)
    elsewhere: list[PermitType] = field(default_factory=list)

    @property
    def added(self) -> list[TaxAmount]:
        """The taxes that come on top."""
        return [part for part in self.priced.taxes if not part.tax.inclusive]


@dataclass(frozen=True)
class TemporaryOffer:
    """A temporary permit type and how full it is now."""

    permit_type: PermitType
    occupancy: Occupancy

    @property
    def rates(self) -> Rates:
        """Its prices."""
        return rates_of(self.permit_type)


def list_temporary(lots: QuerySet[Lot], *, at: datetime | None = None) -> list[TemporaryOffer]:
    """Every temporary permit that these lots sell. Three queries, however many there are."""
    at = at or timezone.now()
    now = Period(at, at + HOUR)
    types = list(temporary_types(lots))
    full = occupancies([(permit_type, now) for permit_type in types], at)
    return [TemporaryOffer(permit_type, full[permit_type, now]) for permit_type in types]


def temporary_types(lots: QuerySet[Lot]) -> QuerySet[PermitType]:
    """The temporary permits that these lots sell, with their lots."""
    types = PermitType.objects.filter(kind=PermitType.Kind.TEMPORARY, active=True, lot__in=lots)
    return types.select_related("lot").prefetch_related("hour_prices").order_by("lot__position", "lot__code", "name")


def check_availability(
    user: User,
    *,
    permit_type: PermitType,
    period: Period,
    vehicle: Vehicle | None = None,
    texted: bool = False,
    at: datetime | None = None,
) -> Availability:
    """Look, and hold nothing. PermitRefused where the period cannot be had at all, or not with that vehicle, with the reason.
    Needs `lot`."""
    at = at or timezone.now()
    check_period(permit_type, period, at, texted=texted)
    if vehicle is not None:
        check_days(user, permit_type=permit_type, vehicle=vehicle, period=period)
    price = quote_period(permit_type, period)
    kept = kept_for_queue(permit_type.lot, period, at)
    full = occupancies([(permit_type, period)], at)[permit_type, period]
    full = replace(full, taken=full.taken + min(kept, full.free))
    times, elsewhere = ([], []) if full.free else _alternatives(user, permit_type, period, kept, at)
    return Availability(
        period=period,
        occupancy=full,
        price=price,
        priced=price_with(taxes_for(KIND, payer=user.pk, at=at), price.amount),
        held_until=hold_ends(period, at),
        times=times,
        elsewhere=elsewhere,
    )


def reserve_temporary(
    user: User,
    *,
    permit_type: PermitType,
    vehicle: Vehicle,
    period: Period,
    expected: Decimal,
    keys: Keys | None = None,
    texted: bool = False,
    at: datetime | None = None,
) -> Permit:
    """Hold a place for those moments and write what is owed for it: the price that the person saw, with its taxes, or
    nothing happens. What is free of charge is valid at once. The same again answers the same hold. Whoever texts may park any vehicle, to the minute. LotFull,
    PermitRefused."""
    at = at or timezone.now()
    release_lapsed_holds(at=at, holder=user)
    take = partial(_take, user, permit_type.pk, vehicle, period, expected, keys or {}, texted, at)
    return take_place(permit_type.lot, take, at=at)


@transaction.atomic
def _take(
    user: User,
    type_pk: int,
    vehicle: Vehicle,
    period: Period,
    expected: Decimal,
    keys: Keys,
    texted: bool,
    at: datetime,
) -> Permit:
    permit_type = lock_type(type_pk)
    if same := same_hold(user, vehicle, permit_type, period):
        return same
    check_period(permit_type, period, at, texted=texted)
    check_days(user, permit_type=permit_type, vehicle=vehicle, period=period)
    links = user.vehicle_links.filter(active=True)
    own = {vehicle.pk} if texted else set(links.values_list("vehicle", flat=True))
    check_sale(asked_for(user, permit_type, period, keys=keys, owned=own, chosen={vehicle.pk}, at=at))
    price = quote_period(permit_type, period)
    permit = create_permit(
        user,
        permit_type=permit_type,
        vehicles=[vehicle],
        period=period,
        amount=price.amount,
        because=price.lines,
        held_until=hold_ends(period, at),
        at=at,
    )
    if permit.charge.amount != expected:
        raise PermitRefused(_("The price has changed meanwhile. Look at it again before you reserve."), code="changed")
    if permit_type.free:
        activate_permit(permit, by=user, at=at, reason=GIVEN)
    return permit


def quote_period(permit_type: PermitType, period: Period) -> Price:
    """What those moments cost, before taxes. PermitRefused where the office has set no price for them."""
    start, end = moments_of(period)
    try:
        price = price_of(start, end, rates_of(permit_type))
    except NoPrice as missing:
        raise PermitRefused(
            _("This permit has no price for that time yet. Choose another time, or ask the office."), code="no-price"
        ) from missing
    if not price.amount and not permit_type.free:
        raise PermitRefused(_("Parking is free there at that time: you need no permit for it."), code="free")
    return price


def rates_of(permit_type: PermitType) -> Rates:
    """The office's prices of that type; needs `hour_prices` where they are prefetched."""
    hours = tuple(
        HourRate(row.name, row.amount, frozenset(row.weekdays), row.from_hour, row.until_hour)
        for row in permit_type.hour_prices.all()
    )
    if not hours and permit_type.hourly is not None:
        hours = (HourRate("", permit_type.hourly),)
    prices = permit_type.daily, permit_type.weekly
    return Rates(hours, *prices, permit_type.block_days or 0, permit_type.block_price, free=permit_type.free)


def hold_ends(period: Period, at: datetime) -> datetime:
    """Until when a place that is taken now waits for its payment: the office's minutes, and not beyond its own end."""
    return min(at + timedelta(minutes=office().short_hold_minutes), moments_of(period)[1])


def same_hold(user: User, vehicle: Vehicle, permit_type: PermitType, period: Period) -> Permit | None:
    """The hold that this very reservation made before. PermitRefused where the vehicle has another temporary permit then."""
    mine = Permit.objects.for_user(user).filter(state__in=Permit.UNRELEASED, plates__vehicle=vehicle)
    for permit in mine.filter(starts_at__lt=period.end, ends_at__gt=period.start).order_by("starts_at"):
        same = permit.permit_type_id == permit_type.pk and permit.period == period
        if same and permit.state == (Permit.State.ACTIVE if permit_type.free else Permit.State.HELD):
            return permit
        raise PermitRefused(
            _("%(plate)s has permit %(number)s already until %(time)s. Choose another time or vehicle.")
            % {"plate": vehicle.plate, "number": permit.number, "time": written_moment(moments_of(permit.period)[1])},
            code="clash",
        )
    return None


def _alternatives(
    user: User, permit_type: PermitType, period: Period, kept: int, at: datetime
) -> tuple[list[Period], list[PermitType]]:
    """The nearest times before and after with a place beyond those kept for a waitlist, by the hour for a day and by the day
    for a week, and other lots. Two queries."""
    start, end = moments_of(period)
    shifts = [hours * HOUR for hours in range(-24, 25)] + [days * DAY for days in range(2, 8)]
    around = [Period(start + shift, end + shift) for shift in shifts if shift and start + shift >= at]
    others = [other for other in temporary_types(Lot.objects.visible_to(user)) if other.lot_id != permit_type.lot_id]
    wanted: Sequence[tuple[PermitType, Period]] = [
        *((permit_type, other) for other in around),
        *((other, period) for other in others),
    ]
    full = occupancies(wanted, at)
    free = [other for other in around if full[permit_type, other].free > kept]
    before = [other for other in free if other.start < period.start]
    after = [other for other in free if other.start > period.start]
    return [*before[-1:], *after[:1]], [
        other for other in others if full[other, period].free and _fits(other, period, at)
    ]


def _fits(permit_type: PermitType, period: Period, at: datetime) -> bool:
    try:
        check_period(permit_type, period, at)
        quote_period(permit_type, period)
    except PermitRefused:
        return False
    return True
