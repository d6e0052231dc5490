"""Rows about offences and tickets."""

from violations.models.lookup import TicketLookup
from violations.models.offence import Offence, OffenceCategory
from violations.models.violation import Violation, ViolationEvent, ViolationPhoto

__all__ = ["Offence", "OffenceCategory", "TicketLookup", "Violation", "ViolationEvent", "ViolationPhoto"]
