"""Is this ticket real? The code on a ticket and its letters names it, signed; the answer says nothing that opens it."""

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from opscom.lib.codes import signature
from violations.models import Violation

SALT = "violations.ticket"
MARK = "T."


def verify_address(violation: Violation) -> str:
    """What the square code opens."""
    return settings.BASE_URL + reverse("verify", args=[ticket_token(violation.number)])


def ticket_token(number: str) -> str:
    """The number with a signature, such as T.TT-10133.K7M2Q9XA. The PIN has no part in it."""
    return f"{MARK}{number}.{signature(SALT, number, key=settings.SECRET_KEY)}"


def is_ticket_token(text: str) -> bool:
    """Whether that would be a ticket's code rather than a permit's or a receipt's."""
    return text.upper().startswith(MARK)


def find_signed(text: str) -> Violation | None:
    """The ticket, where the signature is ours; one query, and none for what we never signed."""
    number, _dot, signed = text.upper().removeprefix(MARK).rpartition(".")
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(constant_time_compare(signed, signature(SALT, number, key=key)) for key in keys):
        return None
    return Violation.objects.filter(number=number).select_related("lot", "charge").first()
