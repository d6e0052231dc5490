"""How a stored webhook ends, and when one that does not end is tried again."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from opscom.lib.dealing import deal_with
from opscom.lib.work import hint
from payments.models import Payment, ProviderEvent

MOST_TRIES = 14
PATIENCE = timedelta(seconds=20)  # twice as much before each further try: the last one comes two days after the first


def due_events(*, at: datetime | None = None) -> QuerySet[ProviderEvent]:
    """Webhooks that wait and whose turn it is, oldest first."""
    due = Q(next_try_at=None) | Q(next_try_at__lte=at or timezone.now())
    return ProviderEvent.objects.filter(due, outcome=ProviderEvent.Outcome.RECEIVED).order_by("received_at")


def finish_event(
    event: ProviderEvent, outcome: str, *, note: str = "", payment: Payment | None = None
) -> ProviderEvent:
    """Done with, or set aside for staff."""
    event.outcome, event.note, event.payment = ProviderEvent.Outcome(outcome), note[:250], payment
    event.save(update_fields=["outcome", "note", "payment"])
    return event


def try_event_again(event: ProviderEvent, why: str) -> ProviderEvent:
    """The provider does not answer, or something broke: the sweep asks again, ever later, and gives up after two days."""
    event.next_try_at = timezone.now() + PATIENCE * 2**event.tries
    event.tries += 1
    event.note = why[:250]
    event.save(update_fields=["tries", "note", "next_try_at"])
    if event.tries >= MOST_TRIES:
        return finish_event(event, ProviderEvent.Outcome.QUARANTINED, note=event.note)
    return event


def retry_event(event: ProviderEvent, *, by: User, reason: str) -> bool:
    """Ask the provider again about one that was set aside. False where it is not set aside any more."""
    from payments.tasks import process_event

    back = (ProviderEvent.Outcome.QUARANTINED, ProviderEvent.Outcome.RECEIVED)
    if not deal_with(event, "outcome", back, by=by, reason=reason, tries=0, next_try_at=None):
        return False
    hint(process_event, event_id=event.pk)
    return True


def dismiss_event(event: ProviderEvent, *, by: User, reason: str) -> bool:
    """Nothing more is to be done about one that was set aside. False where it is not set aside any more."""
    done = (ProviderEvent.Outcome.QUARANTINED, ProviderEvent.Outcome.DEALT_WITH)
    return deal_with(event, "outcome", done, by=by, reason=reason)
