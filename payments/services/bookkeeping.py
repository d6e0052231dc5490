"""The books as an office's bookkeeping takes them: every entry under its ledger code, taxes apart, debits equal to credits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from opscom.lib.dates import end_of_day, start_of_day
from opscom.lib.money import ZERO, MoneyField, rounded
from payments.models import LedgerCode, LedgerEntry, PaymentMethod, Refund, Tax
from payments.models.refund import HandedAs
from payments.payables import held_kinds, kind_choices
from payments.services.taxes import part_of

Account, Source = LedgerEntry.Account, LedgerCode.Source
OF_ITEMS = (Account.CHARGE, Account.REFUND)  # what stands under the item's kind
OWN_ACCOUNTS = (Account.DISCOUNT, Account.SURPLUS, Account.CREDIT, Account.OPENING)
HANDED_OUT = "handed_out"  # in another way than any payment method says
ACCOUNT_WORDS = {account.value: account.label for account in Account} | {HANDED_OUT: Refund.Target.OFFICE.label}
NOT_AT_THE_OFFICE = [PaymentMethod.CARD, PaymentMethod.CREDIT]
AT_ONCE = 2000


def make_codes(**_kwargs: Any) -> None:
    """Make a row for each kind of item and each account that has none, after every migration."""
    wanted = [(source_of(kind), kind) for kind, _label in kind_choices()]
    wanted += [(Source.ACCOUNT, key) for key in (*OWN_ACCOUNTS, HANDED_OUT)]
    rows = [LedgerCode(source=source, key=key) for source, key in wanted]
    LedgerCode.objects.bulk_create(rows, ignore_conflicts=True)


def source_of(kind: str) -> LedgerCode.Source:
    """Whether money for that kind is income, or held for who paid it."""
    return Source.HELD if kind in held_kinds() else Source.KIND


@dataclass(frozen=True)
class Booking:
    """One line: a positive amount is a debit, a negative one a credit."""

    at: datetime
    code: str
    account: str
    amount: Decimal
    item: str
    payment: str
    receipt: str
    key: str

    @property
    def debit(self) -> Decimal:
        return max(self.amount, ZERO)

    @property
    def credit(self) -> Decimal:
        return max(-self.amount, ZERO)


@dataclass(frozen=True)
class CodeSum:
    """What stands under one ledger code."""

    code: str
    account: str
    debit: Decimal
    credit: Decimal


class Chart:
    """The office's ledger codes with the words for them, read once. Three queries."""

    def __init__(self) -> None:
        codes = {(row.source, row.key): row.ledger_code for row in LedgerCode.objects.all()}
        self.accounts = {
            key: (codes.get((Source.ACCOUNT, key), ""), str(words)) for key, words in ACCOUNT_WORDS.items()
        }
        self.methods = {row.code: (row.ledger_code, row.name) for row in PaymentMethod.objects.all()}
        self.methods[HANDED_OUT] = self.accounts[HANDED_OUT]
        self.taxes = {row.pk: (row.ledger_code, row.name) for row in Tax.objects.all()}
        self.kinds = {
            kind: (codes.get((source_of(kind), kind), ""), str(label) or kind) for kind, label in kind_choices()
        }

    def of(self, row: dict[str, Any]) -> tuple[str, str]:
        """Code and words of an entry, its taxes left out."""
        if row["account"] in OF_ITEMS:
            return self.kinds.get(row["charge__kind"], ("", row["charge__kind"] or ""))
        if row["account"] in (Account.CARD, Account.OFFICE):
            return self.methods.get(row["how"], ("", ""))
        return self.accounts[row["account"]]


def with_how(entries: QuerySet[LedgerEntry]) -> QuerySet[Any]:
    """Adds the code of the method by which money moved. What the office hands out moved as it says, whatever was paid by; in
    another way than cash or cheque by the method of the payment, or HANDED_OUT where that is the provider's or credit."""
    counter = When(refund__handed_as__in=[HandedAs.CASH, HandedAs.CHEQUE], then=Value(PaymentMethod.CASH))
    other = When(refund__handed_as=HandedAs.OTHER, payment__method__in=NOT_AT_THE_OFFICE, then=Value(HANDED_OUT))
    moved = Coalesce("payment__method", "adjustment__method", "adjustment__counterpart__method", Value(""))
    return entries.annotate(how=Case(counter, other, default=moved, output_field=CharField()))


def read_bookings(*, first: date, last: date) -> Iterator[Booking]:
    """Every line from the start of `first` to the end of `last` in office time, in the order of the books. Four queries and
    constant memory, however many there are: taxes come joined, and an entry's lines follow each other."""
    yield from _lines(_entries(first, last), Chart())


