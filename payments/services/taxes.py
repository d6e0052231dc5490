"""What taxes add to a price, and how much of each is within a part of a charge."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet, prefetch_related_objects
from modeltranslation.utils import get_translation_fields

from opscom.lib.dates import today
from opscom.lib.money import ZERO, rounded
from opscom.lib.prepared import prepared
from payments.models import Charge, ChargeTax, CheckoutLine, Tax

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class TaxAmount:
    """One tax with its sum; `tax` is the office's row before a charge is made, and what was frozen afterwards."""

    tax: Tax | ChargeTax
    amount: Decimal


@dataclass(frozen=True)
class Priced:
    """A price with its taxes: what is paid for the thing, the net that taxes are computed on, and each tax."""

    net: Decimal
    total: Decimal
    taxes: tuple[TaxAmount, ...]


def taxes_for(kind: str, *, payer: int | None, at: datetime) -> list[Tax]:
    """The taxes that a charge of this kind bears, made at that moment for the person of that key. One query."""
    return [tax for tax in _taxes(payer, today(at)) if kind in tax.kinds]


@prepared
def _taxes(payer: int | None, day: date) -> QuerySet[Tax]:
    taxes = Tax.objects.in_force(day)
    return taxes if payer is None else taxes.not_exempt(payer, day)


def price_with(taxes: Iterable[Tax], price: Decimal) -> Priced:
    """A price of the office with these taxes: those that it contains are split out, the others come on top. Each is
    computed on the net and rounded by itself; totals are sums of what was rounded (RULES 47)."""
    taxes = list(taxes)
    contained = sum((tax.rate for tax in taxes if tax.inclusive), start=Decimal(0))
    bare = price / (1 + contained / HUNDRED)
    inside = {tax.pk: rounded(bare * tax.rate / HUNDRED) for tax in taxes if tax.inclusive}
    net = price - sum(inside.values(), start=ZERO)
    amounts = tuple(
        TaxAmount(tax, inside[tax.pk] if tax.inclusive else rounded(net * tax.rate / HUNDRED)) for tax in taxes
    )
    added = sum((part.amount for part in amounts if not part.tax.inclusive), start=ZERO)
    return Priced(net, price + added, amounts)


def price_within(taxes: Iterable[Tax], total: Decimal) -> Priced:
    """What is paid in all, as the office has said it, with these taxes split out: those that come on top of prices, too."""
    taxes = list(taxes)
    bare = total / (1 + sum((tax.rate for tax in taxes), start=Decimal(0)) / HUNDRED)
    amounts = tuple(TaxAmount(tax, rounded(bare * tax.rate / HUNDRED)) for tax in taxes)
    return Priced(total - sum((part.amount for part in amounts), start=ZERO), total, amounts)


def save_with_taxes(charge: Charge, *, pricing: Callable[[Iterable[Tax], Decimal], Priced] = price_with) -> Charge:
    """Store a new charge whose amounts are prices of the office: what comes on top is added, and each tax is frozen on it.
    With `price_within` they are what is paid in all. Called in a transaction."""
    taxes = taxes_for(charge.kind, payer=charge.payer_id, at=charge.created_at)
    whole = pricing(taxes, charge.amount)
    early = None if charge.reduced_amount is None else pricing(taxes, charge.reduced_amount)
    charge.amount, charge.reduced_amount = whole.total, early.total if early else None
    charge.taxed = bool(taxes)
    charge.save()
    ChargeTax.objects.bulk_create(
        _freeze(charge, tax, part.amount, early.taxes[n].amount if early else None)
        for n, (tax, part) in enumerate(zip(taxes, whole.taxes, strict=True))
    )
    return charge


def _freeze(charge: Charge, tax: Tax, amount: Decimal, reduced: Decimal | None) -> ChargeTax:
    frozen = ChargeTax(
        charge=charge,
        tax=tax,
        rate=tax.rate,
        registration=tax.registration,
        inclusive=tax.inclusive,
        amount=amount,
        reduced_amount=reduced,
    )
    for name in get_translation_fields("name"):
        setattr(frozen, name, getattr(tax, name))
    return frozen


def load_taxes(charges: Iterable[Charge]) -> None:
    """Fetch the frozen taxes of all these charges at once; no query where none bears any."""
    prefetch_related_objects([charge for charge in charges if charge.taxed], "taxes")


def taxes_within(charge: Charge, amount: Decimal, *, after: Decimal = ZERO, reduced: bool = False) -> list[TaxAmount]:
    """How much of each tax is within a part of this charge.

    `after` is what earlier parts (payments, or refunds) have covered: the shares of all parts together are then the whole
    tax, to the cent. `reduced` where the charge was paid at its reduced amount, which holds the taxes of that amount. A
    negative amount takes back the end of what came before.
    """
    if not charge.taxed:
        return []
    whole = charge.reduced_amount if reduced else charge.amount
    return [
        TaxAmount(tax, part_of(_tax_of(tax, reduced=reduced), whole, amount, after=after)) for tax in charge.taxes.all()
    ]


def taxes_of_lines(lines: Iterable[CheckoutLine]) -> list[TaxAmount]:
    """The taxes within what a checkout's lines are about to pay. One query, none where no charge bears any."""
    lines = list(lines)
    load_taxes(line.charge for line in lines)
    return sum_taxes(
        taxes_within(
            line.charge,
            line.amount,
            after=line.charge.amount - line.amount - line.discount,
            reduced=bool(line.discount),
        )
        for line in lines
    )


def taxes_forgone(charge: Charge, amount: Decimal) -> list[TaxAmount]:
    """How much of each tax an early payment discount of that amount saves."""
    if not charge.taxed or charge.reduced_amount is None:
        return []
    whole = charge.amount - charge.reduced_amount
    return [
        TaxAmount(tax, part_of(tax.amount - _tax_of(tax, reduced=True), whole, amount, after=ZERO))
        for tax in charge.taxes.all()
    ]


def part_of(tax: Decimal, whole: Decimal | None, amount: Decimal, *, after: Decimal) -> Decimal:
    """The share of a tax in the cents from `after` on: the share of all up to its end, less that up to its start."""
    return ZERO if not whole else rounded(tax * (after + amount) / whole) - rounded(tax * after / whole)


def sum_taxes(parts: Iterable[Sequence[TaxAmount]]) -> list[TaxAmount]:
    """One sum for each tax of several lines; a rate that has changed meanwhile is another tax."""
    sums: dict[tuple[int, Decimal, str], TaxAmount] = {}
    for part in parts:
        for one in part:
            key = (getattr(one.tax, "tax_id", one.tax.pk), one.tax.rate, one.tax.registration)
            before = sums.get(key)
            sums[key] = TaxAmount(one.tax, one.amount + (before.amount if before else ZERO))
    return list(sums.values())


def _tax_of(tax: ChargeTax, *, reduced: bool) -> Decimal:
    return (tax.reduced_amount or ZERO) if reduced else tax.amount
