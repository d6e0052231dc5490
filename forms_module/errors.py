"""Refusals of forms."""

from opscom.lib.errors import PortalError


class FormRefused(PortalError):
    """The form cannot be opened, submitted, decided or published; the message says what can be done."""
