"""Who wants no texts."""

from datetime import datetime

from django.db import transaction

from accounts.models import TextMessage, TextOptOut


def is_opted_out(number: str) -> bool:
    """Whether nothing may be sent to that number now."""
    return TextOptOut.objects.filter(number=number, until=None).exists()


@transaction.atomic
def opt_out(number: str, *, source: str = TextOptOut.Source.TEXT, at: datetime) -> bool:
    """Send nothing to that number any more, not even what waits. False where that held already."""
    _row, new = TextOptOut.objects.get_or_create(number=number, until=None, defaults={"since": at, "source": source})
    TextMessage.objects.filter(number=number, state=TextMessage.State.QUEUED).update(state=TextMessage.State.DROPPED)
    return new


def opt_in(number: str, *, at: datetime) -> bool:
    """Texts may be sent again. False where they might before."""
    return bool(TextOptOut.objects.filter(number=number, until=None).update(until=at))
