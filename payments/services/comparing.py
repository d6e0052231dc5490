"""Each night: did the same money move at the provider as in our books? What differs is a row for staff."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import day_before, end_of_day, start_of_day, today
from opscom.lib.money import ZERO
from payments import emails
from payments.errors import PaymentRefused
from payments.models import Comparison, Difference, LedgerEntry, Payment, Refund
from payments.providers import current_provider, provider_named
from payments.providers.base import Movement, Offers, Provider, RefundResult, Result
from payments.services.attempts import describe_attempt, resolve_payment
from payments.services.refund_sending import describe_refund
from payments.services.stored_asking import describe_stored

logger = logging.getLogger(__name__)
Kind = Difference.Kind
SETTLES_AFTER = timedelta(hours=2)
DAYS_BACK = 7
CARD = Q(account=LedgerEntry.Account.CARD)


@dataclass(frozen=True)
class Pair:
    """One piece of money on both sides; 0 where it is not. A refund's amounts are negative."""

    ours: Decimal
    theirs: Decimal
    currency: str
    reference: str
    provider_ref: str = ""
    payment: Payment | None = None
    told: bool = True

    @property
    def kind(self) -> Kind | None:
        """What is wrong, None if nothing is."""
        if not self.told:
            return Kind.UNTOLD
        if self.ours == self.theirs:
            return None
        return Kind.MISSING_HERE if not self.ours else Kind.MISSING_THERE if not self.theirs else Kind.AMOUNT


def due_comparisons(*, at: datetime | None = None) -> list[tuple[str, date]]:
    """Days that are over for a while and were not compared yet, for each provider that took cards then or does now."""
    at = at or timezone.now()
    last = day_before(today(at - SETTLES_AFTER))
    days = [last - timedelta(days=back) for back in range(DAYS_BACK)]
    lately = Payment.objects.filter(created_at__gte=start_of_day(days[-1])).order_by()
    names = {current_provider().name, *lately.values_list("provider", flat=True).distinct()} & set(
        settings.CARD_PROVIDERS
    )
    done = set(Comparison.objects.filter(day__gte=days[-1]).values_list("provider", "day"))
    return [(name, day) for day in reversed(days) for name in sorted(names) if (name, day) not in done]


def compare_day(name: str, day: date) -> Comparison:
    """Compare one day and keep the differences. A provider that cannot list its movements is asked about each payment of
    the day. ProviderUnreachable: nothing is concluded, and the day is compared another time."""
    provider, start, end = provider_named(name), start_of_day(day), end_of_day(day)
    theirs = provider.movements(start, end) if Offers.MOVEMENTS in provider.offers else []
    pairs = _as_they_say(name, theirs)
    if Offers.MOVEMENTS not in provider.offers:
        _ask_about_ended(name, start, end)
    pairs += _as_we_say(provider, start, end, {(pair.payment, pair.reference) for pair in pairs})
    return _keep(name, day, pairs)


def note_differences(comparison: Comparison, pairs: Iterable[Pair]) -> None:
    """Write down which of them differ, and tell staff."""
    wrong = [pair for pair in pairs if pair.kind]
    if not wrong:
        return
    Difference.objects.bulk_create(
        Difference(
            comparison=comparison,
            kind=pair.kind or "",
            reference=pair.reference[:40],
            provider_ref=pair.provider_ref[:120],
            payment=pair.payment,
            ours=pair.ours,
            theirs=pair.theirs,
            currency=pair.currency,
        )
        for pair in wrong
    )
    emails.tell_differences(comparison, len(wrong))


@transaction.atomic
def close_difference(difference: Difference, *, by: User, reason: str, at: datetime | None = None) -> Difference:
    """Staff know why. What has to be corrected is booked on its own."""
    difference = Difference.objects.select_for_update().get(pk=difference.pk)
    if difference.closed_at:
        raise PaymentRefused(_("This difference is closed already."), code="closed")
    if not reason.strip():
        raise PaymentRefused(_("Say why, for whoever reads the books later."), code="reason")
    difference.closed_at, difference.closed_by, difference.reason = at or timezone.now(), by, reason
    difference.save(update_fields=["closed_at", "closed_by", "reason"])
    return difference


@transaction.atomic
def _keep(name: str, day: date, pairs: list[Pair]) -> Comparison:
    comparison, new = Comparison.objects.get_or_create(provider=name, day=day, defaults={"asked": len(pairs)})
    if new:
        note_differences(comparison, pairs)
    return comparison


