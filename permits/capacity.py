"""Free places, counted from rows. Never a stored counter (RULES 1, 4).

free = spaces − the most that are taken at any one moment of the wanted period, where taken are paid permits, holds, months
that a permit with Permit Rollover is about to pay, places offered to a waitlist, and the office's own blocks. For a permit type
whose places rest between two permits, the rest counts as taken: that of its permits, and that after the wanted one. Of a numbered permit
type no more are free than good numbers that nobody has, or is offered, at any moment of the period.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any

from django.db.models import BigIntegerField, Count, DateField, DateTimeField, Exists, F, OuterRef, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from opscom.lib.dates import Period, as_moment, end_of_day, start_of_day, today
from opscom.lib.prepared import prepared
from permits.models import Lot, LotBlock, Permit, PermitNumber, PermitTerm, PermitType, WaitlistOffer
from permits.models.permit import PermitQuerySet

Place = Lot | PermitType
Stock = dict[tuple[int, Period | None], int]
NO_TYPE, NO_DAY, NO_MOMENT = Value(None, BigIntegerField()), Value(None, DateField()), Value(None, DateTimeField())


@dataclass(frozen=True)
class Use:
    """So many spaces taken for a period, by permits of a type or by the office."""

    permit_type: int | None
    period: Period
    n: int


@dataclass(frozen=True)
class Occupancy:
    """How full a lot is at the fullest moment of a period, in spaces; `limit` says of what: the lot, the permit type ("type"),
    or its stock of numbers ("numbers")."""

    spaces: int
    taken: int
    limit: str = "lot"

    @property
    def free(self) -> int:
        """Places left; 0 where more is sold than there is (RULES 16)."""
        return max(0, self.spaces - self.taken)

    @property
    def occupied(self) -> int:
        """Places that are not left."""
        return self.spaces - self.free

    @property
    def oversold(self) -> bool:
        """More is sold, held or blocked than there is."""
        return self.taken > self.spaces

    @property
    def percent(self) -> int:
        """Share taken, 0 to 100."""
        return min(100, 100 * self.taken // self.spaces) if self.spaces else 100


def occupancies(
    wanted: Iterable[tuple[Place, Period]], at: datetime, *, numbers: bool = True
) -> dict[tuple[Place, Period], Occupancy]:
    """Occupancy of each (lot or permit type, period) to show, in one query however many are asked for. Of a permit type it
    is the limit that leaves the fewest places: its lot's spaces, its own allocation, or its numbers. Lapsed holds are left
    out: whoever wants their place gets it. Needs `lot` of permit types. Without `numbers` for who goes on with the one that
    they have."""
    return _count(list(wanted), numbers, at=at)


def occupancy(place: Place, period: Period, *, numbers: bool = True, apart_from: Permit | None = None) -> Occupancy:
    """Occupancy of one lot or permit type for whoever sells a place, with the lot's row locked (RULES 3). A hold counts until
    it is released, lapsed or not: a payment that comes before that still gets the place. `apart_from` is a permit whose place
    is the wanted one."""
    return _count([(place, period)], numbers, apart_from=apart_from)[place, period]


def _count(
    wanted: list[tuple[Place, Period]],
    numbers: bool,
    *,
    at: datetime | None = None,
    apart_from: Permit | None = None,
) -> dict[tuple[Place, Period], Occupancy]:
    asked = [
        (place, period) for place, period in wanted if numbers and isinstance(place, PermitType) and place.numbered
    ]
    uses, stock = _uses(wanted, asked, at, apart_from.pk if apart_from else None) if wanted else ({}, {})
    return {
        (place, period): _tightest(
            place, period, uses.get(_lot_of(place).pk, []), stock if (place, period) in asked else None
        )
        for place, period in wanted
    }


def _tightest(place: Place, period: Period, uses: list[Use], stock: Stock | None) -> Occupancy:
    """The limit that leaves the fewest places."""
    rested = period
    if isinstance(place, PermitType):
        rested, uses = _rested(place, period, uses)
    limits = [Occupancy(_lot_of(place).spaces, _peak(uses, rested))]
    if isinstance(place, PermitType) and place.allocation is not None:
        own = [use for use in uses if use.permit_type == place.pk]
        limits.append(Occupancy(place.allocation, _peak(own, rested), "type"))
    if stock is not None:
        limits.append(Occupancy(stock.get((place.pk, None), 0), stock.get((place.pk, period), 0), "numbers"))
    return min(limits, key=lambda limit: limit.free)


def _rested(place: PermitType, period: Period, uses: list[Use]) -> tuple[Period, list[Use]]:
    """The same with the minutes that the type's places rest after each of its permits, the wanted one included."""
    rest = timedelta(minutes=place.buffer_minutes)
    if not rest or not isinstance(period.end, datetime):
        return period, uses
    longer = [_later_end(use, rest) if use.permit_type == place.pk else use for use in uses]
    return Period(period.start, period.end.astimezone(UTC) + rest), longer


