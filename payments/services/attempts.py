"""Send a payer to the card provider, and learn how it ended. No network call is made inside a transaction."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from opscom.lib.money import ZERO
from opscom.lib.states import change_state, change_state_if_unchanged
from payments.errors import AlreadyPaid, PaymentRefused, ProviderUnreachable
from payments.models import Checkout, CheckoutLine, Payment, PaymentMethod
from payments.payables import payable_for
from payments.providers import current_provider, provider_named
from payments.providers.base import Attempt, HostedPage, Line, Outcome, Result
from payments.services.charges import lock_lines
from payments.services.checkouts import check_and_quote, paid_elsewhere, payment_under_way
from payments.services.companies import check_company
from payments.services.credits import hold_credit, left_to_pay, take_credit
from payments.services.plans.parts import parts_of
from payments.services.settle import settle_payment
from payments.services.stored_asking import ask_about

logger = logging.getLogger(__name__)
LONGEST_HOLD = timedelta(hours=2)


def start_card_payment(
    checkout: Checkout, *, email: str, credit: Decimal = ZERO, at: datetime | None = None
) -> HostedPage:
    """Open the provider's page for what is left of this checkout after the credit that the payer saw. A second click is
    answered with the same page; anybody's other page for one of its charges is closed first.

    AlreadyPaid if an earlier attempt turns out to be paid; PaymentRefused if the selection or its price has changed, or
    somebody opens another page for it at this moment; ProviderUnreachable if the provider does not answer (the attempt is
    kept and reconciled).
    """
    close_older_attempts(checkout, keep_card=True)
    at = at or timezone.now()
    opened = _open_attempt(checkout, email=email, credit=credit, at=at)
    if opened is None:  # one is under way for another sum
        close_older_attempts(checkout, keep_card=False)
        opened = _open_attempt(checkout, email=email, credit=credit, at=at)
    if opened is None:
        raise paid_elsewhere()
    payment, lines = opened
    page = provider_named(payment.provider).start(describe_attempt(payment, lines))
    if _note_reference(payment, page).state not in Payment.IN_FLIGHT:  # somebody else's click has just closed it
        raise paid_elsewhere()
    return page


@transaction.atomic
def _open_attempt(
    checkout: Checkout, *, email: str, credit: Decimal, at: datetime
) -> tuple[Payment, Sequence[CheckoutLine] | None] | None:
    """The attempt under way, or a new one with its charges re-checked, re-priced and kept for the page's life (RULES 5, 8,
    9), and its lines where they were read. None where the one under way is for another sum."""
    checkout = lock_open_checkout(checkout, at)
    under_way = Payment.objects.select_for_update().filter(checkout=checkout).in_flight().first()
    if under_way and under_way.stored_card_id:  # it has no page
        raise payment_under_way()
    if under_way:
        return (under_way, None) if under_way.amount == checkout.total - credit else None
    lines = prepare_checkout(checkout, email=email, at=at)
    taken = take_credit(checkout, shown=credit)
    provider = current_provider()
    closes = at + timedelta(minutes=provider.page_minutes)
    until = closes + timedelta(minutes=4)
    check_longest_hold(lines, until)
    keep_charges(lines, until)
    payment = Payment.objects.create(
        checkout=checkout,
        method_id=PaymentMethod.CARD,
        provider=provider.name,
        amount=left_to_pay(checkout, taken),
        expires_at=closes,
        created_at=at,
    )
    hold_credit(payment, taken)
    return payment, lines


def lock_open_checkout(checkout: Checkout, at: datetime) -> Checkout:
    """The checkout, locked, if it may still be paid."""
    checkout = Checkout.objects.select_for_update(of=("self",)).select_related("user").get(pk=checkout.pk)
    if checkout.state == Checkout.State.DONE:
        raise AlreadyPaid(_("This is paid or promised already."))
    if checkout.state == Checkout.State.EXPIRED or checkout.expires_at <= at:
        raise PaymentRefused(
            _("This checkout has ended. Go back to Payments and tick again what you want to pay."), code="expired"
        )
    return checkout


def prepare_checkout(checkout: Checkout, *, email: str, at: datetime) -> list[CheckoutLine]:
    """Check the locked checkout's charges again, that nothing else is under way for any of them, and compare their price
    with the frozen one. Answers its lines, each with its charge locked, so that nothing else begins meanwhile."""
    lines = lock_lines(checkout)
    if checkout.company_id and checkout.user:
        check_company(checkout.company_id, payer=checkout.user, charges=[line.charge for line in lines])
    quoted = check_and_quote([line.charge for line in lines], at, beginning=True)
    if checkout.instalment_id:
        quoted = parts_of(checkout.instalment_id, quoted)
    if [(now.amount, now.discount) for now in quoted] != [(line.amount, line.discount) for line in lines]:
        raise PaymentRefused(
            _("A price has changed since you ticked it. Go back to Payments to see the new total."), code="price"
        )
    if checkout.email != email:
        checkout.email = email
        checkout.save(update_fields=["email"])
    return lines


def keep_charges(lines: Iterable[CheckoutLine], until: datetime) -> None:
    """Keep what is held for the locked charge of each line until then."""
    for line in lines:
        payable_for(line.charge).keep_until(line.charge, until)


def check_longest_hold(lines: Iterable[CheckoutLine], until: datetime) -> None:
    """Nobody keeps a place from others by trying to pay again and again: past its longest hold it is not kept on."""
    for line in lines:
        held, last = line.charge.held_until, line.charge.created_at + LONGEST_HOLD
        if held and until > max(held, last):
            raise PaymentRefused(
                _("%(what)s was kept for you long enough. Reserve it anew once its time is over, or pay at the office.")
                % {"what": line.charge.description},
                code="held-long",
            )


def describe_attempt(payment: Payment, lines: Iterable[CheckoutLine] | None = None) -> Attempt:
    """What the provider needs to know of a payment, whose `lines` may be read already."""
    checkout = payment.checkout
    if lines is None:
        lines = checkout.lines.select_related("charge")
    address = settings.BASE_URL + reverse("payments:return", args=[payment.code])
    return Attempt(
        reference=payment.code,
        amount=payment.amount,
        currency=payment.currency,
        lines=_lines_for_provider(payment, lines),
        email=checkout.email,
        language=checkout.language,
        success_url=address,
        cancel_url=f"{address}?cancelled=1",
        expires_at=payment.expires_at or payment.created_at + timedelta(minutes=31),
        provider_ref=payment.provider_ref,
    )


def _lines_for_provider(payment: Payment, lines: Iterable[CheckoutLine]) -> tuple[Line, ...]:
    """Line by line, or in one line what is left after the person's credit: a provider takes no negative ones."""
    said = tuple(Line(line.charge.description, line.amount) for line in lines)
    if sum((line.amount for line in said), start=ZERO) == payment.amount:
        return said
    return (Line(", ".join(line.text for line in said)[:200], payment.amount),)


