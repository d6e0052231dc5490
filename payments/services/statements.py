"""Statements: what somebody owed, was charged, paid and got back over a period, from the charges and the books alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Company, User
from opscom.lib.dates import end_of_day, start_of_day
from opscom.lib.finding import found_by_any
from opscom.lib.money import ZERO
from payments.models import Charge, ChargeEvent, LedgerEntry

Account = LedgerEntry.Account


class Column(models.TextChoices):
    """Where a line of a statement stands."""

    CHARGES = "charges", gettext_lazy("Charges")
    PAYMENTS = "payments", gettext_lazy("Payments")
    CREDITS = "credits", gettext_lazy("Credits")
    REFUNDS = "refunds", gettext_lazy("Refunds")


# What an entry does to what is owed, column by column. A discount makes the charge smaller, and the payment that was
# credited with it; what is given back on a charge makes it smaller, and is owed to nobody once it is paid out.
EFFECTS: dict[str, dict[Column, int]] = {
    Account.CHARGE: {Column.PAYMENTS: 1},
    Account.DISCOUNT: {Column.CHARGES: -1, Column.PAYMENTS: 1},
    Account.SURPLUS: {Column.PAYMENTS: 1},
    Account.CREDIT: {Column.CREDITS: 1},
    Account.REFUND: {Column.CHARGES: -1, Column.REFUNDS: 1},
}


@dataclass(frozen=True)
class Subject:
    """Whose statement: the charges, the surplus of payments and the credit that count. Nothing counts twice."""

    charges: Q
    surplus: Q
    credit: Q | None
    company: int | None = None  # its key, where it is a company's


@dataclass(frozen=True)
class Line:
    """One thing that happened; a positive amount is owed on top, a negative one is owed less. `receipt` is the code of the
    receipt that it names."""

    at: datetime
    column: Column
    what: str
    amount: Decimal
    receipt: str = ""


@dataclass(frozen=True)
class Statement:
    """The lines from the start of `first` to the end of `last` in office time, between two balances."""

    first: date
    last: date
    opening: Decimal
    lines: list[Line]

    @property
    def totals(self) -> dict[Column, Decimal]:
        """The sum of each column."""
        return {
            column: sum((line.amount for line in self.lines if line.column == column), start=ZERO) for column in Column
        }

    @property
    def closing(self) -> Decimal:
        """What is owed at the end; negative where the office owes."""
        return sum(self.totals.values(), start=self.opening)


def of_person(user: User) -> Subject:
    """The person's own debts, whoever pays them, and the own surplus and credit."""
    surplus = Q(payment__checkout__user=user, payment__checkout__company=None)
    return Subject(Q(payer=user), surplus, Q(adjustment__user=user))


def of_company(company: Company) -> Subject:
    """The debts of the company's people of now, what it paid for those who have left since, and the surplus of what was paid
    for it. Credit is each person's own."""
    people = Q(payer__membership__company=company, payer__membership__active=True)
    paid = LedgerEntry.objects.filter(payment__checkout__company=company, account=Account.CHARGE).order_by()
    theirs = found_by_any(Charge.objects.all(), [people, Q(pk__in=paid.values("charge"))])
    return Subject(Q(pk__in=theirs), Q(payment__checkout__company=company), None, company.pk)


def write_statement(subject: Subject, *, first: date, last: date) -> Statement:
    """Three queries, however much happened."""
    start, end = start_of_day(first), end_of_day(last)
    found = sorted([*_debts(subject, end), *_bookings(subject, end)], key=lambda line: line.at)
    opening = sum((line.amount for line in found if line.at < start), start=ZERO)
    return Statement(first, last, opening, [line for line in found if line.at >= start])


