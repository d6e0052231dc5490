"""Is this plate covered here now, until when, and why not? One query, whatever the office has sold."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.translation import get_language
from modeltranslation.utils import build_localized_fieldname

from accounts.models import User
from opscom.lib.dates import as_moment, today
from opscom.lib.office import office
from opscom.lib.prepared import prepared
from opscom.lib.weektimes import times_end
from permits.models import Lot, LotCover, Permit, PermitVehicle, PlateCheck, PlateToken
from permits.plate_debts import owes_tickets
from vehicles.models import Vehicle, look_in_sql
from vehicles.plates import look_of, normalise_plate

Verdict = PlateCheck.Verdict
LOOKED_BACK = timedelta(days=30)  # a permit that ended before is nothing to tell on the lot
NAMES = ["name", *(build_localized_fieldname("name", code) for code, _name in settings.LANGUAGES)]
READ = [  # all that is said of a permit: every column more costs time in the process that asks
    "from_at",
    "until_at",
    *(f"vehicle__{name}" for name in ("plate", "region")),
    *(
        f"permit__{name}"
        for name in (
            "number",
            "state",
            "valid_from",
            "valid_before",
            "starts_at",
            "ends_at",
            "held_until",
            "provisional_before",
        )
    ),
    *(f"permit__lot__{name}" for name in ("code", *NAMES)),
    "permit__lot__group__shared",
    *(f"permit__permit_type__{name}" for name in (*NAMES, "valid_times")),
]
# What is said where several permits name the plate: the first of these, (verdict, whether in this lot).
ORDER = [
    (Verdict.COVERED, True),
    (Verdict.UNPAID, True),
    (Verdict.SUSPENDED, True),
    (Verdict.OFF_HOURS, True),
    (Verdict.ELSEWHERE, False),
    (Verdict.LATER, True),
    (Verdict.EXPIRED, True),
    (Verdict.UNPAID, False),
    (Verdict.SUSPENDED, False),
    (Verdict.LATER, False),
    (Verdict.EXPIRED, False),
]


@dataclass(frozen=True)
class OtherPlate:
    """When and where another plate of the same permit was checked, of which only one may be parked at a time."""

    at: datetime
    lot: str


@dataclass(frozen=True)
class Answer:
    """What is known of a plate at a moment. `permit` (with lot and type) is the one that decided, from `starts` until before
    `ends`; `grace_until` is set where it has ended, but counts a little longer, and `times_end` where the lot needs no permit
    now, or is closed to everybody; `in_debt` says that it needs none but of plates with unpaid tickets, like this one. `alike` are plates with a permit that are
    easily mistaken for this one: a hint to look again, nothing more."""

    at: datetime
    plate: str
    region: str
    lot: Lot | None
    verdict: PlateCheck.Verdict
    permit: Permit | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    grace_until: datetime | None = None
    other: OtherPlate | None = None
    alike: tuple[Vehicle, ...] = ()
    times_end: datetime | None = None
    in_debt: bool = False

    @property
    def until(self) -> datetime | None:
        """When the verdict is over: the times of the lot where they decide, else the permit."""
        return self.times_end or self.ends

    @property
    def covered(self) -> bool:
        """It may stand here now."""
        return self.verdict in (Verdict.COVERED, Verdict.FREE)


Ranked = tuple[tuple[int, bool, float], Answer]


def check_plate(plate: str, *, region: str = "", lot: Lot | None = None, at: datetime | None = None) -> Answer:
    """What the office knows of this plate, in this lot or (None) in any, at that moment (now, if none is given). Without a
    region, plates of every province and state are this one. One query."""
    at, plate = at or timezone.now(), normalise_plate(plate)
    rows = _rows(
        look_of(plate),
        plate,
        lot,
        today(at - LOOKED_BACK),
        at,
        at - timedelta(minutes=office().plate_other_minutes),
    )
    ours = [row for row in rows if _is_it(row.vehicle, plate, region)]
    judged = (_judge(row, plate=plate, region=region, lot=lot, at=at) for row in ours)
    found = min(filter(None, judged), key=lambda ranked: ranked[0], default=None)
    if found:
        return _by_lot(found[1])
    alike = {row.vehicle_id: row.vehicle for row in rows if row not in ours}
    return _by_lot(Answer(at, plate, region, lot, Verdict.UNKNOWN, alike=tuple(alike.values())))


def _by_lot(answer: Answer) -> Answer:
    """The answer as the times of the lot leave it: closed to everybody, or free to whoever is not covered, but for plates that
    owe tickets where the office wants it so; then it is a query more."""
    if answer.lot is None:
        return answer
    if ends := times_end(answer.lot.closed_times, answer.at):
        return replace(answer, verdict=Verdict.CLOSED, times_end=ends, grace_until=None, other=None)
    free = None if answer.covered else answer_if_free(answer)
    if free and answer.lot.free_without_debts and owes_tickets(answer.plate, answer.region):
        return replace(answer, in_debt=True)
    return free or answer


def answer_if_free(answer: Answer) -> Answer | None:
    """What holds where the lot needs no permit at that moment, and is not closed, whatever the plate owes."""
    if answer.lot is None or answer.verdict == Verdict.CLOSED:
        return None
    ends = times_end(answer.lot.free_times, answer.at)
    return replace(answer, verdict=Verdict.FREE, times_end=ends, other=None) if ends else None


def record_check(answer: Answer, *, by: User | None = None, token: PlateToken | None = None) -> PlateCheck:
    """Write down that somebody looked, and what they were told."""
    return PlateCheck.objects.create(
        at=answer.at,
        plate=answer.plate,
        region=answer.region,
        lot_id=answer.lot.pk if answer.lot else None,
        verdict=answer.verdict,
        other_plate=answer.other is not None,
        permit_id=answer.permit.pk if answer.permit else None,
        by=by,
        token=token,
    )


@prepared
def _rows(look: str, plate: str, lot: Lot | None, since: date, at: datetime, after: datetime) -> QuerySet[Any]:
    """Plates of permits that have this look, of permits that ended `since` or later, each with its permit, whether that holds
    in the lot though it is for another one, and the newest check of another plate of it `after` that moment."""
    covers = LotCover.objects.none() if lot is None else LotCover.objects.filter(lot=OuterRef("permit__lot"), also=lot)
    others = (
        PlateCheck.objects.filter(permit=OuterRef("permit"), at__gt=after, at__lte=at)
        .exclude(plate=plate)
        .order_by("-at")
    )
    name = build_localized_fieldname("name", get_language() or "en")
    lot_name = Coalesce(NullIf(F(f"lot__{name}"), Value("")), F("lot__name"), Value(""))
    vehicles = Vehicle.objects.alias(look=look_in_sql()).filter(look=look)
    return (
        PermitVehicle.every.filter(
            vehicle__in=vehicles,
            permit__state__in=Permit.UNRELEASED,
            permit__valid_before__gte=since,
        )
        .select_related("vehicle", "permit__lot__group", "permit__permit_type")
        .only(*READ)
        .order_by()
        .annotate(
            also_here=Exists(covers),
            other_at=Subquery(others.values("at")[:1]),
            other_lot=Subquery(others.values(found=lot_name)[:1]),
        )
    )


def _is_it(vehicle: Vehicle, plate: str, region: str) -> bool:
    return vehicle.plate == plate and region in ("", vehicle.region)


def _judge(row: Any, *, plate: str, region: str, lot: Lot | None, at: datetime) -> Ranked | None:
    """What one permit means for the plate, if anything, in the time in which both hold; ranked, the most telling first: of
    several alike the one that lasts longest or starts first, and grace comes last."""
    permit: Permit = row.permit
    starts, ends = max(as_moment(permit.period.start), row.from_at), as_moment(permit.period.end)
    ends = min(ends, row.until_at or ends)
    if permit.provisional_before:
        ends = min(ends, as_moment(permit.provisional_before))
    here = row.also_here or _is_here(permit.lot, lot)
    until = ends + timedelta(minutes=office().plate_grace_minutes) if here else ends
    verdict = _verdict(permit, here=here, starts=starts, until=until, at=at)
    if verdict is None or ends <= starts:
        return None
    covered = verdict == Verdict.COVERED
    other = OtherPlate(row.other_at, row.other_lot or "") if covered and row.other_at else None
    in_grace = until if covered and at >= ends else None
    answer = Answer(at, plate, region or row.vehicle.region, lot, verdict, permit, starts, ends, in_grace, other)
    sooner = starts.timestamp() if verdict == Verdict.LATER else -ends.timestamp()
    return (ORDER.index((verdict, here)), in_grace is not None, sooner), answer


def _verdict(
    permit: Permit, *, here: bool, starts: datetime, until: datetime, at: datetime
) -> PlateCheck.Verdict | None:
    active = permit.state == Permit.State.ACTIVE
    if not starts <= at < until:
        return (Verdict.LATER if at < starts else Verdict.EXPIRED) if active else None
    if active:
        return _in_time(permit, at) if here else Verdict.ELSEWHERE
    if permit.state == Permit.State.SUSPENDED:
        return Verdict.SUSPENDED
    held = permit.held_until is not None and permit.held_until > at
    return Verdict.UNPAID if held else None


def _in_time(permit: Permit, at: datetime) -> PlateCheck.Verdict:
    """Its type holds at that time of the week."""
    times = permit.permit_type.valid_times
    return Verdict.OFF_HOURS if times and times_end(times, at) is None else Verdict.COVERED


def _is_here(own: Lot, lot: Lot | None) -> bool:
    """A permit for `own` holds in `lot`: the same, or one of the group where the office says so."""
    shared = own.group is not None and own.group.shared
    return lot is None or own.pk == lot.pk or (shared and own.group_id == lot.group_id)
