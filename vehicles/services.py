"""The only code that writes vehicles and who drives them. Lock order: vehicle, then its drivers' links."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from vehicles.errors import VehicleRefused
from vehicles.models import PlateType, Vehicle, VehicleOwner

IDENTITY = ("plate", "region", "plate_type")
DETAILS = ("year", "make", "colour")


@transaction.atomic
def add_vehicle(user: User, *, vehicle: Vehicle, agreed_at: datetime | None = None) -> VehicleOwner:
    """Make this person a driver of the vehicle that `vehicle`, not saved yet, describes.

    A plate that is known already is the same vehicle: its details stay, nothing is said about who else drives it. The
    first driver of a vehicle becomes its primary one; tickets from before stay with whoever owes them, or with nobody.
    VehicleRefused where the person has it already.
    """
    identity = {name: getattr(vehicle, name) for name in IDENTITY}
    vehicle, _new = Vehicle.objects.get_or_create(
        **identity, defaults={name: getattr(vehicle, name) for name in DETAILS}
    )
    vehicle = Vehicle.objects.select_for_update().get(
        pk=vehicle.pk
    )  # two first drivers at once: one of them is primary
    link = VehicleOwner.objects.filter(user=user, vehicle=vehicle).first()
    if link:
        raise VehicleRefused(_already_there(link), code="known")
    first = not vehicle.owner_links.exists()
    return VehicleOwner.objects.create(
        user=user, vehicle=vehicle, primary=first, disclaimer_at=agreed_at or timezone.now()
    )


@transaction.atomic
def change_vehicle(link: VehicleOwner, *, changes: Vehicle) -> Vehicle:
    """Store year, make and colour; plate, province or state and type only where nothing else hangs on them.

    `changes` is a copy of the vehicle with the new values. VehicleRefused says why the plate has to stay.
    """
    vehicle = Vehicle.objects.select_for_update().get(pk=link.vehicle_id)
    identity_changed = any(getattr(vehicle, name) != getattr(changes, name) for name in IDENTITY)
    if identity_changed and (reason := reason_to_keep_plate(vehicle)):
        raise VehicleRefused(reason, code="plate-stays")
    for name in (*IDENTITY, *DETAILS):
        setattr(vehicle, name, getattr(changes, name))
    try:
        with transaction.atomic():
            vehicle.save(update_fields=[*IDENTITY, *DETAILS])
    except IntegrityError as error:
        raise VehicleRefused(
            _(
                "A vehicle with this plate is registered already. Use Add New Vehicle for it, and turn this one off with Active."
            ),
            code="plate-taken",
        ) from error
    return vehicle


def vehicle_by_plate(plate: str, *, region: str) -> Vehicle:
    """The vehicle with that normalised plate, whoever drives it; a new one that nobody drives here where there is none."""
    vehicle = Vehicle.objects.filter(plate=plate, region=region).order_by("pk").first()
    return vehicle or Vehicle.objects.get_or_create(plate=plate, region=region, plate_type=PlateType.PASSENGER)[0]


def set_active(link: VehicleOwner, *, active: bool) -> VehicleOwner:
    """Choose whether the person uses this vehicle now; only active ones are offered for a permit."""
    VehicleOwner.objects.filter(pk=link.pk).update(active=active)
    link.active = active
    return link


def reason_to_keep_plate(vehicle: Vehicle) -> str:
    """Why the plate cannot be changed by its driver, or nothing if it can."""
    if vehicle.owner_links.count() > 1:
        return _(
            "The plate stays, because this vehicle is on more than one account. For another plate use Add New Vehicle."
        )
    if is_referred_to(vehicle):
        return _("The plate stays, because a permit or a ticket names it. For another plate use Add New Vehicle.")
    return ""


def is_referred_to(vehicle: Vehicle) -> bool:
    """True where a row of any other app points at the vehicle; asked of the models, because those apps stand above this one."""
    relations = [
        relation
        for relation in Vehicle._meta.related_objects
        if relation.one_to_many and relation.related_model is not VehicleOwner
    ]
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: vehicle}).exists() for relation in relations
    )


def _already_there(link: VehicleOwner) -> str:
    if link.active:
        return _("%(plate)s is among your vehicles already. Use Edit to change its details.") % {"plate": link.vehicle}
    return _("%(plate)s is among your vehicles already, but inactive. Turn it on with Active.") % {
        "plate": link.vehicle
    }
