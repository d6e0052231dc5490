"""One ticket before it is written."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import User
from payments.models import Charge
from permits.models import Lot
from vehicles.models import Vehicle
from violations.models import Offence, Violation


@dataclass
class TicketPlan:
    """What a ticket will say, what becomes of it (`outcome`: paid, late, owed, promise, void, warning), and, once it is
    written, its rows."""

    issued_at: datetime
    lot: Lot
    offence: Offence
    officer: User
    location: str = ""
    outcome: str = "owed"
    notes: str = ""
    reason: str = ""
    guest_email: str = ""
    payer: User | None = None
    vehicle: Vehicle | None = None
    car: dict[str, Any] = field(default_factory=dict)
    paid_at: datetime | None = None
    cash: bool = False
    received_as: str = "cash"
    number: str = ""
    pin: str = ""
    violation: Violation | None = None
    charge: Charge | None = None

    def fields(self) -> dict[str, Any]:
        """The columns of the ticket's row that the officer fills in."""
        car = self.car or car_of(self.vehicle)
        paper = {
            "number": self.number,
            "pin": self.pin,
            "issued_at": self.issued_at,
            "lot": self.lot,
            "location": self.location,
        }
        return {
            **paper,
            **car,
            "offence": self.offence,
            "amount": self.offence.amount,
            "officer": self.officer,
            "notes": self.notes,
        }

    def settled_at(self) -> datetime:
        """When it is paid; only for those that are."""
        assert self.paid_at is not None  # noqa: S101 (the planner has seen to it)
        return self.paid_at

    def made(self) -> Violation:
        """The ticket, which is written by now."""
        assert self.violation is not None  # noqa: S101 (steps run in the order of time)
        return self.violation

    def owed(self) -> Charge:
        """What is owed for it."""
        assert self.charge is not None  # noqa: S101 (steps run in the order of time)
        return self.charge


def car_of(vehicle: Vehicle | None) -> dict[str, Any]:
    """What an officer writes down of a registered vehicle."""
    if vehicle is None:
        return {}
    return {
        "plate": vehicle.plate,
        "plate_region": vehicle.region,
        "plate_type": vehicle.plate_type,
        "make": vehicle.make,
        "colour": vehicle.colour,
    }
