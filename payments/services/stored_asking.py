"""Ask the provider about attempts on stored cards. It knows nothing of how they are begun."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from payments.models import Payment
from payments.providers import provider_named
from payments.providers.base import Outcome, Result, StoredPayment
from payments.services.cards import describe_card

UNHEARD = timedelta(
    minutes=5
)  # only then is "never heard of it" believed: a call under way may not have arrived before


def describe_stored(payment: Payment, *, unattended: bool = True) -> StoredPayment:
    """What the provider needs to know of an attempt on a stored card."""
    if payment.stored_card is None:
        raise ValueError(f"payment {payment.code} is on no stored card")
    lines = payment.checkout.lines.select_related("charge")
    return StoredPayment(
        reference=payment.code,
        amount=payment.amount,
        currency=payment.currency,
        card=describe_card(payment.stored_card),
        description=", ".join(line.charge.description for line in lines)[:200],
        unattended=unattended,
        started_at=payment.created_at,
        provider_ref=payment.provider_ref,
    )


def ask_about(payment: Payment, *, at: datetime | None = None) -> tuple[Payment, Outcome | None]:
    """The provider's word on an attempt, its reference noted. None as long as it cannot be believed that the provider never
    heard of it."""
    outcome = provider_named(payment.provider).resolve_stored(describe_stored(payment))
    at = at or timezone.now()
    if outcome.result is Result.EXPIRED and not outcome.provider_ref and at - payment.created_at < UNHEARD:
        return payment, None
    return note_answer(payment, outcome), outcome


@transaction.atomic
def note_answer(payment: Payment, outcome: Outcome) -> Payment:
    """Keep the provider's reference and why it declined, whatever comes of it."""
    payment = Payment.objects.select_for_update(of=("self",)).select_related("checkout").get(pk=payment.pk)
    if outcome.reference == payment.code and not payment.provider_ref:
        payment.provider_ref = outcome.provider_ref
    if payment.state in Payment.IN_FLIGHT:
        payment.decline = Payment.Decline(outcome.decline.value if outcome.decline else "")
    payment.save(update_fields=["provider_ref", "decline"])
    return payment
