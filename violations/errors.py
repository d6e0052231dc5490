"""Refusals of tickets."""

from opscom.lib.errors import PortalError


class TicketNotFound(PortalError):
    """No ticket with this number and PIN: one answer for an unknown number and a wrong PIN."""

    code = "not-found"


class LookupLocked(PortalError):
    """Too many wrong tries."""

    code = "locked"


class TicketDoubted(PortalError):
    """Something speaks against this ticket; who writes it anyway says so. `doubts` are sentences."""

    code = "doubted"

    def __init__(self, doubts: list[str]) -> None:
        super().__init__(" ".join(doubts))
        self.doubts = doubts


class ViolationRefused(PortalError):
    """The office cannot do that to this ticket."""


class AppealRefused(PortalError):
    """The ticket cannot be appealed, or the appeal cannot be changed that way; the message says what can be done."""


class PlateCodeRefused(PortalError):
    """The code does not open the plate's tickets, or none is sent now."""