def _later_end(use: Use, rest: timedelta) -> Use:
    end = use.period.end
    return (
        Use(use.permit_type, Period(use.period.start, end.astimezone(UTC) + rest), use.n)
        if isinstance(end, datetime)
        else use
    )


def _stock(asked: list[tuple[PermitType, Period]], permits: PermitQuerySet) -> Iterator[QuerySet[Any, Any]]:
    """How many good numbers each type has, without a period, and how many of them somebody has or is offered in each period that
    is asked for. Rows like those of `_uses`, with no lot."""
    if not asked:
        return
    columns = ("lot", "permit_type", "first", "before", "from_moment", "until_moment")
    good = PermitNumber.objects.good().order_by().annotate(lot=NO_TYPE)
    yield (
        good.filter(permit_type__in={permit_type.pk for permit_type, _period in asked})
        .annotate(first=NO_DAY, before=NO_DAY, from_moment=NO_MOMENT, until_moment=NO_MOMENT)
        .values_list(*columns)
        .annotate(n=Count("pk"))
    )
    for permit_type, period in asked:
        kept = permits.keeping_number(period).filter(stock=OuterRef("pk"))
        offered = WaitlistOffer.objects.live().filter(
            valid_from__lt=_day(period.end), valid_before__gt=_day(period.start)
        )
        for taken in (good.filter(Exists(kept)), offered.order_by().annotate(lot=NO_TYPE)):
            yield (
                taken.filter(permit_type=permit_type)
                .annotate(**_in_columns(period))
                .values_list(*columns)
                .annotate(n=Count("pk"))
            )


def _in_columns(period: Period) -> dict[str, Any]:
    """A period as the rows have it."""
    if isinstance(period.start, datetime):
        moments = [Value(moment, DateTimeField()) for moment in (period.start, period.end)]
        return {"first": NO_DAY, "before": NO_DAY, "from_moment": moments[0], "until_moment": moments[1]}
    days = [Value(day, DateField()) for day in (period.start, period.end)]
    return {"first": days[0], "before": days[1], "from_moment": NO_MOMENT, "until_moment": NO_MOMENT}


def _uses(
    wanted: list[tuple[Place, Period]],
    asked: list[tuple[PermitType, Period]],
    at: datetime | None,
    apart_from: int | None,
) -> tuple[dict[int, list[Use]], Stock]:
    """Spaces in use, grouped by the database: few rows, however many permits. Every source answers (lot, permit type, first
    day, day before which it ends, first moment, moment before which it ends, how many); what goes by days has no moments, and
    what goes by moments alone has no days."""
    lots = sorted({_lot_of(place).pk for place, _period in wanted})
    start, end = (
        min(_day(period.start - _rest_of(place)) for place, period in wanted),
        max(_day(period.end + _rest_of(place)) for place, period in wanted),
    )
    days = (start, end, start_of_day(start), end_of_day(end))
    rows: Iterable[Any]
    if asked:
        in_stock = _stock(asked, _counting(at, apart_from))
        rows = _taken.queryset(at, apart_from, lots, *days).union(*in_stock, all=True)
    else:
        rows = _taken(at, apart_from, lots, *days)
    uses: dict[int, list[Use]] = defaultdict(list)
    stock: Stock = defaultdict(int)
    for lot, permit_type, first, before, starts_at, ends_at, n in rows:
        start, end = starts_at or first, ends_at or before
        if lot is None:
            stock[permit_type, Period(start, end) if start else None] += n
        else:
            uses[lot].append(Use(permit_type, Period(start, end), n))
    return uses, stock


