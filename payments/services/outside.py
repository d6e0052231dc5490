"""What the provider tells us about money that went back: refunds of ours, refunds made at the provider, and disputes
(RULES 37 to 39). The webhook only says what to ask about. The permit, or whatever was bought, is left as it is."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from opscom.lib.money import ZERO
from opscom.lib.states import change_state
from payments.errors import ProviderUnreachable
from payments.models import Charge, Dispute, DisputeEvent, Payment, ProviderEvent, Refund, RefundEvent
from payments.providers import provider_named
from payments.providers.base import DisputeOutcome, DisputeResult, RefundOrder, RefundOutcome, RefundResult
from payments.services.attempts import describe_attempt
from payments.services.attention import clear_attention, flag_payment
from payments.services.charges import lock_charges
from payments.services.event_ends import finish_event, try_event_again
from payments.services.refund_sending import apply_refund_outcome, describe_refund
from payments.services.refundable import standing_of
from payments.services.refunds import lock_payment

Outcome = ProviderEvent.Outcome
MADE_THERE, DISPUTED = "made at the provider", "lost dispute"


def about_refund(event: ProviderEvent) -> ProviderEvent:
    """A refund was made, or changed its mind."""
    payment, ours = _payment_of(event), _refund_of(event)
    if payment is None:
        return finish_event(event, Outcome.QUARANTINED, note="names no payment of ours")
    try:
        order = describe_refund(ours) if ours else _order(event, payment)
        outcome = provider_named(event.provider).resolve_refund(order)
    except ProviderUnreachable as error:
        return try_event_again(event, str(error))
    if outcome.result is RefundResult.UNKNOWN:
        return finish_event(event, Outcome.QUARANTINED, note="the provider knows no such refund", payment=payment)
    note_refund(payment, outcome, ours=ours)
    return finish_event(event, Outcome.DONE, payment=payment)


def about_dispute(event: ProviderEvent) -> ProviderEvent:
    """The card's holder went to the bank, or the bank has decided."""
    try:
        outcome = provider_named(event.provider).resolve_dispute(event.provider_ref)
    except ProviderUnreachable as error:
        return try_event_again(event, str(error))
    payment = _paid_by(event.provider, outcome.charge_ref)
    if payment is None:
        return finish_event(event, Outcome.QUARANTINED, note="names no payment of ours")
    note_dispute(payment, outcome)
    return finish_event(event, Outcome.DONE, payment=payment)


@transaction.atomic
def note_refund(
    payment: Payment, outcome: RefundOutcome, *, ours: Refund | None = None, reason: str = MADE_THERE
) -> list[Refund]:
    """Write down what the provider says of one refund: on our own row if it is ours, and otherwise as one made there,
    which staff are told of. Told twice, it is one."""
    payment = lock_payment(payment.pk)
    rows = [ours] if ours else list(Refund.objects.known_as(payment.provider, outcome.refund_ref))
    if rows:
        return [apply_refund_outcome(row, outcome) for row in rows]
    if outcome.result is RefundResult.FAILED:
        return []
    made = _record(payment, outcome, reason, timezone.now())
    flag_payment(payment.pk, Payment.Attention.REFUND, f"{reason}: {outcome.refund_ref}", about=outcome.refund_ref)
    return made


@transaction.atomic
def note_dispute(payment: Payment, outcome: DisputeOutcome, *, at: datetime | None = None) -> Dispute:
    """Write down how a dispute stands. Lost, its money is gone; won after all, it is back."""
    at, payment = at or timezone.now(), lock_payment(payment.pk)
    defaults = {"payment": payment, "amount": outcome.amount, "opened_at": at}
    dispute, new = Dispute.objects.get_or_create(provider_ref=outcome.dispute_ref, defaults=defaults)
    if new:
        DisputeEvent.objects.create(dispute=dispute, at=at, to_state=dispute.state)
        flag_payment(
            payment.pk, Payment.Attention.DISPUTED, f"dispute {outcome.dispute_ref}", about=dispute.provider_ref
        )
    if outcome.result is DisputeResult.LOST and dispute.state == Dispute.State.OPEN:
        change_state(dispute, "lose", at=at)
        _book_lost(payment, outcome, RefundResult.DONE)
        flag_payment(
            payment.pk, Payment.Attention.DISPUTED, f"{DISPUTED}: {outcome.dispute_ref}", about=f"{dispute}:lost"
        )
    elif outcome.result is DisputeResult.WON and dispute.state != Dispute.State.WON:
        if dispute.state == Dispute.State.LOST:
            _book_lost(payment, outcome, RefundResult.FAILED)
        change_state(dispute, "win", at=at)
        clear_attention(Payment.objects.get(pk=payment.pk), note=f"dispute won: {outcome.dispute_ref}")
    return dispute


def _book_lost(payment: Payment, outcome: DisputeOutcome, result: RefundResult) -> None:
    lost = RefundOutcome(result, outcome.dispute_ref, outcome.amount, outcome.currency, DISPUTED)
    note_refund(payment, lost, reason=DISPUTED)


def _refund_of(event: ProviderEvent) -> Refund | None:
    """Our refund that the event is about, by the provider's reference or by ours; not an earlier try of it."""
    code = event.our_ref.partition("-")[0]
    found = Refund.objects.filter(Q(code=code) | Q(provider_ref=event.provider_ref), payment__provider=event.provider)
    for refund in found.filter(external=False).select_related("payment__checkout"):
        if event.provider_ref == refund.provider_ref or (event.our_ref == refund.reference and not refund.provider_ref):
            return refund
    return None


def _payment_of(event: ProviderEvent) -> Payment | None:
    ours = _refund_of(event)
    return ours.payment if ours else _paid_by(event.provider, event.charge_ref)


def _paid_by(provider: str, charge_ref: str) -> Payment | None:
    """The payment whose money that transaction of the provider is."""
    paid = Payment.objects.filter(provider=provider, charge_ref=charge_ref, state=Payment.State.CONFIRMED)
    return paid.select_related("checkout").first() if charge_ref else None


def _order(event: ProviderEvent, payment: Payment) -> RefundOrder:
    """A question about a refund that we did not ask for."""
    return RefundOrder(
        reference=event.our_ref,
        amount=ZERO,
        currency=payment.currency,
        payment=describe_attempt(payment),
        charge_ref=payment.charge_ref,
        paid_at=payment.settled_at or payment.created_at,
        refund_ref=event.provider_ref,
    )


def _record(payment: Payment, outcome: RefundOutcome, reason: str, at: datetime) -> list[Refund]:
    """Rows for money that left at the provider, which does not know our lines: surplus first, then the charges in their
    order. What exceeds all of them is booked too, as the payer's debt: it did leave."""
    standing = standing_of(payment)
    charges = lock_charges(standing.charges)
    rest, shares = outcome.amount, list[tuple[Charge | None, Decimal]]()
    for charge in (None, *charges.values()):
        part = min(rest, max(standing.left(charge), ZERO))
        rest -= part
        shares += [(charge, part)] if part else []
    if rest:
        shares.append((None, rest))
    made = []
    for number, (charge, amount) in enumerate(shares):
        refund = Refund.objects.create(
            payment=payment,
            charge=charge,
            amount=amount,
            target=Refund.Target.CARD,
            reason=reason,
            external=True,
            provider_ref=f"{outcome.refund_ref}/{number}" if number else outcome.refund_ref,
            created_at=at,
        )
        RefundEvent.objects.create(refund=refund, at=at, to_state=refund.state, reason=reason)
        made.append(apply_refund_outcome(refund, outcome, at=at))
    return made
