"""Refusals of tickets."""

from opscom.lib.errors import PortalError


class TicketNotFound(PortalError):
    """No ticket with this number and PIN: one answer for an unknown number and a wrong PIN."""

    code = "not-found"


class LookupLocked(PortalError):
    """Too many wrong tries."""

    code = "locked"


class ViolationRefused(PortalError):
    """The office cannot do that to this ticket."""
