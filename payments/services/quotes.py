"""What a selection costs at a moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from opscom.lib.dates import today
from opscom.lib.money import ZERO
from payments.models import Charge


@dataclass(frozen=True)
class QuoteLine:
    """One charge: what is to be paid now, and what the office forgoes for paying early."""

    charge: Charge
    amount: Decimal
    discount: Decimal


def quote(charges: Iterable[Charge], at: datetime, applied: dict[int, Decimal]) -> list[QuoteLine]:
    """Quote open charges. The reduction holds through the end of its last day in office time, and only for the whole
    charge at once (RULES 30)."""
    lines = []
    for charge in charges:
        owed = charge.amount - applied[charge.pk]
        discount = ZERO
        if (
            charge.reduced_amount is not None
            and charge.reduced_through
            and not applied[charge.pk]
            and today(at) <= charge.reduced_through
        ):
            discount = charge.amount - charge.reduced_amount
        lines.append(QuoteLine(charge, owed - discount, discount))
    return lines


def price_now(charge: Charge, at: datetime) -> Decimal:
    """What one charge costs at that moment; needs `with_standing()`."""
    return quote([charge], at, {charge.pk: charge.applied})[0].amount
