"""Ask the provider about every attempt whose end we have not heard of."""

import logging
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from payments.errors import ProviderUnreachable
from payments.models import Payment
from payments.services.attempts import end_attempt, resolve_payment
from payments.services.attention import flag_payment
from payments.services.settle import fulfil_payment

logger = logging.getLogger(__name__)
QUIET = timedelta(minutes=2)
YOUNG, UNSURE_AFTER = timedelta(hours=1), timedelta(hours=24)
HOURLY, NIGHTLY = timedelta(minutes=59), timedelta(hours=23)


def unsure_payments(*, at: datetime | None = None, limit: int = 200) -> list[int]:
    """Keys of attempts that are due for a question: under way for a while, or recorded but not handed over. Asked at every
    sweep while they are young, then hourly, then once a day."""
    at = at or timezone.now()
    quiet = Payment.objects.filter(created_at__lte=at - QUIET)
    waiting = quiet.in_flight() | quiet.filter(state=Payment.State.CONFIRMED, fulfilled_at=None)
    due = Q(asked_at=None) | Q(created_at__gt=at - YOUNG) | Q(asked_at__lte=at - NIGHTLY)
    due |= Q(created_at__gt=at - UNSURE_AFTER, asked_at__lte=at - HOURLY)
    return list(waiting.filter(due).order_by("created_at").values_list("pk", flat=True)[:limit])


def reconcile_payment(payment: Payment, *, at: datetime | None = None) -> Payment:
    """Bring one payment to a defined end: ask, fulfil, or give an attempt that the provider never saw up. One that nobody
    knows the end of is never charged again: it stays under way, and staff are told after a day."""
    at = at or timezone.now()
    Payment.objects.filter(pk=payment.pk).update(asked_at=at)
    if payment.state == Payment.State.CONFIRMED:
        return fulfil_payment(payment, at=at)
    try:
        payment = resolve_payment(payment)
    except ProviderUnreachable as error:
        logger.warning("payment %s: %s", payment.code, error)
        if not payment.provider_ref and payment.expires_at and payment.expires_at <= at:
            return end_attempt(payment, "expire", reason="the provider never had it")
    if payment.state in Payment.IN_FLIGHT and at - payment.created_at > UNSURE_AFTER and not payment.attention:
        flag_payment(payment.pk, "unsure")
    return payment
