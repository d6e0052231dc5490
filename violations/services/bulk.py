"""Enter many tickets at once, from another system's file."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from payments.models import Charge
from vehicles.models import Vehicle, VehicleOwner
from violations.amounts import terms_to_json
from violations.models import Violation, ViolationEvent
from violations.services.issue import new_charge
from violations.services.numbering import give_pins
from violations.services.terms import imported_terms

Key = tuple[str, str, str]


@transaction.atomic
def enter_violations(
    violations: Sequence[Violation], *, reason: str, blocked: dict[str, str] | None = None, at: datetime | None = None
) -> None:
    """Save new tickets with their numbers and states: each owed one gets its charge, each its vehicle by plate, and the
    vehicle's primary driver as payer. `blocked` says by ticket number why a charge cannot be paid now. As many queries for a
    thousand as for one."""
    at, blocked = at or timezone.now(), blocked or {}
    give_pins(violations)
    vehicles = vehicles_of(violations)
    drivers = primary_drivers(vehicles.values())
    owed: list[Violation] = []
    for violation in violations:
        violation.vehicle = vehicles.get(_key(violation))
        violation.terms = terms_to_json(imported_terms(violation))
        if violation.state == Violation.State.OPEN:
            violation.charge = new_charge(violation, payer_id=drivers.get(violation.vehicle_id or 0))
            violation.charge.blocked = blocked.get(violation.number, "")
            owed.append(violation)
    Charge.objects.bulk_create([violation.charge for violation in owed if violation.charge])
    for violation in owed:
        violation.charge = violation.charge  # takes over the key that the charge has got
    Violation.objects.bulk_create(violations)
    ViolationEvent.objects.bulk_create(
        ViolationEvent(violation=violation, at=at, to_state=violation.state, reason=reason) for violation in violations
    )


def vehicles_of(violations: Iterable[Violation]) -> dict[Key, Vehicle]:
    """The registered vehicles that the tickets' plates name, by plate, region and plate type."""
    plates = {violation.plate for violation in violations if violation.plate}
    return {
        (vehicle.plate, vehicle.region, vehicle.plate_type): vehicle
        for vehicle in Vehicle.objects.filter(plate__in=plates)
    }


def primary_drivers(vehicles: Iterable[Vehicle]) -> dict[int, int]:
    """Who answers for each vehicle: the key of its primary driver by the vehicle's."""
    links = VehicleOwner.objects.filter(vehicle__in=list(vehicles), primary=True)
    return dict(links.values_list("vehicle_id", "user_id"))


def _key(violation: Violation) -> Key:
    return violation.plate, violation.plate_region, violation.plate_type
