"""Collect a checkout from a stored card. No network call is made inside a transaction: the attempt is committed, the provider
is asked, the answer is committed. Of an attempt whose end is unknown the provider is asked; it is never made anew blindly."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from payments.errors import PaymentRefused, ProviderUnreachable
from payments.models import Checkout, Payment, PaymentMethod, StoredCard
from payments.providers import provider_named
from payments.services.attempts import (
    apply_outcome,
    check_longest_hold,
    keep_charges,
    lock_open_checkout,
    prepare_checkout,
)
from payments.services.stored_asking import describe_stored, note_answer

logger = logging.getLogger(__name__)
LATEST = timedelta(
    seconds=60
)  # later than this after its row was written, an attempt is not sent to the provider any more
KEPT = timedelta(minutes=30)


def charge_card(
    checkout: Checkout, *, card: StoredCard, email: str = "", unattended: bool = True, at: datetime | None = None
) -> Payment:
    """Charge a stored card for this checkout, once: while an attempt for any of its charges is under way, no other is made.
    The payment tells how it ended; in flight means that nobody knows yet. The receipt goes to `email`, or where the checkout
    says. AlreadyPaid, PaymentRefused."""
    at = at or timezone.now()
    payment = _open_attempt(checkout, card=card, email=email, unattended=unattended, at=at)
    return _send(payment, unattended=unattended)


@transaction.atomic
def _open_attempt(checkout: Checkout, *, card: StoredCard, email: str, unattended: bool, at: datetime) -> Payment:
    """A new attempt, where none is under way in this checkout or in another one that has a charge of it, too."""
    checkout = lock_open_checkout(checkout, at)
    lines = prepare_checkout(checkout, email=email or checkout.email, at=at)
    card = StoredCard.objects.select_for_update(of=("self",)).get(pk=card.pk)
    if card.state != StoredCard.State.STORED or card.user_id != checkout.user_id:
        raise PaymentRefused(_("This card is not stored any more. Choose another one."), code="no-card")
    if not unattended:
        check_longest_hold(lines, at + KEPT)
    keep_charges(lines, at + KEPT)
    return Payment.objects.create(
        checkout=checkout,
        method_id=PaymentMethod.CARD,
        provider=card.provider,
        stored_card=card,
        amount=checkout.total,
    )


def _send(payment: Payment, *, unattended: bool) -> Payment:
    """Ask the provider for the money of a new attempt. A worker that slept over it leaves it to the sweep."""
    if timezone.now() - payment.created_at > LATEST:
        return payment
    try:
        outcome = provider_named(payment.provider).charge_stored(describe_stored(payment, unattended=unattended))
    except ProviderUnreachable as error:
        logger.warning("payment %s: %s", payment.code, error)
        return payment
    return apply_outcome(note_answer(payment, outcome), outcome)
