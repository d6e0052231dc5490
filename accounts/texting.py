"""Who answers the texts that people send: one dialogue, registered by the app that has it."""

from collections.abc import Callable
from datetime import datetime

from accounts.models import TextMessage

Handler = Callable[[TextMessage, datetime], str]
_handlers: list[Handler] = []


def register_dialogue(handler: Handler) -> None:
    """Called once, from `AppConfig.ready()`. The handler is called with what came and when, in the language of the person
    (`message.user`, None for a number that is not one person's), inside the transaction that holds the lock of that pair of
    numbers; what it returns is the answer, "" is silence. It is called once for each text, however often that is delivered.
    Slow work waits for a `send_text` later."""
    _handlers[:] = [handler]


def answer_of(message: TextMessage, at: datetime) -> str:
    """What the dialogue says to a text; silence without one."""
    return _handlers[0](message, at) if _handlers else ""
