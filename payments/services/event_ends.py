"""How a stored webhook ends."""

from payments.models import Payment, ProviderEvent

MOST_TRIES = 20


def finish_event(
    event: ProviderEvent, outcome: str, *, note: str = "", payment: Payment | None = None
) -> ProviderEvent:
    """Done with, or set aside for staff."""
    event.outcome, event.note, event.payment = ProviderEvent.Outcome(outcome), note[:250], payment
    event.save(update_fields=["outcome", "note", "payment"])
    return event


def try_event_again(event: ProviderEvent, why: str) -> ProviderEvent:
    """The provider does not answer, or something broke: the sweep asks again, and gives up in the end."""
    event.tries += 1
    event.note = why[:250]
    event.save(update_fields=["tries", "note"])
    if event.tries >= MOST_TRIES:
        return finish_event(event, ProviderEvent.Outcome.QUARANTINED, note=event.note)
    return event
