"""Confirm money, in two steps: first the books, then what was bought. Every way of paying comes through here."""

import logging
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Value, When
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.money import ZERO
from opscom.lib.states import change_state, change_states
from payments import emails
from payments.models import Charge, Checkout, CheckoutLine, LedgerEntry, Payment, Receipt, ReceiptSeries
from payments.payables import payable_for
from payments.providers.base import Outcome
from payments.services.attention import flag_payment
from payments.services.charges import applied_to, lock_lines
from payments.services.companies import tell_histories
from payments.services.credits import lock_held, spend_credit
from payments.services.ledger import book

logger = logging.getLogger(__name__)
Account = LedgerEntry.Account


def settle_payment(payment: Payment, outcome: Outcome, *, at: datetime | None = None) -> Payment:
    """Settle what the provider says is paid, once however often it is said (RULES 18). Where its amount, currency or
    references are not ours, nothing is paid and staff are told (RULES 20)."""
    ours = (payment.code, payment.amount, payment.currency, payment.provider_ref)
    theirs = (outcome.reference, outcome.amount, outcome.currency, outcome.provider_ref)
    if ours != theirs:
        flag_payment(payment.pk, "mismatch", note=f"ours {_spelt(ours)}; theirs {_spelt(theirs)}")
        payment.refresh_from_db()
        return payment
    at = at or timezone.now()
    payment = record_money(payment, received=payment.amount, account=Account.CARD, at=at, charge_ref=outcome.charge_ref)
    return fulfil_payment(payment, at=at)


def _spelt(said: tuple[str, Decimal, str, str]) -> str:
    """What a payment is said to be, for staff to read beside the other side's."""
    reference, amount, currency, provider_ref = said
    return f"{amount:.2f} {currency} for {reference} ({provider_ref or 'no reference of the provider'})"


@transaction.atomic
def record_money(
    payment: Payment,
    *,
    received: Decimal,
    account: str,
    at: datetime,
    by: User | None = None,
    **fields: Any,
) -> Payment:
    """Book the money against the checkout's charges and give it a receipt number. What exceeds the debt becomes the
    payer's surplus, shown to staff, never lost and never applied elsewhere (RULES 26 to 29)."""
    locked = Payment.objects.select_for_update(of=("checkout", "self"))  # in this order
    payment = locked.select_related("checkout__user", "checkout__company", "method").get(pk=payment.pk)
    checkout = payment.checkout
    if payment.state == Payment.State.CONFIRMED:
        return payment
    attention = _book(payment, checkout, received, account, at, by)
    Receipt.objects.create(payment=payment, number=_next_receipt_number(at), issued_at=at)
    change_state(payment, "confirm", by=by, at=at, settled_at=at, received=received, attention=attention, **fields)
    checkout.state = Checkout.State.DONE
    checkout.save(update_fields=["state"])
    return payment


def fulfil_payment(payment: Payment, *, at: datetime | None = None) -> Payment:
    """Give what was bought, of a payment as it was just recorded or read, and mail the receipt. If that fails the money stays
    recorded, staff are told, and the sweep tries again."""
    try:
        return _fulfil(payment, at or timezone.now())
    except Exception:
        logger.exception("payment %s is recorded but could not be fulfilled", payment.code)
        flag_payment(payment.pk, "fulfilment")
        payment.refresh_from_db()
        return payment


@transaction.atomic
def _fulfil(payment: Payment, at: datetime) -> Payment:
    """One statement locks the payment and writes its end, which is undone with the rest if something fails."""
    if payment.state != Payment.State.CONFIRMED:  # read before its money was recorded
        payment.refresh_from_db()
    known = Case(When(attention=Payment.Attention.FULFILMENT, then=Value("")), default="attention")
    waiting = Payment.objects.filter(pk=payment.pk, state=Payment.State.CONFIRMED, fulfilled_at=None)
    if not waiting.update(fulfilled_at=at, attention=known):
        payment.refresh_from_db()
        return payment
    payment.fulfilled_at = at
    if payment.attention == Payment.Attention.FULFILMENT:
        payment.attention = Payment.Attention.NONE
    lines = lock_lines(payment.checkout)
    for line in lines:
        if line.charge.state == Charge.State.SETTLED:
            payable_for(line.charge).on_settled(line.charge, at)
    tell_histories(payment, lines, at)
    emails.send_receipt(payment, lines)
    emails.tell_payroll(payment, lines)
    if payment.attention in (Payment.Attention.SURPLUS, Payment.Attention.PARTIAL):
        emails.tell_staff(payment)
        emails.send_surplus(payment)
    return payment


