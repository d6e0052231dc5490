"""So many days a calendar year of a temporary permit type: of a vehicle, a person or a household."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import ngettext

from accounts.models import User
from opscom.lib.dates import Period, today
from permits.errors import PermitRefused
from permits.models import Permit, PermitEvent, PermitType
from permits.rates import days_of
from permits.services.households import household_of
from permits.services.moments import moments_of
from vehicles.models import Vehicle

Yearly = PermitType.Yearly
Span = tuple[int, datetime, datetime]


def check_days(user: User, *, permit_type: PermitType, vehicle: Vehicle, period: Period) -> None:
    """PermitRefused where these moments would take more days of a year than the type has. What goes on without a gap for one
    vehicle counts as one time. One query, none where the days are not counted; whoever sells has the type's lot locked."""
    most = permit_type.year_days
    if most is None:
        return
    start, end = moments_of(period)
    parked = list(_parked(_counted(user, permit_type, vehicle), start.year - 1, end.year + 1))
    used, then = _days_by_year(parked), _days_by_year([*parked, (vehicle.pk, start, end)])
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


def _counted(user: User, permit_type: PermitType, vehicle: Vehicle) -> QuerySet[Permit]:
    """Permits of the type whose days count: all but those that were given up before they began, or unpaid."""
    early = Q(at__lte=OuterRef("starts_at")) | Q(from_state=Permit.State.HELD)
    given_up = PermitEvent.objects.filter(early, permit=OuterRef("pk"), to_state=Permit.State.CANCELLED)
    used = Q(state=Permit.State.CANCELLED) & ~Exists(given_up)
    permits = permit_type.permits.filter(Q(state__in=Permit.UNRELEASED) | used, starts_at__isnull=False)
    if permit_type.year_counts == Yearly.PLATE:
        return permits.filter(vehicles=vehicle)
    if permit_type.year_counts == Yearly.PERSON:
        return permits.filter(holder=user)
    return permits.filter(holder__in=household_of(user))


def _parked(permits: QuerySet[Permit], first: int, last: int) -> Iterator[Span]:
    """Which vehicle, from when until when, in these years."""
    spans = permits.filter(starts_at__year__gte=first, starts_at__year__lte=last)
    for vehicle, start, end in spans.order_by().values_list("vehicles", "starts_at", "ends_at").distinct():
        if start and end:
            yield vehicle, start, end


def _days_by_year(spans: list[Span]) -> Counter[int]:
    """Days of 24 hours, begun or whole, by the year in which each begins."""
    days = Counter[int]()
    for start, end in _joined(spans):
        days.update(today(first).year for first, _last in days_of(start, end))
    return days


def _joined(spans: list[Span]) -> Iterator[tuple[datetime, datetime]]:
    """The same, with an extension and what it extends as one."""
    before: Span | None = None
    for vehicle, start, end in sorted(spans):
        if before and (before[0], before[2]) == (vehicle, start):
            before = (vehicle, before[1], end)
            continue
        if before:
            yield before[1:]
        before = (vehicle, start, end)
    if before:
        yield before[1:]
