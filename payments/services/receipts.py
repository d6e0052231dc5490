"""What a receipt says, the same on screen, in the e-mail and as a PDF."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from opscom.lib.money import ZERO
from payments.models import Charge, CheckoutLine, LedgerEntry, Payment
from payments.services.taxes import TaxAmount, load_taxes, sum_taxes, taxes_within

Account = LedgerEntry.Account


@dataclass(frozen=True)
class ReceiptLine:
    """What a payment has put on one charge, and what the office forwent for its early payment."""

    charge: Charge
    amount: Decimal
    discount: Decimal


@dataclass(frozen=True)
class ReceiptText:
    """The lines add up, with `surplus` and less `credit` (office credit that was used), to what was paid."""

    lines: list[ReceiptLine]
    surplus: Decimal
    credit: Decimal
    taxes: list[TaxAmount]


def describe_receipt(payment: Payment, lines: Iterable[CheckoutLine], at: datetime) -> ReceiptText:
    """The receipt of a payment that was booked at that moment; later refunds and corrections do not change it. `lines` come
    with their charges. Two queries, and one more where a charge bears taxes."""
    lines = list(lines)
    charges = {line.charge_id: line.charge for line in lines}
    load_taxes(charges.values())
    entries = LedgerEntry.objects.filter(payment=payment, at__lte=at)
    sums: dict[tuple[str, int | None], Decimal] = {}
    for account, charge, amount in entries.values_list("account", "charge", "amount"):
        sums[account, charge] = sums.get((account, charge), ZERO) + amount
    written = [_line(line.charge, sums) for line in lines]
    return ReceiptText(
        lines=written,
        surplus=-sum((amount for (account, _), amount in sums.items() if account == Account.SURPLUS), start=ZERO),
        credit=sum((amount for (account, _), amount in sums.items() if account == Account.CREDIT), start=ZERO),
        taxes=_taxes(payment, written, at),
    )


def _line(charge: Charge, sums: dict[tuple[str, int | None], Decimal]) -> ReceiptLine:
    discount = sums.get((Account.DISCOUNT, charge.pk), ZERO)
    return ReceiptLine(charge, -sums.get((Account.CHARGE, charge.pk), ZERO) - discount, discount)


def _taxes(payment: Payment, lines: Iterable[ReceiptLine], at: datetime) -> list[TaxAmount]:
    """The taxes within what this payment has put on its charges, after what others had put there before."""
    taxed = [line for line in lines if line.charge.taxed]
    if not taxed:
        return []
    earlier: dict[int, Decimal] = {}
    others = LedgerEntry.objects.filter(charge__in=[line.charge for line in taxed], account=Account.CHARGE, at__lte=at)
    for charge, amount in others.exclude(payment=payment).values_list("charge", "amount"):
        earlier[charge] = earlier.get(charge, ZERO) - amount
    return sum_taxes(
        taxes_within(line.charge, line.amount, after=earlier.get(line.charge.pk, ZERO), reduced=bool(line.discount))
        for line in taxed
    )
