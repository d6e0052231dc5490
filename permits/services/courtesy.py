"""A courtesy car: another plate on a permit for some days, while the own car is being repaired. It reverts by itself."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from opscom.lib.dates import end_of_day, start_of_day, today
from opscom.lib.office import office
from opscom.lib.sentences import spell
from permits import emails
from permits.errors import PermitRefused
from permits.models import Permit, PermitVehicle
from permits.models.permit import PermitVehicleQuerySet
from permits.services.plates import lock_changeable
from permits.services.renewal import note
from permits.services.yearly import check_days_of_plates
from vehicles.services import vehicle_by_plate

YEAR = timedelta(days=365)


@transaction.atomic
def put_courtesy_car(
    permit: Permit, *, plate: str, region: str, first: date, last: date, by: User, at: datetime | None = None
) -> PermitVehicle:
    """Have the permit cover a normalised plate from the first through the last day, beside its own ones. PermitRefused."""
    at = at or timezone.now()
    permit = lock_changeable(permit, at)
    _check_days(permit, first, last, at)
    vehicle = vehicle_by_plate(plate, region=region)
    starts, ends = max(at, start_of_day(first)), end_of_day(last)
    links = PermitVehicle.every.filter(permit=permit)
    if links.own().in_force(at).filter(vehicle=vehicle).exists():
        raise PermitRefused(_("This plate is on the permit already. Nothing more is needed."), code="known")
    if links.courtesies().filter(from_at__lt=ends, until_at__gt=starts).exists():
        raise PermitRefused(
            _("There is a courtesy car in these days already. End it first, or choose other days."), code="overlap"
        )
    _check_times(permit, starts)
    check_days_of_plates(permit, [vehicle], start=starts, end=ends)
    link: PermitVehicle = links.create(permit=permit, vehicle=vehicle, from_at=starts, until_at=ends, courtesy=True)
    note(permit, spell("courtesy car %(plate)s", plate=vehicle.plate), at=at, by=by)
    emails.send_courtesy_car(permit, link, first=first, last=last)
    return link


@transaction.atomic
def end_courtesy_car(permit: Permit, *, link: int, by: User, at: datetime | None = None) -> None:
    """Take the courtesy car of that key off now. One that had not begun was none: it does not count."""
    at = at or timezone.now()
    permit = Permit.objects.select_for_update(of=("self",)).get(pk=permit.pk)
    car = courtesy_cars(permit, at=at).filter(pk=link).first()
    if car is None:
        raise PermitRefused(_("This courtesy car has ended already."), code="ended")
    car.until_at = max(at, car.from_at)
    car.save(update_fields=["until_at"])
    note(permit, spell("courtesy car ended %(plate)s", plate=car.vehicle.plate), at=at, by=by)


def courtesy_cars(permit: Permit, *, at: datetime | None = None) -> PermitVehicleQuerySet:
    """Those that it has now and later, the next one first."""
    coming = PermitVehicle.every.courtesies().filter(permit=permit, until_at__gt=at or timezone.now())
    return coming.select_related("vehicle").order_by("from_at")


def courtesy_left(permit: Permit, *, at: datetime | None = None) -> int:
    """How often within twelve months it may still have one that begins at that moment."""
    at = at or timezone.now()
    used = PermitVehicle.every.courtesies().filter(permit=permit, from_at__gt=at - YEAR)
    return max(0, office().courtesy_times - used.count())


def _check_days(permit: Permit, first: date, last: date, at: datetime) -> None:
    most = office().courtesy_days
    if not most:
        raise PermitRefused(_("The office does not offer courtesy cars. Change the plates instead."), code="off")
    if last < first:
        raise PermitRefused(_("The last day comes before the first one. Swap them."), code="backwards")
    if first < today(at):
        raise PermitRefused(_("The first day is over. Choose today or later."), code="past")
    if first < permit.valid_from or last > permit.last_day:
        raise PermitRefused(_("The permit is not valid on all of these days. Choose days within it."), code="outside")
    if (last - first).days + 1 > most:
        raise PermitRefused(
            ngettext(
                "A courtesy car stays for %(n)s day at most. Choose an earlier last day.",
                "A courtesy car stays for %(n)s days at most. Choose an earlier last day.",
                most,
            )
            % {"n": most},
            code="too-long",
        )


def _check_times(permit: Permit, starts: datetime) -> None:
    if not courtesy_left(permit, at=starts):
        most = office().courtesy_times
        raise PermitRefused(
            ngettext(
                "A permit may have a courtesy car once in twelve months. The office helps with another one.",
                "A permit may have a courtesy car %(n)s times in twelve months. The office helps with another one.",
                most,
            )
            % {"n": most},
            code="too-often",
        )
