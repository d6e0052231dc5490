"""Refusals of permits."""

from opscom.lib.errors import PortalError


class PermitRefused(PortalError):
    """The permit cannot be had; the message says why and what to do."""


class LotFull(PermitRefused):
    """Somebody else has the last place."""

    code = "full"
