"""Webhooks: stored first, acted on later, never believed."""

import logging
from collections.abc import Callable, Mapping

from django.db import transaction

from opscom.lib.work import hint
from payments.errors import ProviderUnreachable
from payments.models import CardSetup, Payment, ProviderEvent, StoredCard
from payments.providers import provider_named
from payments.services.attempts import resolve_payment
from payments.services.cards import refresh_card, resolve_setup
from payments.services.event_ends import finish_event, try_event_again
from payments.services.outside import about_dispute, about_refund

logger = logging.getLogger(__name__)


def store_event(provider_name: str, body: bytes, headers: Mapping[str, str]) -> ProviderEvent | None:
    """Verify a webhook and keep it; the same event again, and one that is none of ours, give None (RULES 20, 22).
    BadSignature and ValueError come from the provider's class."""
    from payments.tasks import process_event

    notice = provider_named(provider_name).read_webhook(body, headers)
    if notice is None:
        return None
    with transaction.atomic():
        event, new = ProviderEvent.objects.get_or_create(
            provider=provider_name,
            event_id=notice.event_id,
            defaults={
                "kind": notice.kind,
                "provider_ref": notice.provider_ref,
                "our_ref": notice.reference,
                "subject": notice.subject.value,
                "charge_ref": notice.charge_ref,
                "body": body.decode(),
            },
        )
        if not new:
            return None
        hint(process_event, event_id=event.pk)
    return event


def process_stored_event(event: ProviderEvent) -> ProviderEvent:
    """Ask the provider about what a stored event names. An event that names none of ours is set aside for staff; where the
    provider does not answer, the sweep tries again."""
    if event.outcome != ProviderEvent.Outcome.RECEIVED:
        return event
    return HANDLERS[ProviderEvent.Subject(event.subject)](event)


def _about_payment(event: ProviderEvent) -> ProviderEvent:
    payment = _payment_of(event)
    if payment is None:
        return finish_event(event, ProviderEvent.Outcome.QUARANTINED, note="names no payment of ours")
    try:
        payment = resolve_payment(payment)
    except ProviderUnreachable as error:
        return try_event_again(event, str(error))
    if payment.attention == Payment.Attention.MISMATCH:
        return finish_event(event, ProviderEvent.Outcome.QUARANTINED, note=payment.note, payment=payment)
    return finish_event(event, ProviderEvent.Outcome.DONE, payment=payment)


def _about_card(event: ProviderEvent) -> ProviderEvent:
    """A card was stored on a page of ours, has changed, or is gone: the provider is asked how it looks now."""
    setup = CardSetup.objects.filter(provider=event.provider, code=event.our_ref).select_related("user").first()
    card = StoredCard.objects.filter(provider=event.provider, token=event.provider_ref).first()
    if setup is None and card is None:
        return finish_event(event, ProviderEvent.Outcome.QUARANTINED, note="names no card of ours")
    try:
        if setup and setup.state == CardSetup.State.OPEN:
            resolve_setup(setup)
        elif card and card.state == StoredCard.State.STORED:
            refresh_card(card)
    except ProviderUnreachable as error:
        return try_event_again(event, str(error))
    return finish_event(event, ProviderEvent.Outcome.DONE)


def _payment_of(event: ProviderEvent) -> Payment | None:
    """The payment that both references name. One reference of ours with another of theirs names none."""
    found = Payment.objects.filter(provider=event.provider, code=event.our_ref).select_related("checkout").first()
    if found and found.provider_ref and found.provider_ref != event.provider_ref:
        return None
    return found


HANDLERS: dict[ProviderEvent.Subject, Callable[[ProviderEvent], ProviderEvent]] = {
    ProviderEvent.Subject.PAYMENT: _about_payment,
    ProviderEvent.Subject.REFUND: about_refund,
    ProviderEvent.Subject.DISPUTE: about_dispute,
    ProviderEvent.Subject.CARD: _about_card,
}
