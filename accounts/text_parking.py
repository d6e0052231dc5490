"""What the profile tells of parking by text. The app that sells it stands above this one, so it comes and tells."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import User


@dataclass(frozen=True)
class Subscription:
    """Whether a card pays what the person texts for; `problem` says why none does, and what to do."""

    problem: str = ""

    @property
    def active(self) -> bool:
        """ParkMe will work, as far as cards go."""
        return not self.problem


Teller = Callable[[User], Subscription | None]
_tellers: list[Teller] = []


def register_parking(teller: Teller) -> None:
    """Called once from `AppConfig.ready()`. The teller answers None where the person is not offered parking by text."""
    _tellers[:] = [teller]


def subscription_of(user: User) -> Subscription | None:
    """What holds for this person."""
    return _tellers[0](user) if _tellers else None
