"""Rows about offences and tickets."""

from violations.models.lookup import TicketLookup
from violations.models.offence import ClosedDay, EscalationStep, Offence, OffenceCategory, RepeatAmount
from violations.models.series import TicketSeries
from violations.models.violation import LateFee, Violation, ViolationEvent, ViolationPhoto

__all__ = [
    "ClosedDay",
    "EscalationStep",
    "LateFee",
    "Offence",
    "OffenceCategory",
    "RepeatAmount",
    "TicketLookup",
    "TicketSeries",
    "Violation",
    "ViolationEvent",
    "ViolationPhoto",
]
