"""When a ticket's clock stands."""

from violations.clock import Pause
from violations.models import Violation


def pauses_of(violation: Violation) -> tuple[Pause, ...]:
    """The spans in which appeals keep it standing."""
    return ()
