"""Ask the card provider for refunds, and learn how they ended. The intent is committed before, the result after: no call is
made inside a transaction, and whoever dies between leaves a row that the sweep finds."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from opscom.lib.states import change_state
from payments.errors import ProviderUnreachable
from payments.models import Dispute, Payment, Refund
from payments.providers import provider_named
from payments.providers.base import RefundOrder, RefundOutcome, RefundResult
from payments.services.attempts import describe_attempt
from payments.services.attention import flag_payment
from payments.services.refund_books import book_refund, fail_refund, finish_refund
from payments.services.refunds import lock_refund

logger = logging.getLogger(__name__)
QUIET = timedelta(minutes=2)
UNSURE_AFTER = timedelta(hours=24)


def send_refund(refund: Refund) -> Refund:
    """Ask the provider to give the money back. Asked twice, it gives it once: the reference is the same."""
    if refund.state != Refund.State.CREATED or refund.target != Refund.Target.CARD:
        return refund
    if Dispute.objects.filter(payment=refund.payment_id, state=Dispute.State.OPEN).exists():
        return _skip_disputed(refund)
    outcome = provider_named(refund.payment.provider).refund(describe_refund(refund))
    return apply_refund_outcome(refund, outcome)


def resolve_refund(refund: Refund) -> Refund:
    """Ask how a refund under way stands; one that the provider has never heard of is asked for again."""
    if refund.state not in Refund.UNDER_WAY or refund.target != Refund.Target.CARD:
        return refund
    outcome = provider_named(refund.payment.provider).resolve_refund(describe_refund(refund))
    if outcome.result is RefundResult.UNKNOWN:
        return send_refund(refund)
    return apply_refund_outcome(refund, outcome)


def describe_refund(refund: Refund) -> RefundOrder:
    """What the provider needs to know of a refund."""
    payment = refund.payment
    return RefundOrder(
        reference=refund.reference,
        amount=refund.amount,
        currency=payment.currency,
        payment=describe_attempt(payment),
        charge_ref=payment.charge_ref,
        paid_at=payment.settled_at or payment.created_at,
        refund_ref=refund.provider_ref.partition("/")[0],
    )


@transaction.atomic
def apply_refund_outcome(refund: Refund, outcome: RefundOutcome, *, at: datetime | None = None) -> Refund:
    """Write down the provider's word, once however often it is said. A word on an earlier try changes nothing."""
    at, tries = at or timezone.now(), refund.tries
    refund = lock_refund(refund)
    if refund.tries != tries or outcome.result is RefundResult.UNKNOWN:
        return refund
    if outcome.result is RefundResult.FAILED:
        if refund.state in (*Refund.UNDER_WAY, Refund.State.DONE):
            fail_refund(refund, at=at, reason=outcome.message or "refused by the provider")
        return refund
    theirs, ours = (outcome.amount, outcome.currency), (refund.amount, refund.payment.currency)
    if theirs != ours and not refund.external:
        flag_payment(refund.payment_id, "mismatch", f"refund {refund.reference}: ours {ours}, theirs {theirs}")
        return refund
    provider_ref = refund.provider_ref or outcome.refund_ref
    if outcome.result is RefundResult.DONE and refund.state != Refund.State.DONE:
        finish_refund(refund, at=at, provider_ref=provider_ref, note=outcome.message[:250])
    elif outcome.result is RefundResult.PENDING and refund.state == Refund.State.CREATED:
        change_state(refund, "send", at=at, provider_ref=provider_ref)
        book_refund(refund, at)
    return refund


def unsure_refunds(*, at: datetime | None = None, limit: int = 200) -> list[int]:
    """Keys of refunds to a card that may never have been sent."""
    at = at or timezone.now()
    by_card = Refund.objects.filter(target=Refund.Target.CARD)
    unsent = by_card.filter(state=Refund.State.CREATED, created_at__lte=at - QUIET)
    return list(unsent.order_by("created_at").values_list("pk", flat=True)[:limit])


def refunds_on_their_way(*, limit: int = 200) -> list[int]:
    """Keys of refunds that the provider has and has not ended yet: to be asked about now and then."""
    on_their_way = Refund.objects.filter(target=Refund.Target.CARD, state=Refund.State.TRANSIT)
    return list(on_their_way.order_by("created_at").values_list("pk", flat=True)[:limit])


def reconcile_refund(refund: Refund, *, at: datetime | None = None) -> Refund:
    """Bring one refund to a defined end, or tell staff that nobody knows it."""
    at = at or timezone.now()
    try:
        return resolve_refund(refund)
    except ProviderUnreachable as error:
        logger.warning("refund %s: %s", refund.code, error)
    if at - refund.created_at > UNSURE_AFTER and not refund.payment.attention:
        note = f"refund {refund.reference}: the provider does not answer"
        flag_payment(refund.payment_id, Payment.Attention.REFUND, note, about=refund.reference)
    return refund


@transaction.atomic
def _skip_disputed(refund: Refund) -> Refund:
    """The bank may give it back itself (RULES 39)."""
    refund = lock_refund(refund)
    if refund.state == Refund.State.CREATED:
        fail_refund(refund, at=timezone.now(), reason="the card's holder disputes the payment")
    return refund
