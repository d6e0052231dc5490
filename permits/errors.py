"""Refusals of permits."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opscom.lib.errors import PortalError


class PermitRefused(PortalError):
    """The permit cannot be had; the message says why and what to do."""


class LotFull(PermitRefused):
    """Somebody else has the last place."""

    code = "full"


# Why a permit is not renewed, or its renewal not paid, by the words that rows keep.
PROBLEMS: dict[str, str | Promise] = {
    "off": _("Permit Rollover is off for it."),
    "over": _("The permit has ended."),
    "closed-account": _("Its holder's account is closed."),
    "lot-closed": _("The lot does not sell this permit any more."),
    "no-price": _("The lot does not sell this permit any more."),
    "full": _("The lot is full in that month."),
    "number": _("Its number is somebody else's in that month."),
    "same-plate": _("The holder has another permit for the same plate in that month."),
    "needs-other": _("Its holder has not the other permit that it is sold with."),
    "not-your-window": _(
        "Its sales window does not sell to its holder's user type any more. Turn Permit Rollover off and renew the permit instead."
    ),
    "banned": _("Its holder gets no permits at present."),
    "fines": _("An overdue ticket is owed."),
    "no-card": _("No card is stored."),
    "expired": _("The card has expired."),
    "declined": _("The bank declined the card."),
    "soft": _("The bank declined the card."),
    "hard": _("The bank does not accept the card any more."),
    "authenticate": _("The bank wants the holder to confirm the payment."),
    "lapsed": _("It was not paid in time."),
}
