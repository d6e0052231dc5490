"""Move what was paid on one charge to another one: an exchange. In the books of each payment it is given back on the one and
credited to the other, so that a later refund of the other finds the way in which the money came (RULES 36)."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum

from opscom.lib.money import ZERO
from opscom.lib.states import change_state
from payments.models import Charge, LedgerEntry, Payment
from payments.services.charges import applied_to
from payments.services.ledger import book
from payments.services.refundable import standing_of

Account = LedgerEntry.Account


def can_be_moved(payments: Iterable[Payment], source: Charge) -> Decimal:
    """What is left of a charge in these payments. True for as long as they are locked."""
    return sum((max(standing_of(payment).left(source), ZERO) for payment in payments), start=ZERO)


def move_paid(payments: Iterable[Payment], *, source: Charge, target: Charge, amount: Decimal, at: datetime) -> None:
    """Move that much, which `can_be_moved`, to an open charge; where it covers all of it, the charge is settled. The payments
    and the target are locked."""
    turn, rest, entries = _moves(target).count(), amount, []
    for payment in payments:
        part = min(rest, max(standing_of(payment).left(source), ZERO))
        rest -= part
        for charge, account, sign in ((source, Account.REFUND, 1), (target, Account.CHARGE, -1)) if part else ():
            key = f"{_prefix(target)}{turn}:{payment.pk}:{account}"
            entries.append(
                LedgerEntry(at=at, payment=payment, charge=charge, account=account, amount=sign * part, key=key)
            )
    if rest:
        raise ValueError(f"{rest} of {amount} is not there to be moved")
    book(entries)
    if applied_to([target])[target.pk] == target.amount:
        change_state(target, "settle", at=at, reason="moved")


def move_back(target: Charge, *, at: datetime) -> None:
    """What was moved to a locked open charge goes back to where it was; nothing where nothing was moved."""
    turn = _moves(target).count()
    sums = _moves(target).order_by().values("payment", "charge", "account").annotate(total=Sum("amount"))
    book(
        [
            LedgerEntry(
                at=at,
                payment_id=row["payment"],
                charge_id=row["charge"],
                account=row["account"],
                amount=-row["total"],
                key=f"{_prefix(target)}{turn}:{row['payment']}:{row['account']}",
            )
            for row in sums.exclude(total=0)
        ]
    )


def first_moved(target: Charge) -> Decimal:
    """How much was moved to it when it was made, whether or not it went back since."""
    first = _moves(target).filter(key__startswith=f"{_prefix(target)}0:", account=Account.CHARGE)
    return ZERO - (first.aggregate(total=Sum("amount"))["total"] or ZERO)


def _moves(target: Charge) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(key__startswith=_prefix(target))


def _prefix(target: Charge) -> str:
    return f"moved:{target.code}:"
