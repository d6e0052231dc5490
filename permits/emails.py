"""The messages of permits."""

from django.conf import settings
from django.urls import reverse

from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail_to
from permits.cancellation import CancelQuote
from permits.models import Permit


def send_hold_lapsed(permit: Permit) -> None:
    """The place is free again; it can be reserved anew."""
    queue_mail_to(
        permit.holder,
        MailKind.HOLD_LAPSED,
        key=f"lapsed:{permit.code}:{permit.held_until:%Y%m%d%H%M%S}",
        context={"permit": permit, "action_url": settings.BASE_URL + reverse("permits:list")},
    )


def send_permit_cancelled(permit: Permit, quote: CancelQuote) -> None:
    """Its holder gave it up; what comes back, and where to."""
    queue_mail_to(
        permit.holder,
        MailKind.PERMIT_CANCELLED,
        key=f"cancelled:{permit.code}",
        context={
            "permit": permit,
            "parts": quote.parts,
            "paid": quote.paid,
            "fee": quote.back.fee,
            "lines": [(part.where, part.amount) for part in quote.parts],
            "total": quote.amount,
            "action_url": settings.BASE_URL + reverse("permits:detail", args=[permit.code]),
        },
    )


def send_permit_expires(permit: Permit) -> None:
    """It ends soon; the lots show what can be had next."""
    queue_mail_to(
        permit.holder,
        MailKind.PERMIT_EXPIRES,
        key=f"expires:{permit.code}:{permit.valid_before:%Y%m%d}",
        context={"permit": permit, "action_url": settings.BASE_URL + reverse("permits:list")},
    )