def _book(
    payment: Payment, checkout: Checkout, received: Decimal, account: str, at: datetime, by: User | None
) -> Payment.Attention:
    """Write the entries of one payment, the credit that it holds among them, and settle the charges that it covers. What is
    not needed of the credit stays the person's. Answers what staff must look at."""
    lines = lock_lines(checkout)
    held = lock_held(payment) if payment.amount < checkout.total else []
    credit = sum((adjustment.credit for adjustment in held), start=ZERO)
    entries, rest = _pay_lines(payment, lines, received + credit, at, by)
    unspent = min(rest, credit)
    surplus = rest - unspent
    if received:
        key = f"{payment.code}:received"
        entries.insert(0, LedgerEntry(at=at, payment=payment, account=account, amount=received, key=key))
    entries += spend_credit(payment, held, used=credit - unspent, by=by, at=at)
    if surplus:
        key = f"{payment.code}:surplus"
        entries.append(LedgerEntry(at=at, payment=payment, account=Account.SURPLUS, amount=-surplus, key=key))
    book(entries)
    if surplus:
        return Payment.Attention.SURPLUS
    return Payment.Attention.PARTIAL if payment.amount + credit < checkout.total else Payment.Attention.NONE


def _pay_lines(
    payment: Payment, lines: list[CheckoutLine], rest: Decimal, at: datetime, by: User | None
) -> tuple[list[LedgerEntry], Decimal]:
    """The entries of the charges that so much money covers, and what is left of it. Covered charges are settled."""
    applied = applied_to(line.charge for line in lines)
    entries, covered = list[LedgerEntry](), list[Charge]()
    for line in lines:
        charge, was_void = line.charge, line.charge.state == Charge.State.VOID
        if not _is_owed(charge, at):
            continue
        if was_void:  # what was paid for it in another way may stand on it again
            applied |= applied_to([charge])
        part, discount = _share(line, charge.amount - applied[charge.pk], rest)
        if not part:
            continue
        rest -= part
        for account, amount in ((Account.CHARGE, -(part + discount)), (Account.DISCOUNT, discount)):
            if amount:
                key = f"{payment.code}:{charge.code}:{account}"
                entries.append(
                    LedgerEntry(at=at, payment=payment, charge=charge, account=account, amount=amount, key=key)
                )
        if applied[charge.pk] + part + discount == charge.amount:
            covered.append(charge)
    change_states(covered, "settle", by=by, at=at)
    return entries, rest


def _is_owed(charge: Charge, at: datetime) -> bool:
    """Open, or void but still to be had: then it is opened again."""
    if charge.state == Charge.State.VOID and payable_for(charge).recover(charge, at):
        change_state(charge, "reopen", at=at)
    return charge.state == Charge.State.OPEN


def _share(line: CheckoutLine, owed: Decimal, rest: Decimal) -> tuple[Decimal, Decimal]:
    """(paid, forgone) for one line: the frozen discount counts only where the line is paid in full."""
    discount = line.discount if rest >= line.amount and owed >= line.amount + line.discount else ZERO
    return min(rest, owed - discount), discount


def _next_receipt_number(at: datetime) -> str:
    """The next number of the year, for example R-2026-00042. The year's row stays locked until the payment is stored, so
    none is missing; one statement, because every payment of the office waits in this line."""
    year = today(at).year
    table = connection.ops.quote_name(ReceiptSeries._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (year, last) VALUES (%s, 1) "  # noqa: S608 (the model's own table)
            f"ON CONFLICT (year) DO UPDATE SET last = {table}.last + 1 RETURNING last",
            [year],
        )
        [last] = cursor.fetchone()
    return f"R-{year}-{last:05d}"
