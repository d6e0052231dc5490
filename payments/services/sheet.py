"""The end-of-day sheet: what came in and went out on one day, by method, ledger code, tax, item, account and drawer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from opscom.lib.dates import end_of_day, start_of_day
from opscom.lib.money import ZERO, rounded
from payments.models import CashDrawer, LedgerEntry, Tax
from payments.models.payment import ReceivedAs
from payments.models.refund import HandedAs
from payments.payables import kind_choices
from payments.services.bookkeeping import Chart, CodeSum, sum_codes, with_how

Account = LedgerEntry.Account
MONEY = [Account.CARD, Account.OFFICE]
ALL = Q()


@dataclass(frozen=True)
class SheetRow:
    """One line: what it is, its code in the bookkeeping, how many, what came in, what went out, and by which method."""

    what: str
    code: str
    count: int
    came_in: Decimal
    went_out: Decimal
    method: str = ""

    @property
    def net(self) -> Decimal:
        """What is left of it."""
        return self.came_in - self.went_out


@dataclass(frozen=True)
class DaySheet:
    """One day of the office, each part a table."""

    day: date
    methods: list[SheetRow]
    codes: list[CodeSum]
    taxes: list[SheetRow]
    items: list[SheetRow]
    others: list[SheetRow]
    drawers: list[CashDrawer]

    @property
    def total(self) -> SheetRow:
        """All money of the day."""
        return _added(_("All money"), "", self.methods)


def day_sheet(day: date) -> DaySheet:
    """Read one day, in office time, from the books."""
    start, end = start_of_day(day), end_of_day(day)
    entries = LedgerEntry.objects.filter(at__gte=start, at__lt=end).order_by()
    codes = sum_codes(first=day, last=day)
    drawers = CashDrawer.objects.filter(opened_at__lt=end).filter(Q(closed_at__gte=start) | Q(closed_at=None))
    return DaySheet(
        day=day,
        methods=sum_methods(first=day, last=day),
        codes=codes,
        taxes=tax_rows(codes),
        items=_items(entries.filter(account=Account.CHARGE)),
        others=_others(entries.exclude(account__in=[*MONEY, Account.CHARGE])),
        drawers=list(drawers.select_related("cashier").order_by("opened_at")),
    )


def money_moved(*, first: date, last: date) -> "QuerySet[LedgerEntry]":
    """What came in and went out from the start of `first` to the end of `last`, each entry with `how` it moved."""
    moved = LedgerEntry.objects.filter(account__in=MONEY, at__gte=start_of_day(first), at__lt=end_of_day(last))
    return with_how(moved)


def sum_methods(*, first: date, last: date, only: Q = ALL) -> list[SheetRow]:
    """By method and by what a cashier was handed; `only` of these entries. Four queries."""
    handed = When(refund__handed_as__gt="", then="refund__handed_as")
    received = Coalesce("payment__received_as", "adjustment__received_as", Value(""))
    moved = money_moved(first=first, last=last).filter(only).annotate(handed=Case(handed, default=received))
    found = _sums(moved.order_by().values("how", "handed"), sign=1)
    chart = Chart()
    names = dict([*HandedAs.choices, *ReceivedAs.choices])
    rows = []
    for row in sorted(found, key=lambda row: (row["how"], row["handed"])):
        code, method = chart.methods.get(row["how"], ("", _("Without an account")))
        what = f"{method} ({names[row['handed']]})" if row["handed"] else method
        rows.append(_row(what, code, row, method=row["how"]))
    return rows


def tax_rows(codes: Iterable[CodeSum]) -> list[SheetRow]:
    """Those of the sums that are taxes. One query."""
    names = {tax.name for tax in Tax.objects.all()}
    return [SheetRow(row.account, row.code, 0, row.credit, row.debit) for row in codes if row.account in names]


def _items(entries: "QuerySet[LedgerEntry]") -> list[SheetRow]:
    names = dict(kind_choices())
    found = _sums(entries.values("charge__kind"), sign=-1)
    return [_row(names.get(row["charge__kind"], row["charge__kind"]), "", row) for row in found]


def _others(entries: "QuerySet[LedgerEntry]") -> list[SheetRow]:
    return [_row(str(Account(row["account"]).label), "", row) for row in _sums(entries.values("account"), sign=-1)]


def _sums(groups: Any, *, sign: int) -> Any:
    """Each group with how many entries it has and the sums of both directions; `sign` is that of what comes in."""
    inward = Q(amount__gt=0) if sign > 0 else Q(amount__lt=0)
    came_in = Sum(Case(When(inward, then="amount"), default=ZERO)) * sign
    went_out = Sum(Case(When(~inward, then="amount"), default=ZERO)) * -sign
    return groups.annotate(count=Count("pk"), came_in=came_in, went_out=went_out).order_by(*groups.query.values_select)


def _row(what: str, code: str, sums: dict[str, Any], *, method: str = "") -> SheetRow:
    return SheetRow(what, code, sums["count"], rounded(sums["came_in"]), rounded(sums["went_out"]), method)


def _added(what: str, code: str, rows: Iterable[SheetRow]) -> SheetRow:
    rows = list(rows)
    came_in, went_out = (sum((getattr(row, name) for row in rows), start=ZERO) for name in ("came_in", "went_out"))
    return SheetRow(what, code, sum(row.count for row in rows), came_in, went_out)
