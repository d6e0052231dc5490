"""Whether a plate owes tickets. The app that writes them registers who knows, and the plate check asks where a lot wants it."""

from collections.abc import Callable

Owes = Callable[[str, str], bool]
_known: list[Owes] = []


def register(owes: Owes) -> None:
    """Whom to ask, by plate and province or state ("" is any)."""
    if owes not in _known:
        _known.append(owes)


def owes_tickets(plate: str, region: str) -> bool:
    """Something is to be paid for a ticket of that plate."""
    return any(owes(plate, region) for owes in _known)
