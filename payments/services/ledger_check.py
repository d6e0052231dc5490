"""Prove that the books are whole: what must always be true of them, asked of the database in sums, in constant memory."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Round, Substr
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import start_of_day, today
from payments import emails
from payments.models import Adjustment, Charge, LedgerCheck, LedgerEntry, Payment, Receipt, ReceiptSeries, Refund

Account = LedgerEntry.Account
MONEY = [Account.CARD, Account.OFFICE, Account.CREDIT]
NAMED = 50  # of each invariant's broken rows so many are named; all are counted


def cents(amount: str, *, where: Q | None = None) -> Coalesce:
    """The sum of a column in whole cents, 0 without rows. SQLite keeps amounts as floating point, in which 0.1 + 0.2 − 0.3
    is not zero."""
    each = Cast(Round(F(amount) * 100), BigIntegerField())
    return Coalesce(Sum(each, filter=where), 0)


@dataclass(frozen=True)
class Invariant:
    """What must always be true, and a question to the database whose every answer breaks it: a row in words of its own,
    codes and sums in cents, that no language changes."""

    name: str
    title: str | Promise
    broken: Callable[[], Iterable[str]]


@dataclass(frozen=True)
class Problem:
    """An invariant that does not hold: how many rows break it, and the first of them."""

    invariant: Invariant
    count: int = 0
    rows: list[str] = field(default_factory=list)


def find_problems(invariants: Iterable[Invariant] | None = None) -> list[Problem]:
    """Ask everything of one moment. An empty list is proof."""
    problems = []
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for invariant in INVARIANTS if invariants is None else invariants:
            answers = iter(invariant.broken())
            if first := list(islice(answers, NAMED)):
                problems.append(Problem(invariant, len(first) + sum(1 for _row in answers), first))
    return problems


def check_ledger() -> LedgerCheck:
    """One run, kept as a row. Staff get a mail where something is wrong."""
    start, at = time.monotonic(), timezone.now()
    problems = find_problems()
    with transaction.atomic():
        run = LedgerCheck.objects.create(
            at=at,
            seconds=round(time.monotonic() - start, 2),
            found=sum(problem.count for problem in problems),
            problems=[[problem.invariant.name, problem.count, problem.rows] for problem in problems],
        )
        if problems:
            emails.tell_books(run, [(problem.invariant.title, problem.count) for problem in problems])
    return run


def check_is_due() -> bool:
    """Once a day, soon after midnight."""
    return not LedgerCheck.objects.filter(at__gte=start_of_day(today())).exists()


def _payments_balance() -> Iterator[str]:
    sums = LedgerEntry.objects.exclude(payment=None).order_by().values("payment__code").annotate(cents=cents("amount"))
    return (f"{row['payment__code']}: {row['cents']}" for row in sums.exclude(cents=0).iterator())


def _adjustments_balance() -> Iterator[str]:
    own = LedgerEntry.objects.filter(payment=None).order_by()
    sums = own.values("adjustment__code").annotate(cents=cents("amount")).exclude(cents=0)
    return (f"{row['adjustment__code']}: {row['cents']}" for row in sums.iterator())


def _charges() -> QuerySet[Any, Any]:
    """Each charge with its price and what the ledger has credited to it."""
    credited = cents("entries__amount", where=Q(entries__account=Account.CHARGE))
    price = Cast(Round(F("amount") * 100), BigIntegerField())
    rows = Charge.objects.order_by().values("pk", "code", "state").annotate(price=price, credited=-credited)
    return rows.values("code", "state", "price", "credited")


def _charges_stand() -> Iterator[str]:
    wrong = (
        Q(state=Charge.State.SETTLED) & ~Q(credited=F("price"))
        | Q(state=Charge.State.VOID) & ~Q(credited=0)
        | Q(state=Charge.State.OPEN) & (Q(credited__gte=F("price")) | Q(credited__lt=0))
    )
    rows = _charges().filter(wrong).iterator()
    return (f"{row['code']} {row['state']}: {row['credited']} / {row['price']}" for row in rows)


def _charges_paid_once() -> Iterator[str]:
    rows = _charges().filter(credited__gt=F("price")).iterator()
    return (f"{row['code']}: {row['credited']} / {row['price']}" for row in rows)


def _sum_of_entries(where: Q) -> Subquery:
    """The sum of those entries in cents, for each row of a query around it."""
    found = LedgerEntry.objects.filter(where).order_by().values(one=Value(1)).annotate(cents=cents("amount"))
    return Subquery(found.values("cents"), output_field=BigIntegerField())


def _refunds_within_lines() -> Iterator[str]:
    """What is given back of a line, against what was paid for it; of a surplus, against the surplus itself. What
    a provider gave back on its own may be more: that is a fact, and staff were told."""
    counted = Refund.objects.filter(state__in=Refund.COUNTED, external=False).order_by()
    own = Q(payment=OuterRef("payment"), refund=None)
    line = own & Q(charge=OuterRef("charge"), account__in=[Account.CHARGE, Account.DISCOUNT])
    for charge, paid in ((~Q(charge=None), line), (Q(charge=None), own & Q(account=Account.SURPLUS))):
        groups = counted.filter(charge).values("payment__code", "charge__code").annotate(back=cents("amount"))
        groups = groups.annotate(most=-Coalesce(_sum_of_entries(paid), 0)).filter(back__gt=F("most"))
        for row in groups.iterator():
            yield f"{row['payment__code']} {row['charge__code'] or '–'}: {row['back']} / {row['most']}"


def _refunds_within_payments() -> Iterator[str]:
    counted = Refund.objects.filter(state__in=Refund.COUNTED, external=False).order_by().values("payment__code")
    money = Q(payment=OuterRef("payment"), refund=None, account__in=MONEY)
    rows = counted.annotate(back=cents("amount"), most=Coalesce(_sum_of_entries(money), 0)).filter(back__gt=F("most"))
    return (f"{row['payment__code']}: {row['back']} / {row['most']}" for row in rows.iterator())


def _refunds_stand() -> Iterator[str]:
    """Booked once it is done and not before a second person agreed; a failed one is booked back."""
    worth = Cast(Round(F("amount") * 100), BigIntegerField())
    rows = Refund.objects.order_by().values("pk", "code", "state").annotate(worth=worth)
    rows = rows.annotate(booked=-cents("entries__amount", where=Q(entries__account__in=MONEY)))
    done, under_way = Q(state=Refund.State.DONE), Q(state__in=Refund.UNDER_WAY)
    whole, none = Q(booked=F("worth")), Q(booked=0)
    wrong = rows.filter(done & ~whole | under_way & ~whole & ~none | ~done & ~under_way & ~none)
    return (f"{row['code']} {row['state']}: {row['booked']} / {row['worth']}" for row in wrong.iterator())


def _credits_stand() -> Iterator[str]:
    worth = Cast(Round(F("amount") * 100), BigIntegerField())
    rows = Adjustment.objects.filter(amount__lt=0).order_by().values("pk", "code", "state")
    rows = rows.annotate(worth=worth, balance=cents("entries__amount", where=Q(entries__account=Account.CREDIT)))
    unprocessed = Q(state=Adjustment.State.UNPROCESSED)
    wrong = rows.filter(unprocessed & ~Q(balance=F("worth")) | ~unprocessed & ~Q(balance=0))
    return (f"{row['code']} {row['state']}: {row['balance']} / {row['worth']}" for row in wrong.iterator())


def _confirmed_has_receipt() -> Iterator[str]:
    confirmed = Q(state=Payment.State.CONFIRMED)
    wrong = Payment.objects.filter(confirmed & Q(receipt=None) | ~confirmed & Q(receipt__isnull=False))
    return (f"{code} {state}" for code, state in wrong.order_by().values_list("code", "state").iterator())


def _confirmed_has_entries() -> Iterator[str]:
    confirmed = Q(state=Payment.State.CONFIRMED)
    wrong = Payment.objects.filter(confirmed & Q(entries=None) | ~confirmed & Q(entries__isnull=False)).distinct()
    return (f"{code} {state}" for code, state in wrong.order_by().values_list("code", "state").iterator())


def _receipt_numbers_run() -> Iterator[str]:
    """Numbers are unique, so a year has no gap where their count and the highest of them are both the last one given."""
    last = dict(ReceiptSeries.objects.values_list("year", "last"))
    numbers = Receipt.objects.filter(number__regex=r"^R-[0-9]{4}-[0-9]+$").order_by()
    numbers = numbers.annotate(
        year=Cast(Substr("number", 3, 4), BigIntegerField()), place=Cast(Substr("number", 8), BigIntegerField())
    )
    given = {row["year"]: row for row in numbers.values("year").annotate(count=Count("pk"), highest=Max("place"))}
    for year in sorted(last.keys() | given.keys()):
        row, end = given.get(year, {"count": 0, "highest": 0}), last.get(year, 0)
        if not row["count"] == row["highest"] == end:
            yield from _gaps(numbers.filter(year=year).order_by("place").values_list("place", flat=True), year, end)


def _gaps(places: QuerySet[Receipt, int], year: int, end: int) -> Iterator[str]:
    """The numbers that are missing, or that nobody gave out."""
    expected = 1
    for place in places.iterator():
        if place > expected:
            yield f"R-{year}-{expected:05d} … {place - 1:05d}"
        if place > end:
            yield f"R-{year}-{place:05d} > {end}"
        expected = place + 1
    if expected <= end:
        yield f"R-{year}-{expected:05d} … {end:05d}"


INVARIANTS = (
    Invariant("payments_balance", _("The entries of every payment add up to zero"), _payments_balance),
    Invariant("adjustments_balance", _("The entries of every adjustment add up to zero"), _adjustments_balance),
    Invariant("charges_stand", _("What is credited to every charge fits its state"), _charges_stand),
    Invariant("charges_paid_once", _("No charge is credited above its amount"), _charges_paid_once),
    Invariant("refunds_within_lines", _("No refund is above its line"), _refunds_within_lines),
    Invariant("refunds_within_payments", _("No refund is above its payment"), _refunds_within_payments),
    Invariant("refunds_stand", _("What is booked of every refund fits its state"), _refunds_stand),
    Invariant("credits_stand", _("Spent credit is worth nothing, unspent credit its amount"), _credits_stand),
    Invariant(
        "confirmed_has_receipt", _("Every payment that is paid has a receipt, and no other"), _confirmed_has_receipt
    ),
    Invariant(
        "confirmed_has_entries", _("Every payment that is paid has entries, and no other"), _confirmed_has_entries
    ),
    Invariant("receipt_numbers_run", _("The receipt numbers of a year have no gap"), _receipt_numbers_run),
)