def _as_they_say(name: str, movements: Iterable[Movement]) -> list[Pair]:
    """Each movement beside what we have for it, on whatever day: late money is booked when it is heard of. Money of a
    payment that we gave up is asked about first, and booked."""
    movements = list(movements)
    references = [movement.reference.partition("-")[0] for movement in movements]
    payments = {row.code: row for row in Payment.objects.filter(provider=name, code__in=references)}
    refunds = Refund.objects.filter(payment__provider=name).select_related("payment__checkout")
    known = refunds.filter(Q(code__in=references) | Q(provider_ref__in=[row.provider_ref for row in movements]))
    named = {row.code: row for row in known} | {row.provider_ref: row for row in known if row.provider_ref}
    pairs = []
    for movement, code in zip(movements, references, strict=True):
        pair = Pair(ZERO, movement.amount, movement.currency, movement.reference, movement.provider_ref)
        refund = named.get(code) or named.get(movement.provider_ref)
        if refund is not None:
            pair = replace(pair, ours=_booked_refund(refund, movement), payment=refund.payment)
        elif payment := payments.get(code):
            pair = replace(pair, ours=_booked(payment, movement.currency), payment=payment)
            if not pair.ours:
                pair = replace(pair, ours=_booked(resolve_payment(payment), movement.currency))
        pairs.append(pair)
    return pairs


def _booked(payment: Payment, currency: str) -> Decimal:
    """What the books have from that card; nothing where the currency is another."""
    total = payment.entries.filter(CARD, refund=None).aggregate(total=Sum("amount"))["total"]
    return total or ZERO if payment.currency == currency else ZERO


def _booked_refund(refund: Refund, movement: Movement) -> Decimal:
    """What we have for a refund, or for its coming back: its amount where it was booked in that direction at all."""
    same = {"amount__lt": 0} if movement.amount < 0 else {"amount__gt": 0}
    parts = Refund.objects.filter(pk=refund.pk)
    if refund.external:  # one refund made there may be several rows here
        ref = refund.provider_ref.partition("/")[0]
        parts = Refund.objects.filter(
            Q(provider_ref=ref) | Q(provider_ref__startswith=f"{ref}/"), payment=refund.payment
        )
    booked = [part.amount for part in parts if part.entries.filter(CARD, **same).exists()]
    total = sum(booked, start=ZERO)
    return total.copy_sign(movement.amount) if refund.payment.currency == movement.currency else ZERO


def _ask_about_ended(name: str, start: datetime, end: datetime) -> None:
    """Attempts of the day that we gave up: was their money taken after all?"""
    ended = [Payment.State.FAILED, Payment.State.CANCELLED, Payment.State.EXPIRED]
    given_up = Payment.objects.filter(provider=name, state__in=ended, created_at__gte=start, created_at__lt=end)
    for payment in given_up.exclude(provider_ref="").select_related("checkout"):
        resolve_payment(payment)


def _as_we_say(provider: Provider, start: datetime, end: datetime, seen: set[tuple[Payment | None, str]]) -> list[Pair]:
    """What we booked on that day and the provider did not list for it, each asked of the provider by itself."""
    day = LedgerEntry.objects.filter(CARD, at__gte=start, at__lt=end, payment__provider=provider.name).order_by("pk")
    paid = Payment.objects.filter(entries__in=day.filter(refund=None)).select_related("checkout").distinct()
    back = Refund.objects.filter(entries__in=day).select_related("payment__checkout").distinct()
    payments = [payment for payment in paid if (payment, payment.code) not in seen]
    refunds = [row for row in back if not row.external and (row.payment, row.reference) not in seen]
    return [_asked(provider, payment) for payment in payments] + [_asked_refund(provider, row) for row in refunds]


def _asked(provider: Provider, payment: Payment) -> Pair:
    if payment.stored_card_id:
        outcome = provider.resolve_stored(describe_stored(payment))
    else:
        outcome = provider.resolve(describe_attempt(payment))
    there = outcome.amount if outcome.result is Result.APPROVED and outcome.currency == payment.currency else ZERO
    ours = _booked(payment, payment.currency)
    return Pair(ours, there, payment.currency, payment.code, payment.provider_ref, payment)


def _asked_refund(provider: Provider, refund: Refund) -> Pair:
    outcome = provider.resolve_refund(describe_refund(refund))
    gone = outcome.result in (RefundResult.DONE, RefundResult.PENDING)
    ours = refund.entries.filter(CARD).aggregate(total=Sum("amount"))["total"] or ZERO
    theirs = -outcome.amount if gone else ZERO
    payment = refund.payment
    return Pair(ours, theirs, payment.currency, refund.reference, refund.provider_ref, payment)
