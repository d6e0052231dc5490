"""What other apps have to say of a vehicle before its driver turns it off. They stand above this one, so they come and tell."""

from collections.abc import Callable

from vehicles.models import VehicleOwner

_tellers: list[Callable[[VehicleOwner], list[str]]] = []


def register(teller: Callable[[VehicleOwner], list[str]]) -> None:
    """Called once from `AppConfig.ready()`; answers in words what a person has for that vehicle."""
    _tellers.append(teller)


def uses_of(link: VehicleOwner) -> list[str]:
    """Everything that this person has for the vehicle."""
    return [use for teller in _tellers for use in teller(link)]
