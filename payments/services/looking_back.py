"""What went back at a provider that lists no movements: each night the payments of the last days are asked about one by one,
a few a minute. What was given back there and not here is a difference, as with a list."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from opscom.lib.dates import start_of_day
from opscom.lib.money import ZERO
from payments.errors import ProviderUnreachable
from payments.models import Comparison, Difference, Payment, Refund
from payments.providers import provider_named
from payments.providers.base import Offers, Provider, RefundResult
from payments.services.comparing import Pair, note_differences
from payments.services.refund_sending import describe_refund
from payments.services.refundable import standing_of

logger = logging.getLogger(__name__)
DAYS_BACK = 14
AT_ONCE = 20


def due_look_backs() -> list[int]:
    """The newest comparison of each such provider, until all its payments were asked about."""
    newest = (
        Comparison.objects.filter(provider=name).order_by("-day").first()
        for name in settings.CARD_PROVIDERS
        if Offers.LOOK_BACK in provider_named(name).offers
    )
    return [comparison.pk for comparison in newest if comparison and not comparison.looked_back_at]


def look_back(comparison: Comparison) -> None:
    """Ask about the next few payments, and note how far that went: whoever comes next goes on there. A payment that the
    provider does not answer about is stepped over where it is the first one; the following nights ask again."""
    provider, done, pairs = provider_named(comparison.provider), comparison.looked_back_to, list[Pair]()
    payments = list(_payments_after(comparison)[:AT_ONCE])
    for payment in payments:
        try:
            pairs += _given_back_there(provider, payment)
        except ProviderUnreachable as error:
            logger.warning("%s not looked back at: %s", payment.code, error)
            if payment != payments[0]:
                break
        done = payment.pk
    at_end = len(payments) < AT_ONCE and (not payments or done == payments[-1].pk)
    _keep(comparison, pairs, done, at_end=at_end)


def _payments_after(comparison: Comparison) -> QuerySet[Payment]:
    since = start_of_day(comparison.day) - timedelta(days=DAYS_BACK)
    paid = Payment.objects.filter(state=Payment.State.CONFIRMED, provider=comparison.provider, created_at__gte=since)
    return paid.filter(pk__gt=comparison.looked_back_to).select_related("checkout").order_by("pk")


def _given_back_there(provider: Provider, payment: Payment) -> list[Pair]:
    """What our books do not have. They are read again afterwards: a refund of ours may go out while we ask, and one that is
    under way has no name yet."""
    left = standing_of(payment).card
    if left <= 0:
        return []
    outcomes = provider.look_back(describe_refund(Refund(payment=payment, amount=left)))
    if not outcomes or payment.refunds.not_booked().exists() or standing_of(payment).card != left:
        return []
    return [
        Pair(
            ours=ZERO,
            theirs=-outcome.amount,
            currency=outcome.currency,
            reference=payment.code,
            provider_ref=outcome.refund_ref,
            payment=payment,
            told=outcome.result is not RefundResult.UNKNOWN,
        )
        for outcome in outcomes
        if not Refund.objects.known_as(provider.name, outcome.refund_ref).exists()
    ]


@transaction.atomic
def _keep(comparison: Comparison, pairs: list[Pair], done: int, *, at_end: bool) -> None:
    """Only from where we began: of two workers, one writes it down. What was noted on an earlier night is not noted again."""
    before, comparison.looked_back_to = comparison.looked_back_to, done
    comparison.looked_back_at = timezone.now() if at_end else None
    ours = Comparison.objects.filter(pk=comparison.pk, looked_back_to=before, looked_back_at=None)
    if ours.update(looked_back_to=done, looked_back_at=comparison.looked_back_at):
        noted = Difference.objects.filter(payment__in=[pair.payment for pair in pairs])
        known = set(noted.values_list("payment", "provider_ref"))
        note_differences(comparison, [p for p in pairs if p.payment and (p.payment.pk, p.provider_ref) not in known])
