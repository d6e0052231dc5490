"""Refusals of vehicles."""

from opscom.lib.errors import PortalError


class VehicleRefused(PortalError):
    """The vehicle cannot be added or changed so; the message says why and what to do."""
