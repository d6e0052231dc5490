"""Ask the provider about every attempt whose end we have not heard of."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Max, Q
from django.utils import timezone

from payments.errors import ProviderUnreachable
from payments.models import Payment
from payments.providers import provider_named
from payments.providers.base import Offers
from payments.services.attempts import end_attempt, resolve_payment
from payments.services.attention import flag_payment
from payments.services.settle import fulfil_payment

logger = logging.getLogger(__name__)
QUIET = timedelta(minutes=2)
YOUNG, UNSURE_AFTER = timedelta(hours=1), timedelta(hours=24)
HOURLY, NIGHTLY = timedelta(minutes=59), timedelta(hours=23)
LATEST = timedelta(hours=48)
AFTER_THE_END = [timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=60)]
ENDED = [Payment.State.FAILED, Payment.State.CANCELLED, Payment.State.EXPIRED]


def unsure_payments(*, at: datetime | None = None, limit: int = 200) -> list[int]:
    """Keys of attempts that are due for a question: under way for a while, or recorded but not handed over. Asked at every
    sweep while they are young, then hourly, then once a day."""
    at = at or timezone.now()
    quiet = Payment.objects.filter(created_at__lte=at - QUIET)
    waiting = quiet.in_flight() | quiet.filter(state=Payment.State.CONFIRMED, fulfilled_at=None)
    due = Q(asked_at=None) | Q(created_at__gt=at - YOUNG) | Q(asked_at__lte=at - NIGHTLY)
    due |= Q(created_at__gt=at - UNSURE_AFTER, asked_at__lte=at - HOURLY)
    return list(waiting.filter(due).order_by("created_at").values_list("pk", flat=True)[:limit])


def late_payments(*, at: datetime | None = None, limit: int = 200) -> list[int]:
    """Keys of attempts that ended unpaid where the provider neither closes a page nor tells of a payment by itself. Asked
    2, 10 and 60 minutes after the end and once more the next night, for what was paid in another window all the same."""
    at = at or timezone.now()
    told = Offers.CLOSING | Offers.WEBHOOKS
    silent = [name for name in settings.CARD_PROVIDERS if not provider_named(name).offers & told]
    ended = Payment.objects.filter(state__in=ENDED, provider__in=silent, created_at__gt=at - LATEST)
    ended = ended.exclude(provider_ref="").annotate(ended_at=Max("events__at", filter=Q(events__to_state__in=ENDED)))
    due = Q(asked_at__lte=at - NIGHTLY)
    for passed in AFTER_THE_END:
        due |= Q(ended_at__lte=at - passed) & (Q(asked_at=None) | Q(asked_at__lt=F("ended_at") + passed))
    return list(ended.filter(due).order_by("created_at").values_list("pk", flat=True)[:limit])


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
