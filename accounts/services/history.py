"""Write down what happens to an account."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from accounts.models import AccountEvent, User


def note_event(
    user: User, verb: AccountEvent.Verb, *, by: User | None = None, detail: str = "", at: datetime | None = None
) -> AccountEvent:
    """Append one line to the person's history; `by` is who did it, where that is known. Call it in the transaction of the
    change that it tells of."""
    return AccountEvent.objects.create(user=user, verb=verb, by=by, detail=detail[:250], at=at or timezone.now())


def note_events(events: Iterable[AccountEvent]) -> None:
    """Append many lines, of several people, at once."""
    AccountEvent.objects.bulk_create(events)