def _lines(entries: QuerySet[LedgerEntry, Any], chart: Chart) -> Iterator[Booking]:
    for _key, group in groupby(entries.iterator(chunk_size=AT_ONCE), key=itemgetter("pk")):
        joined = list(group)
        row, rest = joined[0], joined[0]["amount"]
        for tax in joined if row["charge__taxed"] else []:
            share = _tax_in(row, tax)
            rest -= share
            if share:
                yield _line(row, chart.taxes[tax["charge__taxes__tax"]], share)
        if rest:
            yield _line(row, chart.of(row), rest)


def sum_bookings(bookings: Iterable[Booking]) -> list[CodeSum]:
    """Debits and credits under each code."""
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for line in bookings:
        both = sums.setdefault((line.code, line.account), [ZERO, ZERO])
        both[0] += line.debit
        both[1] += line.credit
    return [CodeSum(code, account, *both) for (code, account), both in sorted(sums.items())]


def sum_codes(*, first: date, last: date) -> list[CodeSum]:
    """The same sums of those days. What bears no tax, most of a long period, is added up by the database."""
    chart, taxed = Chart(), Q(charge__taxed=True)
    in_period = with_how(LedgerEntry.objects.filter(at__gte=start_of_day(first), at__lt=end_of_day(last)))
    signs = {"debit": Sum("amount", filter=Q(amount__gt=0)), "credit": Sum("amount", filter=Q(amount__lt=0))}
    plain = in_period.exclude(taxed).order_by().values("account", "how", "charge__kind").annotate(**signs)
    lines: list[Booking] = []
    for row in plain:
        lines += [_total(chart.of(row), row[sign]) for sign in signs if row[sign]]
    return sum_bookings(chain(lines, _lines(_entries(first, last).filter(taxed), chart)))


def _total(code: tuple[str, str], amount: Decimal) -> Booking:
    return Booking(timezone.now(), code[0], code[1] or _("Without an account"), rounded(amount), "", "", "", "")


def _entries(first: date, last: date) -> QuerySet[LedgerEntry, Any]:
    same = LedgerEntry.objects.filter(charge=OuterRef("charge"), pk__lt=OuterRef("pk"))
    before = same.filter(account=OuterRef("account")).order_by().values("charge").annotate(total=Sum("amount"))
    entries = with_how(LedgerEntry.objects.filter(at__gte=start_of_day(first), at__lt=end_of_day(last)))
    return (
        entries.annotate(
            before=Coalesce(Subquery(before.values("total")), ZERO, output_field=MoneyField()),
            early=Exists(same.filter(account=Account.DISCOUNT, amount__gt=0)),
        )
        .order_by("at", "pk", "charge__taxes__pk")
        .values(
            "pk", "at", "key", "account", "amount", "before", "early",
            "how", "payment__code", "payment__receipt__number",
            "charge__kind", "charge__description", "charge__amount", "charge__reduced_amount", "charge__taxed",
            "charge__taxes__tax", "charge__taxes__amount", "charge__taxes__reduced_amount",
        )
    )  # fmt: skip


def _tax_in(row: dict[str, Any], tax: dict[str, Any]) -> Decimal:
    """How much of an entry is one tax of its charge, with the entry's sign; over all entries of a charge to the cent."""
    whole, reduced = row["charge__amount"], row["charge__reduced_amount"]
    in_whole, in_reduced = tax["charge__taxes__amount"], tax["charge__taxes__reduced_amount"]
    if row["account"] == Account.DISCOUNT:
        return part_of(in_whole - (in_reduced or ZERO), whole - (reduced or ZERO), row["amount"], after=ZERO)
    if row["account"] == Account.REFUND and row["early"]:
        return part_of(in_reduced or ZERO, reduced, row["amount"], after=row["before"])
    if row["account"] == Account.REFUND:
        return part_of(in_whole, whole, row["amount"], after=row["before"])
    if row["account"] == Account.CHARGE:
        return -part_of(in_whole, whole, -row["amount"], after=-row["before"])
    return ZERO


def _line(row: dict[str, Any], code: tuple[str, str], amount: Decimal) -> Booking:
    return Booking(
        at=row["at"],
        code=code[0],
        account=code[1] or _("Without an account"),
        amount=amount,
        item=row["charge__description"] or "",
        payment=row["payment__code"] or "",
        receipt=row["payment__receipt__number"] or "",
        key=row["key"],
    )
