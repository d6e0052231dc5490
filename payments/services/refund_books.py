"""Book what went back, and what came back after all."""

from datetime import datetime
from typing import Any

from accounts.models import User
from opscom.lib.money import ZERO
from opscom.lib.states import change_state
from payments import emails
from payments.models import Adjustment, AdjustmentEvent, LedgerEntry, Payment, Refund
from payments.services.attention import flag_payment
from payments.services.ledger import book

Account = LedgerEntry.Account


def finish_refund(refund: Refund, *, at: datetime, by: User | None = None, **fields: Any) -> Refund:
    """The locked refund is done: booked, unless it was on its way already, and its payer told."""
    if refund.target == Refund.Target.CREDIT:
        fields["adjustment"] = _give_credit(refund, by, at)
    change_state(refund, "finish", by=by, at=at, done_at=at, **fields)
    book_refund(refund, at)
    return refund


def book_refund(refund: Refund, at: datetime) -> None:
    """Write that the money left, once for each time that it does, and tell the payer."""
    if not _is_booked(refund):
        _book(refund, at, back=False)
        if not refund.external:
            emails.send_refund(refund)


def fail_refund(refund: Refund, *, at: datetime, reason: str) -> Refund:
    """The locked refund did not reach the payer, perhaps days after it seemed to: what it gave back is to be had again,
    and staff are told (RULES 39)."""
    change_state(refund, "fail", at=at, reason=reason[:250], note=reason[:250])
    if _is_booked(refund):
        _book(refund, at, back=True)
    flag_payment(refund.payment_id, Payment.Attention.REFUND, reason, about=refund.reference)
    return refund


def _is_booked(refund: Refund) -> bool:
    return refund.entries.count() % 4 != 0


def _book(refund: Refund, at: datetime, *, back: bool) -> None:
    amount = -refund.amount if back else refund.amount
    key = f"{refund.code}:{refund.entries.count() // 2}"
    given = Account.SURPLUS if refund.charge_id is None else Account.REFUND
    common: dict[str, Any] = {"at": at, "payment": refund.payment, "refund": refund}
    book(
        [
            LedgerEntry(**common, charge=refund.charge, account=given, amount=amount, key=f"{key}:{given}"),
            LedgerEntry(
                **common,
                adjustment=refund.adjustment,
                account=Account(refund.target),
                amount=ZERO - amount,
                key=f"{key}:{refund.target}:out",
            ),
        ]
    )


def _give_credit(refund: Refund, by: User | None, at: datetime) -> Adjustment:
    """Credit of the payer, for the next payment (RULES 43)."""
    payer = refund.payment.checkout.user
    assert payer is not None  # the plan gives no credit to a guest  # noqa: S101
    adjustment = Adjustment.objects.create(user=payer, amount=-refund.amount, comment=refund.reason, created_at=at)
    AdjustmentEvent.objects.create(adjustment=adjustment, at=at, by=by, to_state=adjustment.state)
    return adjustment
