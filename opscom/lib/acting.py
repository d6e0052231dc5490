"""Who acts for the person in whose name this request runs. Event rows read it, so that no service needs to be told."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_actor: ContextVar[int | None] = ContextVar("acting", default=None)


def current_actor() -> int | None:
    """The key of the user who acts for somebody else just now; None where everybody acts for themselves."""
    return _actor.get()


@contextmanager
def acting_as(actor: int | None) -> Iterator[None]:
    """Within this block that user acts for the person; None lifts it."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)
