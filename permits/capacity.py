"""Free places, counted from rows. Never a stored counter (RULES 1, 4).

free = spaces − the most that are taken at any one moment of the wanted period, where taken are paid permits, holds, months
that a permit with Permit Rollover is about to pay, places offered to a waitlist, and the office's own blocks. For a permit type
whose places rest between two permits, the rest counts as taken: that of its permits, and that after the wanted one.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

from django.db.models import BigIntegerField, Count, DateField, DateTimeField, F, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from opscom.lib.dates import Period, end_of_day, start_of_day, today
from permits.models import Lot, LotBlock, Permit, PermitTerm, PermitType, WaitlistOffer

Place = Lot | PermitType
NO_TYPE, NO_DAY, NO_MOMENT = Value(None, BigIntegerField()), Value(None, DateField()), Value(None, DateTimeField())


@dataclass(frozen=True)
class Use:
    """So many spaces taken for a period, by permits of a type or by the office."""

    permit_type: int | None
    period: Period
    n: int


@dataclass(frozen=True)
class Occupancy:
    """How full a lot is at the fullest moment of a period, in spaces; `limit` says of what: the lot, or the permit type."""

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


def occupancies(wanted: Iterable[tuple[Place, Period]], at: datetime) -> dict[tuple[Place, Period], Occupancy]:
    """Occupancy of each (lot or permit type, period) to show, in one query however many are asked for. Of a permit type it
    is the limit that leaves the fewest places: its lot's spaces, or its own allocation. Lapsed holds are left out: whoever
    wants their place gets it. Needs `lot` of permit types."""
    return _count(list(wanted), Permit.objects.taking_space(at))


def occupancy(place: Place, period: Period) -> Occupancy:
    """Occupancy of one lot or permit type for whoever sells a place, with the lot's row locked (RULES 3). A hold counts until
    it is released, lapsed or not: a payment that comes before that still gets the place."""
    unreleased = Permit.objects.filter(state__in=Permit.UNRELEASED)
    return _count([(place, period)], unreleased)[place, period]


def _count(wanted: list[tuple[Place, Period]], permits: QuerySet[Permit]) -> dict[tuple[Place, Period], Occupancy]:
    uses = _uses(wanted, permits) if wanted else {}
    return {(place, period): _tightest(place, period, uses.get(_lot_of(place).pk, [])) for place, period in wanted}


def _tightest(place: Place, period: Period, uses: list[Use]) -> Occupancy:
    """The limit that leaves the fewest places."""
    if isinstance(place, PermitType):
        period, uses = _rested(place, period, uses)
    whole = Occupancy(_lot_of(place).spaces, _peak(uses, period))
    if isinstance(place, Lot) or place.allocation is None:
        return whole
    own = Occupancy(place.allocation, _peak([use for use in uses if use.permit_type == place.pk], period), "type")
    return min(whole, own, key=lambda limit: limit.free)


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


def _uses(wanted: list[tuple[Place, Period]], permits: QuerySet[Permit]) -> dict[int, list[Use]]:
    """Spaces in use, grouped by the database: few rows, however many permits. Every source answers (lot, permit type, first
    day, day before which it ends, first moment, moment before which it ends, how many); what goes by days has no moments, and
    what goes by moments alone has no days."""
    lots = {_lot_of(place).pk for place, _period in wanted}
    start, end = (
        min(_day(period.start - _rest_of(place)) for place, period in wanted),
        max(_day(period.end + _rest_of(place)) for place, period in wanted),
    )
    sold = (
        permits.filter(lot__in=lots, valid_from__lte=end, valid_before__gt=start)
        .order_by()
        .values_list("lot", "permit_type", "valid_from", "valid_before", "starts_at", "ends_at")
        .annotate(n=Count("pk"))
    )
    blocked = (
        LotBlock.objects.rewrite(False)  # modeltranslation mixes up the columns otherwise
        .filter(lot__in=lots, starts_at__lt=end_of_day(end), ends_at__gt=start_of_day(start))
        .order_by()
        .annotate(no_type=NO_TYPE, first=NO_DAY, before=NO_DAY)
        .values_list("lot", "no_type", "first", "before", "starts_at", "ends_at")
        .annotate(n=Sum(Coalesce("spaces", "lot__spaces")))
    )
    renewing = (
        PermitTerm.objects.filter(
            state=PermitTerm.State.DUE,
            permit__lot__in=lots,
            permit__valid_before__lt=F("ends_before"),
            ends_before__gt=start,
        )
        .order_by()
        .annotate(from_moment=NO_MOMENT, until_moment=NO_MOMENT)
        .values_list(
            "permit__lot", "permit__permit_type", "permit__valid_before", "ends_before", "from_moment", "until_moment"
        )
        .annotate(n=Count("pk"))
    )
    offered = (
        WaitlistOffer.objects.live()
        .filter(permit_type__lot__in=lots, valid_from__lte=end, valid_before__gt=start)
        .order_by()
        .annotate(from_moment=NO_MOMENT, until_moment=NO_MOMENT)
        .values_list("permit_type__lot", "permit_type", "valid_from", "valid_before", "from_moment", "until_moment")
        .annotate(n=Count("pk"))
    )
    uses: dict[int, list[Use]] = defaultdict(list)
    for lot, permit_type, first, before, starts_at, ends_at, n in sold.union(blocked, renewing, offered, all=True):
        uses[lot].append(Use(permit_type, Period(starts_at or first, ends_at or before), n))
    return uses


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
        moment = (day if isinstance(day, datetime) else start_of_day(day)).astimezone(UTC)
        self[day] = moment
        return moment


def _rest_of(place: Place) -> timedelta:
    return timedelta(minutes=place.buffer_minutes if isinstance(place, PermitType) else 0)


def _lot_of(place: Place) -> Lot:
    return place if isinstance(place, Lot) else place.lot


def _day(day: date) -> date:
    return today(day) if isinstance(day, datetime) else day
