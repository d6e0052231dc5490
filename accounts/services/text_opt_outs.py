"""Who wants no texts."""

from datetime import datetime

from django.db import transaction

from accounts.models import AccountEvent, TextMessage, TextOptOut
from accounts.services.history import note_event
from accounts.services.phones import owner_of_number


def is_opted_out(number: str) -> bool:
    """Whether nothing may be sent to that number now."""
    return TextOptOut.objects.filter(number=number, until=None).exists()


@transaction.atomic
def opt_out(number: str, *, source: str = TextOptOut.Source.TEXT, at: datetime) -> bool:
    """Send nothing to that number any more, not even what waits. False where that held already."""
    _row, new = TextOptOut.objects.get_or_create(number=number, until=None, defaults={"since": at, "source": source})
    if new:
        _note(number, AccountEvent.Verb.TEXTS_OFF, at)
    TextMessage.objects.filter(number=number, state=TextMessage.State.QUEUED).update(state=TextMessage.State.DROPPED)
    return new


@transaction.atomic
def opt_in(number: str, *, at: datetime) -> bool:
    """Texts may be sent again. False where they might before."""
    ended = bool(TextOptOut.objects.filter(number=number, until=None).update(until=at))
    if ended:
        _note(number, AccountEvent.Verb.TEXTS_ON, at)
    return ended


def _note(number: str, verb: AccountEvent.Verb, at: datetime) -> None:
    owner = owner_of_number(number)
    if owner is not None:
        note_event(owner, verb, at=at)
