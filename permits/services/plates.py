"""The plates of a permit after it was bought: put on, taken off, exchanged. What was on it at any moment stays known."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from opscom.lib.dates import Period, start_of_day, today
from opscom.lib.office import office
from opscom.lib.sentences import spell
from opscom.lib.work import hint
from permits.errors import PermitRefused
from permits.models import Lot, Permit, PermitVehicle
from permits.services.conflicts import lock_person, refuse_second_permit
from permits.services.fees import Fee, charge_fee
from permits.services.renewal import note
from permits.services.yearly import check_days_of_plates
from vehicles.models import Vehicle, VehicleOwner


@transaction.atomic
def change_plates(permit: Permit, *, vehicles: Sequence[Vehicle], by: User, at: datetime | None = None) -> Permit:
    """From this moment on the permit has these plates. What it had already may stay; what is new is an active vehicle of its
    holder, within the office's limits or for its fee. PermitRefused."""
    at = at or timezone.now()
    permit = lock_changeable(permit, at)
    links = PermitVehicle.every.own().filter(permit=permit, until_at=None).select_related("vehicle")
    before, wanted = {link.vehicle_id: link for link in links}, {vehicle.pk: vehicle for vehicle in vehicles}
    added = [vehicle for pk, vehicle in wanted.items() if pk not in before]
    removed = [link for pk, link in before.items() if pk not in wanted]
    if not added and not removed:
        return permit
    further = _check(permit, len(wanted), added, at)
    if added:
        start = permit.starts_at or max(permit.valid_from, today(at))
        rest = Period(start, permit.period.end)
        lock_person(permit.holder_id)
        refuse_second_permit(permit.holder, added, lot=permit.lot, period=rest, apart_from=permit)
        check_days_of_plates(permit, added, start=at)
    PermitVehicle.every.filter(pk__in=[link.pk for link in removed]).update(until_at=at)
    PermitVehicle.objects.bulk_create(PermitVehicle(permit=permit, vehicle=vehicle, from_at=at) for vehicle in added)
    signs = [f"+{vehicle.plate}" for vehicle in added] + [f"-{link.vehicle.plate}" for link in removed]
    note(permit, spell("plates %(signs)s", signs=" ".join(signs)), at=at, by=by)
    if permit.state == Permit.State.ACTIVE:  # who may still let the hold lapse chooses what to buy
        charge_fee(permit, Fee.PLATES, amount=office().plate_fee * further, at=at)
    draw_anew(permit)
    return permit


def plates_left(permit: Permit, *, at: datetime | None = None) -> int:
    """How many plates may still be put on it this month. What it was bought with does not count."""
    month = start_of_day(today(at).replace(day=1))
    put_on = PermitVehicle.every.own().filter(permit=permit, from_at__gte=month, from_at__gt=permit.reserved_at)
    return max(0, office().plate_changes - put_on.count())


def is_changeable(permit: Permit, *, at: datetime | None = None) -> bool:
    """It is held or paid, and not over."""
    return permit.state in (Permit.State.HELD, Permit.State.ACTIVE) and permit.valid_before > today(at)


def lock_changeable(permit: Permit, at: datetime) -> Permit:
    """The permit, locked; after its lot where it goes by moments, whose days of a year are counted. PermitRefused where
    nothing of it can be changed any more."""
    if permit.starts_at:
        Lot.objects.select_for_update(of=("self",)).get(pk=permit.lot_id)
    permits = Permit.objects.select_for_update(of=("self",)).select_related("holder", "lot", "permit_type")
    permit = permits.get(pk=permit.pk)
    if not is_changeable(permit, at=at):
        raise PermitRefused(_("This permit is over, so its plates stay as they were. Reserve a new one."), code="over")
    return permit


def draw_anew(permit: Permit) -> None:
    """Its file is made anew before its holder asks for it."""
    from permits.tasks import prepare_permit_pdf

    if permit.state == Permit.State.ACTIVE and permit.provisional_before is None:
        hint(prepare_permit_pdf, permit_id=permit.pk)


def permits_with(link: VehicleOwner) -> list[str]:
    """What a person hears before turning a vehicle off: the permits that they have for it."""
    permits = Permit.objects.for_user(link.user_id).filter(
        state__in=Permit.UNRELEASED, valid_before__gt=today(), plates__vehicle=link.vehicle_id, plates__until_at=None
    )
    return [
        _("Permit %(number)s, %(lot)s, until %(day)s")
        % {"number": permit.number, "lot": permit.lot.name, "day": date_format(permit.last_day)}
        for permit in permits.select_related("lot").order_by("valid_before", "pk")
    ]


def _check(permit: Permit, wanted: int, added: Sequence[Vehicle], at: datetime) -> int:
    """How many of the added plates are more than the free ones, each for the office's fee. PermitRefused."""
    if not wanted:
        raise PermitRefused(
            _("A permit keeps at least one plate. To give the permit up, use Cancel Permit."), code="last-plate"
        )
    owned = VehicleOwner.objects.filter(user=permit.holder_id, active=True, vehicle__in=added)
    if owned.count() != len(added):
        raise PermitRefused(_("Choose one of your active vehicles."), code="not-your-vehicle")
    check_number(wanted)
    left = plates_left(permit, at=at)
    if len(added) > left and not office().plate_fee:
        raise PermitRefused(
            ngettext(
                "You can put %(n)s more plate on this permit this month. The office helps with others.",
                "You can put %(n)s more plates on this permit this month. The office helps with others.",
                left,
            )
            % {"n": left},
            code="too-often",
        )
    return max(0, len(added) - left)


def check_number(wanted: int) -> None:
    """PermitRefused for more plates than one permit may have."""
    most = office().permit_plates
    if wanted > most:
        raise PermitRefused(
            ngettext(
                "A permit has at most %(n)s plate. Leave the others out.",
                "A permit has at most %(n)s plates. Leave the others out.",
                most,
            )
            % {"n": most},
            code="too-many",
        )