def _debts(subject: Subject, end: datetime) -> Iterator[Line]:
    """Charges as they were made, voided and owed again; not what was given for nothing."""
    charges = Charge.objects.filter(subject.charges).exclude(amount=ZERO)
    for charge in charges.filter(created_at__lt=end).select_related("payer"):
        yield Line(charge.created_at, Column.CHARGES, _named(charge, subject), charge.amount)
    void = Q(to_state=Charge.State.VOID) | Q(from_state=Charge.State.VOID)
    events = ChargeEvent.objects.filter(void, charge__in=charges.order_by(), at__lt=end).order_by("at", "pk")
    for event in events.select_related("charge__payer"):
        what, ended = _named(event.charge, subject), event.to_state == Charge.State.VOID
        text = _("Void: %(what)s") if ended else _("Owed again: %(what)s")
        yield Line(event.at, Column.CHARGES, text % {"what": what}, event.charge.amount * (-1 if ended else 1))


def _bookings(subject: Subject, end: datetime) -> list[Line]:
    """The entries that concern this subject, those of one booking together."""
    mine = [
        Q(
            charge__in=Charge.objects.filter(subject.charges).order_by(),
            account__in=[Account.CHARGE, Account.DISCOUNT, Account.REFUND],
        ),
        Q(subject.surplus, account=Account.SURPLUS),
    ]
    if subject.credit is not None:
        mine.append(Q(subject.credit, account=Account.CREDIT))
    entries = LedgerEntry.objects.filter(pk__in=found_by_any(LedgerEntry.objects.all(), mine), at__lt=end)
    related = ("charge__payer", "payment__checkout__company", "payment__receipt", "payment__method", "adjustment")
    sums: dict[tuple[object, ...], Line] = {}
    for entry in entries.select_related(*related).order_by("at", "pk"):
        for column, sign in EFFECTS[entry.account].items():
            charge = entry.charge_id if column == Column.CHARGES else None
            key = (entry.at, entry.payment_id or -(entry.adjustment_id or 0), entry.refund_id, column, charge)
            amount = entry.amount * sign
            if key in sums:
                amount += sums[key].amount
            what, receipt = _worded(entry, column, amount, subject)
            sums[key] = Line(entry.at, column, what, amount, receipt)
    return [line for line in sums.values() if line.amount]


def _worded(entry: LedgerEntry, column: Column, amount: Decimal, subject: Subject) -> tuple[str, str]:
    """What it says, and the code of the receipt that it names."""
    if column == Column.CHARGES and entry.charge:
        what = {"what": _named(entry.charge, subject)}
        return (_("Given back: %(what)s") if entry.refund_id else _("Early payment discount: %(what)s")) % what, ""
    if column == Column.CREDITS:
        return _("Office credit used") if amount > 0 else _("Office credit"), ""
    if entry.refund_id:
        return _("Refund") if amount > 0 else _("Refund that came back"), ""
    return _paid(entry, amount, subject)


def _paid(entry: LedgerEntry, amount: Decimal, subject: Subject) -> tuple[str, str]:
    """How it was paid, as far as it is the reader's own payment."""
    payment = entry.payment
    if payment is None:
        return _("Opening balance"), ""
    if amount > 0:
        return _("Payment taken back"), ""
    company = payment.checkout.company
    if subject.company is None and company is not None:
        return _("Paid by %(company)s") % {"company": company.name}, ""
    if _is_others(entry, subject):
        return _("Paid by somebody else"), ""
    names = {"method": payment.method.name, "number": payment.receipt.number}
    return _("%(method)s, receipt %(number)s") % names, payment.receipt.code


def _is_others(entry: LedgerEntry, subject: Subject) -> bool:
    """A payment that is none of the subject's: a guest's, or for the company a person's own or another company's."""
    if entry.payment is None or entry.charge is None:
        return False
    if subject.company is not None:
        return entry.payment.checkout.company_id != subject.company
    return entry.payment.checkout.user_id != entry.charge.payer_id


def _named(charge: Charge, subject: Subject) -> str:
    """What it is; of a company's with the person whose debt it is."""
    if subject.company is not None and charge.payer:
        return f"{charge.description} ({charge.payer.get_full_name()})"
    return charge.description


def columns_of(lines: Iterable[Line]) -> Iterator[tuple[Line, list[Decimal | None]]]:
    """Each line with its amount in its column and nothing in the others."""
    for line in lines:
        yield line, [line.amount if line.column == column else None for column in Column]
