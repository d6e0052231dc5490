"""So many days a calendar year of a temporary permit type: of a vehicle, a person or a household."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import ngettext

from accounts.models import User
from opscom.lib.dates import Period, today
from permits.errors import PermitRefused
from permits.models import Permit, PermitEvent, PermitType, PermitVehicle
from permits.models.permit import PermitVehicleQuerySet
from permits.rates import days_of
from permits.services.households import household_of
from permits.services.moments import moments_of
from vehicles.models import Vehicle

Yearly = PermitType.Yearly
Span = tuple[datetime, datetime, frozenset[int]]  # from, until, the vehicles of that time


def check_days(
    user: User, *, permit_type: PermitType, vehicle: Vehicle, period: Period, apart_from: Permit | None = None
) -> None:
    """PermitRefused where these moments would take more days of a year than the type has. What goes on without a gap for one
    vehicle counts as one time. One query, none where the days are not counted; whoever sells has the type's lot locked."""
    most = permit_type.year_days
    if most is None:
        return
    start, end = moments_of(period)
    permits = _counted(user, permit_type).filter(starts_at__year__gte=start.year - 1, starts_at__year__lte=end.year + 1)
    plates = PermitVehicle.every.filter(permit__in=permits.order_by()).exclude(permit=apart_from)
    parked = _parked(plates, vehicle if permit_type.year_counts == Yearly.PLATE else None)
    used, then = _days_by_year(parked), _days_by_year([*parked, (start, end, frozenset({vehicle.pk}))])
    for year, days in sorted(then.items()):
        if days > max(most, used[year]):
            raise PermitRefused(
                ngettext(
                    "This permit is sold for %(n)s day a year to %(whom)s. Of %(year)s, %(used)s is used. Choose a shorter time, or ask the office.",
                    "This permit is sold for %(n)s days a year to %(whom)s. Of %(year)s, %(used)s are used. Choose a shorter time, or ask the office.",
                    most,
                )
                % {
                    "n": most,
                    "whom": Yearly(permit_type.year_counts).label,
                    "year": str(year),
                    "used": used[year],
                },
                code="year",
            )


def check_days_of_plates(
    permit: Permit, vehicles: Iterable[Vehicle], *, start: datetime, end: datetime | None = None
) -> None:
    """PermitRefused where one of these vehicles would take more days than the type has, were it on that permit from `start` on:
    other plates leave those of persons and households as they are. The caller has locked the lot."""
    if permit.starts_at is None or permit.permit_type.year_counts != Yearly.PLATE:
        return
    first, last = moments_of(permit.period)
    period = Period(max(first, start), min(last, end or last))
    for vehicle in vehicles:
        check_days(permit.holder, permit_type=permit.permit_type, vehicle=vehicle, period=period, apart_from=permit)


def _counted(user: User, permit_type: PermitType) -> QuerySet[Permit]:
    """Permits of the type whose days count: all but those that were given up before they began, or unpaid."""
    early = Q(at__lte=OuterRef("starts_at")) | Q(from_state=Permit.State.HELD)
    given_up = PermitEvent.objects.filter(early, permit=OuterRef("pk"), to_state=Permit.State.CANCELLED)
    used = Q(state=Permit.State.CANCELLED) & ~Exists(given_up)
    permits = permit_type.permits.filter(Q(state__in=Permit.UNRELEASED) | used, starts_at__isnull=False)
    if permit_type.year_counts == Yearly.PERSON:
        return permits.filter(holder=user)
    return permits.filter(holder__in=household_of(user)) if permit_type.year_counts == Yearly.HOUSEHOLD else permits


def _parked(plates: PermitVehicleQuerySet, vehicle: Vehicle | None) -> list[Span]:
    """The moments of each permit, which count once; of one vehicle those in which it was on the permit, also as a courtesy
    car."""
    spans: dict[int, Span] = {}
    plates = plates.own() if vehicle is None else plates.filter(vehicle=vehicle)
    for plate in plates.select_related("permit"):
        start, end = moments_of(plate.permit.period) if vehicle is None else _moments_on(plate)
        if start < end:
            first, last, vehicles = spans.get(plate.permit_id, (start, end, frozenset[int]()))
            spans[plate.permit_id] = min(first, start), max(last, end), vehicles | {plate.vehicle_id}
    return list(spans.values())


def _moments_on(plate: PermitVehicle) -> tuple[datetime, datetime]:
    """Those of its permit in which it was on it; what it was bought with was on it from its start."""
    start, end = moments_of(plate.permit.period)
    if plate.from_at > plate.permit.reserved_at:
        start = max(start, plate.from_at)
    return start, min(end, plate.until_at or end)


def _days_by_year(spans: list[Span]) -> Counter[int]:
    """Days of 24 hours, begun or whole, by the year in which each begins."""
    days = Counter[int]()
    for start, end, _vehicles in _joined(spans):
        days.update(today(first).year for first, _last in days_of(start, end))
    return days


def _joined(spans: list[Span]) -> list[Span]:
    """The same, with an extension and what it extends as one: it begins when that ends, with a vehicle of it."""
    joined: list[Span] = []
    for start, end, vehicles in sorted(spans, key=lambda span: span[:2]):
        n = next((n for n, before in enumerate(joined) if before[1] == start and before[2] & vehicles), None)
        if n is None:
            joined.append((start, end, vehicles))
        else:
            joined[n] = (joined[n][0], end, joined[n][2] | vehicles)
    return joined
