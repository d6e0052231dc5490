"""Refusals and failures of the payments core."""

from opscom.lib.errors import PortalError


class PaymentRefused(PortalError):
    """The selection cannot be paid now; the message says why and what to do."""

    code = "refused"


class RefundRefused(PortalError):
    """It cannot be given back so; the message says why and what to do."""


class AlreadyPaid(PortalError):
    """An earlier attempt turned out to be paid; the page shows its receipt instead."""

    code = "already-paid"


class LockedPeriod(PaymentRefused):
    """The books of that day are closed; a correction is booked today."""

    code = "locked"


class ProviderUnreachable(Exception):
    """The card provider did not answer, or not clearly; nothing may be concluded from it."""


class BadSignature(Exception):
    """A webhook was not signed by the provider, or too long ago."""
