"""A cheque that the bank sends back: a reversing entry with a fee; what it paid is owed again (RULES 46)."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.money import ZERO
from opscom.lib.office import office
from opscom.lib.states import change_state
from payments import emails
from payments.errors import PaymentRefused
from payments.models import Charge, Checkout, LedgerEntry, Payment, Refund
from payments.models.payment import ReceivedAs
from payments.payables import payable_for
from payments.services.attention import flag_payment
from payments.services.charges import create_charge, lock_lines
from payments.services.ledger import book

Account = LedgerEntry.Account
FEE, BOUNCED = "fee", "the cheque bounced"
Sums = dict[tuple[str, int | None], Decimal]


@transaction.atomic
def bounce_cheque(payment: Payment, *, by: User, at: datetime | None = None) -> Payment:
    """Undo the money of a cheque: surplus first, then what it paid. The charges are owed again, whatever was given is
    suspended, the payer owes the office's fee and gets an e-mail. What is another person's by now stays theirs, and staff are
    told. Credit that was spent beside the cheque stays spent."""
    at = at or timezone.now()
    checkout = Checkout.objects.select_for_update(of=("self",)).select_related("user").get(pk=payment.checkout_id)
    payment = Payment.objects.select_for_update(of=("self",)).select_related("receipt").get(pk=payment.pk)
    payment.checkout = checkout
    _check(payment)
    lines = lock_lines(checkout)
    entries = _reversal(payment, at)
    book(entries)
    undone = {entry.charge_id for entry in entries}
    settled = [line.charge for line in lines if line.charge_id in undone and line.charge.state == Charge.State.SETTLED]
    for charge in settled:
        change_state(charge, "reopen", by=by, at=at, reason=BOUNCED)
        payable_for(charge).on_reversed(charge, at)
    payment.bounced_at = at
    payment.attention = Payment.Attention.NONE
    payment.save(update_fields=["bounced_at", "attention"])
    payment.events.create(at=at, by=by, from_state=payment.state, to_state=payment.state, reason=BOUNCED)
    if passed_on := [charge.description for charge in settled if payable_for(charge).is_passed_on(charge)]:
        flag_payment(payment.pk, Payment.Attention.BOUNCED, "; ".join(passed_on))
        payment.refresh_from_db(fields=["attention", "note"])
    fee = _charge_fee(payment, at)
    emails.send_bounced(payment, [line for line in lines if line.charge_id in undone], fee)
    return payment


def _check(payment: Payment) -> None:
    if payment.state != Payment.State.CONFIRMED or payment.received_as != ReceivedAs.CHEQUE:
        raise PaymentRefused(_("Only a cheque that was processed can bounce."), code="cheque")
    if payment.bounced_at:
        raise PaymentRefused(_("This cheque is marked as bounced already."), code="bounced")
    if payment.refunds.filter(state__in=Refund.COUNTED).exists():
        raise PaymentRefused(
            _("Some of this payment was refunded. Reject or finish the refund, and charge the person for the cheque."),
            code="refunded",
        )


def _reversal(payment: Payment, at: datetime) -> list[LedgerEntry]:
    """Entries opposite to those that the cheque's money made, as they stand now."""
    standing: Sums = defaultdict(lambda: ZERO)
    for entry in payment.entries.all():
        standing[entry.account, entry.charge_id] += entry.amount
    left = received = payment.received or ZERO
    undo: Sums = {(Account.OFFICE, None): -received}
    surplus = min(left, -standing[Account.SURPLUS, None])
    if surplus:
        undo[Account.SURPLUS, None] = surplus
        left -= surplus
    for account, charge in [key for key in standing if key[0] == Account.CHARGE]:
        discount = standing[Account.DISCOUNT, charge]
        part = min(left, -standing[account, charge] - discount)
        if part > 0:
            undo[account, charge] = part + discount
            undo[Account.DISCOUNT, charge] = -discount
            left -= part
    return [
        LedgerEntry(
            at=at,
            payment=payment,
            charge_id=charge,
            account=account,
            amount=amount,
            key=f"{payment.code}:bounced:{account}:{charge or ''}",
        )
        for (account, charge), amount in undo.items()
        if amount
    ]


def _charge_fee(payment: Payment, at: datetime) -> Charge | None:
    """The office's fee, owed by the user; a guest has no list of what is owed, so none is charged."""
    fee, payer = office().bounced_cheque_fee, payment.checkout.user
    if not fee or payer is None:
        return None
    description = _("Fee for a bounced cheque (%(number)s)") % {"number": payment.receipt.number}
    return create_charge(FEE, amount=fee, description=description, payer=payer, at=at)
