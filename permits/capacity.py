"""Free places, counted from rows. Never a stored counter (RULES 1, 4).

free = spaces − the most that are taken at any one moment of the wanted period, where taken are paid permits, holds, months
that a permit with Permit Rollover is about to pay, and the office's own blocks.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, QuerySet, Sum

from permits.models import Lot, LotBlock, Permit, PermitTerm


@dataclass(frozen=True)
class Period:
    """Days from `start` until before `end`."""

    start: date
    end: date


@dataclass(frozen=True)
class Occupancy:
    """How full a lot is at the fullest moment of a period, in spaces."""

    spaces: int
    taken: int

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


def occupancies(wanted: Iterable[tuple[Lot, Period]], at: datetime) -> dict[tuple[int, Period], Occupancy]:
    """Occupancy of each (lot key, period) to show, in one query however many are asked for. Lapsed holds are left out:
    whoever wants their place gets it."""
    return _count(list(wanted), Permit.objects.taking_space(at))


def occupancy(lot: Lot, period: Period) -> Occupancy:
    """Occupancy of one lot for whoever sells a place, with the lot's row locked (RULES 3). A hold counts until it is
    released, lapsed or not: a payment that comes before that still gets the place."""
    unreleased = Permit.objects.filter(state__in=Permit.UNRELEASED)
    return _count([(lot, period)], unreleased)[lot.pk, period]


def _count(wanted: list[tuple[Lot, Period]], permits: QuerySet[Permit]) -> dict[tuple[int, Period], Occupancy]:
    uses = _uses(wanted, permits) if wanted else {}
    return {(lot.pk, period): Occupancy(lot.spaces, _peak(uses.get(lot.pk, []), period)) for lot, period in wanted}


def _uses(wanted: list[tuple[Lot, Period]], permits: QuerySet[Permit]) -> dict[int, list[tuple[Period, int]]]:
    """Spaces in use as (period, how many), grouped by the database: few rows, however many permits."""
    lots = {lot.pk for lot, _period in wanted}
    start, end = min(period.start for _lot, period in wanted), max(period.end for _lot, period in wanted)
    sold = (
        permits.filter(lot__in=lots, valid_from__lt=end, valid_before__gt=start)
        .order_by()
        .values_list("lot", "valid_from", "valid_before")
        .annotate(n=Count("pk"))
    )
    blocks = LotBlock.objects.filter(lot__in=lots, starts_on__lt=end, ends_before__gt=start).order_by()
    blocked = blocks.values_list("lot", "starts_on", "ends_before").annotate(n=Sum("spaces"))
    renewing = (
        PermitTerm.objects.filter(
            state=PermitTerm.State.DUE,
            permit__lot__in=lots,
            permit__valid_before__lt=F("ends_before"),
            ends_before__gt=start,
        )
        .order_by()
        .values_list("permit__lot", "permit__valid_before", "ends_before")
        .annotate(n=Count("pk"))
    )
    uses: dict[int, list[tuple[Period, int]]] = defaultdict(list)
    for lot, first, before, n in sold.union(blocked, renewing, all=True):
        uses[lot].append((Period(first, before), n))
    return uses


def _peak(uses: list[tuple[Period, int]], wanted: Period) -> int:
    """The most spaces in use on any day of the wanted period. It can only rise on a day on which a use starts."""
    overlapping = [(use, n) for use, n in uses if use.start < wanted.end and use.end > wanted.start]
    starts = {max(use.start, wanted.start) for use, _n in overlapping}
    return max((sum(n for use, n in overlapping if use.start <= day < use.end) for day in starts), default=0)
