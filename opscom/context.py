"""What every page's frame needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.current import current_user
from opscom.lib.office import office as read_office
from payments.services.charges import count_to_pay


def office(request: HttpRequest) -> dict[str, Any]:
    """The office, whether this is a demo, whether it takes cards, and how many things the person has to pay."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {
        "office": read_office(),
        "demo": settings.DEMO,
        "takes_cards": settings.CARD_PROVIDER != "offline",
        "languages": settings.LANGUAGES,
        "to_pay": SimpleLazyObject(lambda: count_to_pay(current_user(request)) if signed_in else 0),
        "full_access": signed_in and user.profile_complete and not getattr(request, "second_factor_missing", False),  # type: ignore[union-attr]
    }
