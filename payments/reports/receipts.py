"""Receipts: by method, ledger code and tax as the end-of-day sheet has them, by day and kind, and one by one."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, QuerySet, Sum, When
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import end_of_day, start_of_day
from opscom.lib.money import ZERO, rounded
from opscom.lib.reports import Asked, Cell, Chart, Column, Kind, Line, Report, Topic, moments_of, rows_behind
from payments.models import LedgerEntry, PaymentMethod
from payments.payables import held_kinds, kind_choices
from payments.reports.filters import CODE, TAX, of_kind, of_method, of_user_type
from payments.services.bookkeeping import ACCOUNT_WORDS, HANDED_OUT, sum_codes
from payments.services.sheet import SheetRow, money_moved, sum_methods, tax_rows

Account = LedgerEntry.Account
LEDGER = "payments_ledgerentry"
AT_ONCE = 2000
IN_OUT_NET = (
    Column(_("In"), Kind.MONEY, total=True),
    Column(_("Out"), Kind.MONEY, total=True),
    Column(_("Net"), Kind.MONEY, total=True),
)


class OfBooks(Report):
    """A report that reads the books."""

    topic = Topic.MONEY
    right = opens = "payments.view_ledgerentry"


OF_METHOD = of_method("how", listed="how")


class ByMethod(OfBooks):
    """What came in and went out by each method."""

    key = "receipts-by-method"
    title = _("Receipts by method")
    about = _("What came in and went out by each payment method, as on the end-of-day sheets of these days.")
    columns = (
        Column(_("Method")),
        Column(_("Ledger code")),
        Column(_("Entries"), Kind.NUMBER, total=True),
        *IN_OUT_NET,
    )
    filters = (OF_METHOD,)
    chart = Chart(label=0, value=5)

    def rows(self, asked: Asked) -> Iterator[Line]:
        for row in sum_methods(first=asked["first"], last=asked["last"], only=self.narrowed(asked)):
            start, end = moments_of(asked)
            links = {2: rows_behind(LEDGER, how=row.method, at__gte=start, at__lt=end)} if row.method else {}
            yield Line([row.what, row.code, row.count, *_moved(row)], links)


class ByCode(OfBooks):
    """Debits and credits by ledger code."""

    key = "receipts-by-ledger-code"
    title = _("Receipts by ledger code")
    about = _("Debits and credits under each code of the office's bookkeeping, taxes apart. Both have the same total.")
    filters = (CODE,)
    columns = (
        Column(_("Ledger code")),
        Column(_("Account")),
        Column(_("Debit"), Kind.MONEY, total=True),
        Column(_("Credit"), Kind.MONEY, total=True),
    )

    def rows(self, asked: Asked) -> Iterator[Line]:
        code = self.chosen(asked).get("code")
        for row in sum_codes(first=asked["first"], last=asked["last"]):
            if code in (None, row.code):
                yield Line([row.code, row.account, row.debit, row.credit])


class ByTax(OfBooks):
    """What was taken and given back of each tax."""

    key = "receipts-by-tax"
    title = _("Receipts by tax")
    about = _("What was received of each tax, what of it went back, and what is left to remit for these days.")
    columns = (Column(_("Tax")), Column(_("Ledger code")), *IN_OUT_NET)
    filters = (TAX,)

    def rows(self, asked: Asked) -> Iterator[Line]:
        tax = self.chosen(asked).get("tax")
        for row in tax_rows(sum_codes(first=asked["first"], last=asked["last"])):
            if tax in (None, row.what):
                yield Line([row.what, row.code, *_moved(row)])


class Revenue(OfBooks):
    """Income by day and kind."""

    key = "revenue"
    title = _("Revenue by day and kind")
    about = _(
        "What was paid for each kind of item on each day, with its taxes, less early payment discounts and what was given "
        "back. Deposits are no revenue."
    )
    columns = (Column(_("Day"), Kind.DATE), Column(_("Item")), Column(_("Revenue"), Kind.MONEY, total=True))
    filters = (of_kind("charge__kind"), of_method("payment__method"), of_user_type("charge__payer__user_type"))
    chart = Chart(label=0, value=2, part=1)
    accounts = (Account.CHARGE, Account.REFUND, Account.DISCOUNT)

    def rows(self, asked: Asked) -> Iterator[Line]:
        start, end = moments_of(asked)
        names = dict(kind_choices())
        entries = LedgerEntry.objects.filter(self.narrowed(asked), account__in=self.accounts, at__gte=start, at__lt=end)
        kinds = entries.exclude(charge__kind__in=held_kinds()).annotate(day=TruncDate("at"))
        sums = kinds.order_by().values("day", "charge__kind").annotate(total=Sum("amount"))
        for row in sums.order_by("day", "charge__kind"):
            kind = row["charge__kind"] or ""
            yield Line(
                [row["day"], names.get(kind, kind), rounded(-row["total"])], {2: self._behind(asked, row["day"], kind)}
            )

    def _behind(self, asked: Asked, day: date, kind: str) -> str:
        conditions = self.listed(asked) | {"account__in": ",".join(self.accounts), "charge__kind__exact": kind}
        return rows_behind(LEDGER, **conditions, at__gte=start_of_day(day), at__lt=end_of_day(day))


class MoneyMoved(OfBooks):
    """Each entry of money received or given out."""

    key = "receipts"
    title = _("Receipts, one by one")
    about = _("Every sum that came in or went out, in the order of the books; its totals are those by method.")
    columns = (
        Column(_("When"), Kind.MOMENT),
        Column(_("Method")),
        Column(_("Receipt")),
        Column(_("Payment")),
        Column(_("Payer")),
        *IN_OUT_NET,
    )
    filters = (OF_METHOD,)
    long = True
    read = (
        "at", "how", "payment__receipt__number", "payment__code", "payment", "payment__checkout__email",
        "adjustment__user__email", "amount",
    )  # fmt: skip

    def rows(self, asked: Asked) -> Iterator[Line]:
        names = {row.code: row.name for row in PaymentMethod.objects.all()} | {
            HANDED_OUT: str(ACCOUNT_WORDS[HANDED_OUT])
        }
        entries = self._entries(asked).order_by("at", "pk").values_list(*self.read)
        for at, how, receipt, code, payment, payer, holder, amount in entries.iterator(chunk_size=AT_ONCE):
            cells = [
                at,
                names.get(how, ""),
                receipt,
                code,
                payer or holder,
                amount if amount > 0 else ZERO,
                -amount if amount < 0 else ZERO,
                amount,
            ]
            yield Line(cells, {3: f"/admin/payments/payment/{payment}/change/"} if payment else {})

    def totals(self, asked: Asked) -> list[Cell]:
        came_in = Sum(Case(When(amount__gt=0, then=F("amount")), default=ZERO))
        sums = self._entries(asked).aggregate(came_in=came_in, net=Sum("amount"))
        came, net = rounded(sums["came_in"] or ZERO), rounded(sums["net"] or ZERO)
        return [None, None, None, None, None, came, came - net, net]

    def _entries(self, asked: Asked) -> "QuerySet[LedgerEntry, Any]":
        return money_moved(first=asked["first"], last=asked["last"]).filter(self.narrowed(asked))


def _moved(row: SheetRow) -> list[Decimal]:
    return [row.came_in, row.went_out, row.net]
