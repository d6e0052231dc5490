"""Rows about offences and tickets."""

from violations.models.lookup import TicketLookup
from violations.models.offence import Offence, OffenceCategory
from violations.models.series import TicketSeries
from violations.models.violation import Violation, ViolationEvent, ViolationPhoto

__all__ = [
    "Offence",
    "OffenceCategory",
    "TicketLookup",
    "TicketSeries",
    "Violation",
    "ViolationEvent",
    "ViolationPhoto",
]
