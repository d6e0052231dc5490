"""Refusals of lockers."""

from opscom.lib.errors import PortalError


class LockerRefused(PortalError):
    """The locker cannot be had; the message says why and what to do."""


class LockerTaken(LockerRefused):
    """Somebody else has it in these days."""

    code = "taken"
