"""Book a visitor's plate with hours, and end the booking: a temporary permit that hours pay instead of money."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import DAY, Period, as_moment, today
from opscom.lib.money import ZERO
from opscom.lib.office import office
from opscom.lib.states import change_state
from payments.services.charges import lock_charges
from permits.errors import PermitRefused
from permits.models import HourEntry, Lot, Permit, PermitType, VisitorPlate
from permits.models.lot import Keys
from permits.rates import days_of
from permits.services.activation import activate_permit
from permits.services.creation import create_permit, set_period
from permits.services.moments import asked_for, check_period, lock_type
from permits.services.renewal import note
from permits.services.reserve import release_lapsed_holds, take_place
from permits.services.sale import check_sale
from permits.services.tags import drop_tags_of
from permits.services.temporary import same_hold, temporary_types
from permits.services.visitors.wallet import give_back_minutes, lock_blocks, spread_minutes
from permits.services.yearly import check_days
from vehicles.models import Vehicle

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Ended:
    """What became of a booking: whether it was still to come, and how many minutes can be parked again."""

    cancelled: bool
    minutes: int


def visitor_types(lots: QuerySet[Lot]) -> QuerySet[PermitType]:
    """The temporary permits of these lots that hours pay."""
    return temporary_types(lots).filter(takes_hours=True).prefetch_related(None)


def minutes_of(period: Period) -> int:
    """How many minutes of the wallet a booking takes: its real ones, whatever the clocks do, or a pass for each day begun."""
    if office().visitor_passes:
        return DAY * sum(1 for _day in days_of(as_moment(period.start), as_moment(period.end)))
    return int((as_moment(period.end).timestamp() - as_moment(period.start).timestamp()) // 60)


def book_visit(
    user: User,
    *,
    permit_type: PermitType,
    vehicle: Vehicle,
    period: Period,
    keys: Keys | None = None,
    at: datetime | None = None,
) -> Permit:
    """Take a place for a visitor and the hours for it; it is valid at once. The same again answers the same booking. LotFull,
    PermitRefused. Needs `lot` of the permit type."""
    at = at or timezone.now()
    release_lapsed_holds(at=at, holder=user)
    return take_place(permit_type.lot, partial(_book, user, permit_type.pk, vehicle, period, keys or {}, at), at=at)


@transaction.atomic
def _book(user: User, type_pk: int, vehicle: Vehicle, period: Period, keys: Keys, at: datetime) -> Permit:
    blocks = lock_blocks(user)
    permit_type = lock_type(type_pk)
    if same := _same_again(user, permit_type, vehicle, period):
        return same
    if not permit_type.takes_hours:
        raise PermitRefused(
            _("Visitor hours do not hold there. Look at the lots on the Visitors page."), code="no-hours"
        )
    same_hold(user, vehicle, permit_type, period)
    check_period(permit_type, period, at)
    check_days(user, permit_type=permit_type, vehicle=vehicle, period=period)
    chosen = {vehicle.pk}
    check_sale(asked_for(user, permit_type, period, keys=keys, owned=chosen, chosen=chosen, at=at))
    parts = spread_minutes(blocks, minutes_of(period), on=today(as_moment(period.start)))
    permit = create_permit(
        user,
        permit_type=permit_type,
        vehicles=[vehicle],
        period=period,
        amount=ZERO,
        hours=parts[0][0].charge,
        held_until=at,
        at=at,
    )
    HourEntry.objects.bulk_create(
        HourEntry(block=block, permit=permit, minutes=-minutes, at=at, by=user) for block, minutes in parts
    )
    activate_permit(permit, by=user, at=at)
    return permit


@transaction.atomic
def end_visit(permit: Permit, *, by: User, reason: str = "", at: datetime | None = None) -> Ended:
    """Give a booking up, or end it for the office's `reason`: all its hours come back before it begins; afterwards those from
    the next full step of the clock on, and the place is free from then. PermitRefused where nothing is left of it."""
    at = at or timezone.now()
    lock_charges(permit.hours.values_list("block__charge", flat=True))
    permit = Permit.objects.select_for_update(of=("self",)).get(pk=permit.pk)
    if not permit.on_hours or permit.state != Permit.State.ACTIVE or permit.is_over(at):
        raise PermitRefused(_("This visit is over already. There is nothing to end."), code="over")
    if not permit.has_begun(at):
        change_state(permit, "cancel", by=by, at=at, reason=reason)
        drop_tags_of(permit, by=by, at=at)
        return Ended(True, give_back_minutes(permit, _minutes_taken(permit), by=by, at=at))
    end = _next_step(at)
    if end >= as_moment(permit.period.end):
        raise PermitRefused(_("This visit ends in a moment. There is nothing to give back."), code="over")
    set_period(permit, Period(permit.period.start, end))
    permit.save(update_fields=["valid_from", "valid_before", "starts_at", "ends_at"])
    drop_tags_of(permit, by=by, at=at)
    note(permit, f"ended early: {reason}"[:250] if reason else "ended early", at=at, by=by)
    rest = max(0, _minutes_taken(permit) - minutes_of(permit.period))
    return Ended(False, give_back_minutes(permit, rest, by=by, at=at))


def keep_plate(user: User, vehicle: Vehicle, *, name: str) -> VisitorPlate:
    """Remember a visitor's plate under a name; a name given later replaces it."""
    return VisitorPlate.objects.update_or_create(user=user, vehicle=vehicle, defaults={"name": name})[0]


def _same_again(user: User, permit_type: PermitType, vehicle: Vehicle, period: Period) -> Permit | None:
    mine = Permit.objects.for_user(user).filter(on_hours=True, state=Permit.State.ACTIVE, permit_type=permit_type)
    return mine.filter(
        starts_at=as_moment(period.start), ends_at=as_moment(period.end), plates__vehicle=vehicle
    ).first()


def _minutes_taken(permit: Permit) -> int:
    """What the booking has cost, by whatever rule held then."""
    return -int(permit.hours.aggregate(n=Sum("minutes"))["n"] or 0)


def _next_step(at: datetime) -> datetime:
    """The next moment at which a temporary permit may end."""
    step, local = office().temporary_step * MINUTE, timezone.localtime(at)
    past = timedelta(minutes=local.minute % (step // MINUTE), seconds=local.second, microseconds=local.microsecond)
    return at + (step - past if past else past)
