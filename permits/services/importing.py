"""Permits from an earlier system, written as they were sold there (`import_file` reads the file).

What was paid is an opening entry of the books (`payments.services.opening`), so that a refund or an exchange finds it. Places
are not counted: the permits exist. The earlier system's own key makes the same line once.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.dates import Period, written_period
from opscom.lib.errors import PortalError
from opscom.lib.states import change_state
from payments.models import Charge
from payments.services.opening import pay_from_earlier
from permits.errors import PermitRefused
from permits.models import Lot, Permit, PermitNumber, PermitType, PermitVehicle
from permits.models.permit import PermitEvent
from permits.services.conflicts import lock_person, refuse_second_permit
from permits.services.creation import KIND, next_serial, set_period
from permits.services.import_file import HOME, Row
from permits.services.numbers import free_numbers, take_number
from vehicles.models import Vehicle, VehicleOwner
from vehicles.services import vehicle_by_plate

HOLD = timedelta(minutes=10)


def import_rows(rows: Iterable[Row], *, by: User, at: datetime | None = None) -> None:
    """Write every permit that is not there yet, each whole or not at all; a line that is refused says why."""
    at = at or timezone.now()
    for row in rows:
        if row.is_new:
            try:
                _write(row, by=by, at=at)
            except PortalError as refusal:
                row.problem = str(refusal)
            except IntegrityError:
                row.problem = _("Somebody else entered this permit meanwhile. The same file again shows what is there.")


@transaction.atomic
def _write(row: Row, *, by: User, at: datetime) -> Permit:
    """One permit, paid. Its own rows are new, so that locking its lot before its payment blocks nobody."""
    user, permit_type, period = row.user, row.permit_type, row.period
    assert user and permit_type and period  # a row without a problem has them  # noqa: S101
    Lot.objects.select_for_update(of=("self",)).get(pk=permit_type.lot_id)
    others = Permit.objects.filter(holder=user, window=row.window, state__in=Permit.UNRELEASED)
    if row.window and others.count() >= permit_type.per_window:
        raise PermitRefused(_("The person has a permit of this sales window already."), code="has-one")
    permit = Permit(
        holder=user,
        lot=permit_type.lot,
        permit_type=permit_type,
        window=row.window,
        held_until=at + HOLD,
        reserved_at=at,
        serial=next_serial(permit_type),
        earlier_id=row.cells["id"],
    )
    set_period(permit, period)
    vehicles = [_vehicle(plate, row) for plate in row.plates]
    lock_person(user.pk)
    refuse_second_permit(user, vehicles, lot=permit_type.lot, period=period)
    permit.stock = _number(permit_type, row.cells["number"], period)
    permit.number = (
        permit.stock.number if permit.stock else row.cells["number"] or f"{permit_type.prefix}-{permit.serial}"
    )
    permit.charge = _charge(permit, row.paid, at)
    permit.save()
    PermitVehicle.objects.bulk_create(PermitVehicle(permit=permit, vehicle=vehicle, from_at=at) for vehicle in vehicles)
    PermitEvent.objects.create(permit=permit, at=at, by=by, to_state=permit.state, reason="imported")
    pay_from_earlier(permit.charge, key=f"permit:{permit.earlier_id}"[:60], by=by, at=at)
    change_state(permit, "activate", by=by, at=at, reason="imported", held_until=None)
    return permit


def _charge(permit: Permit, amount: Decimal, at: datetime) -> Charge:
    """What was paid for it, its taxes included: none is added."""
    with override(permit.holder.language):
        charge = Charge(
            kind=KIND,
            payer=permit.holder,
            amount=amount,
            description=_("Permit %(number)s, %(lot)s") % {"number": permit.number, "lot": permit.lot.name},
            detail=written_period(permit.period),
            link=reverse("permits:detail", args=[permit.code]),
            held_until=permit.held_until,
            created_at=at,
        )
    charge.save()
    return charge


def _number(permit_type: PermitType, wanted: str, period: Period) -> PermitNumber | None:
    """The number from stock that the person has in hand, or the lowest free one; none of a type without stock."""
    if not permit_type.numbered or not wanted:
        return take_number(permit_type, period) if permit_type.numbered else None
    found = free_numbers(permit_type, period).filter(number=wanted).first()
    if found is None:
        raise PermitRefused(
            _("This number is not free in the stock of the permit type. Add it there first."), code="stock"
        )
    return found


def _vehicle(plate: str, row: Row) -> Vehicle:
    """The vehicle with that plate, on the person's account."""
    vehicle = vehicle_by_plate(plate, region=row.cells["region"] or HOME)
    VehicleOwner.objects.get_or_create(user=row.user, vehicle=vehicle)
    return vehicle