def resolve_payment(payment: Payment) -> Payment:
    """Ask the provider how the attempt stands and write it down. Return page, webhook and sweep all call this (RULES 19)."""
    if payment.method_id != PaymentMethod.CARD or payment.fulfilled_at:
        return payment
    if payment.stored_card_id:
        payment, outcome = ask_about(payment)
        return apply_outcome(payment, outcome) if outcome else payment
    provider = provider_named(payment.provider)
    attempt = describe_attempt(payment)
    if not payment.provider_ref:
        page = provider.start(attempt)  # we died before we could note the page: the same key answers the same page
        payment = _note_reference(payment, page)
        attempt = describe_attempt(payment)
    return apply_outcome(payment, provider.resolve(attempt))


def apply_outcome(payment: Payment, outcome: Outcome) -> Payment:
    """Write down the provider's word: money is settled, an ended attempt is closed, an open one is left alone."""
    if outcome.result is Result.APPROVED:
        return settle_payment(payment, outcome)
    transition = {Result.DECLINED: "fail", Result.CANCELLED: "cancel", Result.EXPIRED: "expire"}.get(outcome.result)
    if transition:
        return end_attempt(payment, transition, reason=outcome.message)
    return payment


@transaction.atomic
def end_attempt(payment: Payment, transition: str, *, reason: str = "") -> Payment:
    """Close an attempt that is under way; one that has ended already stays as it is (RULES 21)."""
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.state in Payment.IN_FLIGHT:
        change_state(payment, transition, reason=reason[:250])
    return payment


def close_older_attempts(checkout: Checkout, *, keep_card: bool) -> None:
    """End the other card attempts for these charges at the provider, whoever began them, before a new one starts (RULES 24):
    what two people may pay is paid on the newest page. If one of them turns out to be paid, it is settled, and for this
    checkout AlreadyPaid is raised. `keep_card` leaves this checkout's own card page alone. Where a stored card is being charged,
    PaymentRefused: nobody knows yet whether it was."""
    charges = checkout.lines.values("charge")
    older = (
        Payment.objects.in_flight().filter(checkout__lines__charge__in=charges).select_related("checkout").distinct()
    )
    for payment in older.exclude(checkout=checkout, stored_card=None) if keep_card else older:
        try:
            ended = close_attempt(payment)
        except ProviderUnreachable as error:
            if payment.stored_card_id:
                raise payment_under_way() from error
            raise
        if ended.state == Payment.State.CONFIRMED and payment.checkout_id == checkout.pk:
            raise AlreadyPaid(_("This is paid already. Here is the receipt."))


def close_attempt(payment: Payment) -> Payment:
    """Close one attempt at the provider, unless it is paid; then settle it."""
    payment = resolve_payment(payment)
    if payment.state not in Payment.IN_FLIGHT:
        return payment
    if payment.stored_card_id:
        raise ProviderUnreachable("the card is being charged")  # there is no page to close
    provider_named(payment.provider).expire(describe_attempt(payment))
    payment = resolve_payment(payment)  # the payer may have been quicker than we were
    if payment.state in Payment.IN_FLIGHT:
        raise ProviderUnreachable("the page would not close")
    return payment


@transaction.atomic
def _note_reference(payment: Payment, page: HostedPage) -> Payment:
    """Keep which page the provider has for an attempt, also of one that has ended meanwhile: what is paid there all the same is
    found by it."""
    known: dict[str, Any] = {"provider_ref": page.provider_ref, "expires_at": page.expires_at}
    if payment.state == Payment.State.CREATED and change_state_if_unchanged(payment, "redirect", **known):
        return payment
    if not payment.provider_ref:
        Payment.objects.filter(pk=payment.pk, provider_ref="").update(**known)
    payment.refresh_from_db()
    return payment