@prepared
def _taken(
    at: datetime | None,
    apart_from: int | None,
    lots: list[int],
    start: date,
    end: date,
    begins: datetime,
    ends: datetime,
) -> QuerySet[Any, Any]:
    """Everything that takes a space of these lots from the one day through the other, which begin and end at these moments."""
    return _sold(_counting(at, apart_from), lots, start, end).union(
        _blocked(lots, begins, ends), _renewing(lots, start), _offered(lots, start, end), all=True
    )


def _counting(at: datetime | None, apart_from: int | None) -> PermitQuerySet:
    """Permits that take a space at that moment; without one all that are unreleased, lapsed or not."""
    permits = Permit.objects.filter(state__in=Permit.UNRELEASED) if at is None else Permit.objects.taking_space(at)
    return permits if apart_from is None else permits.exclude(pk=apart_from)


def _sold(permits: PermitQuerySet, lots: list[int], start: date, end: date) -> QuerySet[Any, Any]:
    """Permits that take a space on one of those days."""
    return (
        permits.filter(lot__pk__in=lots, valid_from__lte=end, valid_before__gt=start)
        .order_by()
        .values_list("lot", "permit_type", "valid_from", "valid_before", "starts_at", "ends_at")
        .annotate(n=Count("pk"))
    )


def _blocked(lots: list[int], begins: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """Spaces that the office took for a closure or an event."""
    return (
        LotBlock.objects.rewrite(False)  # modeltranslation mixes up the columns otherwise
        .filter(lot__pk__in=lots, starts_at__lt=ends, ends_at__gt=begins)
        .order_by()
        .annotate(no_type=NO_TYPE, first=NO_DAY, before=NO_DAY)
        .values_list("lot", "no_type", "first", "before", "starts_at", "ends_at")
        .annotate(n=Sum(Coalesce("spaces", "lot__spaces")))
    )


def _renewing(lots: list[int], start: date) -> QuerySet[Any, Any]:
    """Months that are owed: their places are kept until the grace ends."""
    own = ("permit__lot", "permit__permit_type", "permit__valid_before", "ends_before", "from_moment", "until_moment")
    due = PermitTerm.objects.filter(state=PermitTerm.State.DUE, permit__lot__pk__in=lots, ends_before__gt=start)
    return (
        due.filter(permit__valid_before__lt=F("ends_before"))
        .order_by()
        .annotate(from_moment=NO_MOMENT, until_moment=NO_MOMENT)
        .values_list(*own)
        .annotate(n=Count("pk"))
    )


def _offered(lots: list[int], start: date, end: date) -> QuerySet[Any, Any]:
    """Places that waitlists offer just now."""
    own = ("permit_type__lot", "permit_type", "valid_from", "valid_before", "from_moment", "until_moment")
    return (
        WaitlistOffer.objects.live()
        .filter(permit_type__lot__pk__in=lots, valid_from__lte=end, valid_before__gt=start)
        .order_by()
        .annotate(from_moment=NO_MOMENT, until_moment=NO_MOMENT)
        .values_list(*own)
        .annotate(n=Count("pk"))
    )


def _peak(uses: list[Use], wanted: Period) -> int:
    """The most spaces in use at any moment of the wanted period: what starts and ends in it, added up in order."""
    moments = _Moments()
    first, last = moments[wanted.start], moments[wanted.end]
    changes: dict[datetime, int] = defaultdict(int)
    for use in uses:
        start, end = moments[use.period.start], moments[use.period.end]
        if start < last and end > first:
            changes[max(start, first)] += use.n
            changes[end] -= use.n
    return max(accumulate(change for _moment, change in sorted(changes.items())), default=0)


class _Moments(dict[date, datetime]):
    """When a day begins, once looked up; a moment is itself. In UTC: within another zone Python compares what its clocks
    show, and they show an hour twice in autumn."""

    def __missing__(self, day: date) -> datetime:
        moment = as_moment(day).astimezone(UTC)
        self[day] = moment
        return moment


def _rest_of(place: Place) -> timedelta:
    return timedelta(minutes=place.buffer_minutes if isinstance(place, PermitType) else 0)


def _lot_of(place: Place) -> Lot:
    return place if isinstance(place, Lot) else place.lot


def _day(day: date) -> date:
    return today(day) if isinstance(day, datetime) else day
