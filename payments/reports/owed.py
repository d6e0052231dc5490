"""What is owed to the office by age, and what the office holds for others."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Case, Count, DateField, F, Max, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import end_of_day, today
from opscom.lib.money import ZERO, rounded
from opscom.lib.reports import Asked, Column, DayForm, Filter, Kind, Line, NoForm, Report, Topic, rows_behind
from payments.models import Charge, LedgerEntry
from payments.payables import held_kinds, kind_choices
from payments.reports.filters import of_kind, of_user_type

Account = LedgerEntry.Account
STEPS = (0, 30, 60, 90)  # days past the due date up to which a column goes
AT_ONCE = 2000
HELD = [("credit", _("Credit")), ("deposit", _("Deposits")), ("surplus", _("Surplus"))]


class Ageing(Report):
    """Open charges by how long they are overdue."""

    key = "ageing"
    title = _("Ageing")
    about = _(
        "What is owed now by kind of item, and how many days past its due date; what has none counts from the day on which it "
        "was charged."
    )
    topic = Topic.MONEY
    right = opens = "payments.view_charge"
    form = NoForm
    filters = (of_kind("kind"), of_user_type("payer__user_type"))
    columns = (
        Column(_("Item")),
        Column(_("Items"), Kind.NUMBER, total=True),
        Column(_("Not yet due"), Kind.MONEY, total=True),
        Column(_("1 to 30 days"), Kind.MONEY, total=True),
        Column(_("31 to 60 days"), Kind.MONEY, total=True),
        Column(_("61 to 90 days"), Kind.MONEY, total=True),
        Column(_("Over 90 days"), Kind.MONEY, total=True),
        Column(_("Owed"), Kind.MONEY, total=True),
        Column(_("Of it at the collection agency"), Kind.MONEY, total=True),
    )

    def rows(self, asked: Asked) -> Iterator[Line]:
        names = dict(kind_choices())
        for row in self._sums(asked):
            kind = row["kind"]
            steps = [rounded(row[f"step{number}"]) for number in range(len(STEPS) + 1)]
            cells = [names.get(kind, kind), row["n"], *steps, rounded(row["left"]), rounded(row["agency"])]
            behind = self.listed(asked) | {"kind__exact": kind, "state__exact": "open"}
            yield Line(cells, {1: rows_behind("payments_charge", **behind)})

    def _sums(self, asked: Asked) -> Iterable[Any]:
        """One query: the database adds up what is left of each open charge."""
        day = today()
        due = Coalesce("due_on", TruncDate("created_at"), output_field=DateField())
        owed = (
            Charge.objects.open()
            .filter(self.narrowed(asked))
            .with_standing()
            .annotate(rest=F("amount") - F("applied"), due=due)
            .order_by()
        )
        bounds = [None, *(day - timedelta(days=step) for step in STEPS), None]  # from the latest to the earliest
        sums = {f"step{n}": _part(_between(later, earlier)) for n, (later, earlier) in enumerate(pairwise(bounds))}
        agency = _part(Q(in_collections=True))
        return owed.values("kind").annotate(n=Count("pk"), left=Sum("rest"), agency=agency, **sums).order_by("kind")


def _between(later: date | None, earlier: date | None) -> Q:
    """Due before the one day and not before the other."""
    after = Q(due__gte=earlier) if earlier else Q()
    return after & Q(due__lt=later) if later else after


def _part(condition: Q) -> Sum:
    return Sum(Case(When(condition, then=F("rest")), default=ZERO))


class Held(Report):
    """Credits, deposits and surplus that the office holds for others."""

    key = "credits-and-deposits"
    title = _("Credits and deposits outstanding")
    about = _(
        "What the office held for others at the end of a day: credit to be spent, deposits, and surplus of payers."
    )
    topic = Topic.MONEY
    right = opens = "payments.view_ledgerentry"
    form = DayForm
    filters = (Filter("what", _("What"), lambda: HELD),)
    columns = (
        Column(_("What")),
        Column(_("Person")),
        Column(_("Reference")),
        Column(_("Since"), Kind.MOMENT),
        Column(_("Held"), Kind.MONEY, total=True),
    )

    def rows(self, asked: Asked) -> Iterator[Line]:
        booked = LedgerEntry.objects.filter(at__lt=end_of_day(asked["last"])).order_by()
        what = self.chosen(asked).get("what")
        for name, read in {"credit": _credits, "deposit": _deposits, "surplus": _surplus}.items():
            if what in (None, name):
                yield from read(booked)


def _credits(booked: "QuerySet[LedgerEntry, Any]") -> Iterator[Line]:
    columns = ("adjustment__user", "adjustment__user__email")
    found = _balances(booked.filter(account=Account.CREDIT), *columns, by="adjustment__user__email")
    for user, email, since, balance in found:
        link = rows_behind("payments_adjustment", user__exact=user, state__exact="unprocessed")
        yield Line([gettext("Credit"), email, "", since, rounded(-balance)], {4: link})


def _deposits(booked: "QuerySet[LedgerEntry, Any]") -> Iterator[Line]:
    held = booked.filter(account__in=(Account.CHARGE, Account.REFUND), charge__kind__in=held_kinds())
    names = dict(kind_choices())
    columns = ("charge__kind", "charge__payer__email", "charge__description", "charge")
    for kind, email, description, charge, since, balance in _balances(held, *columns, by="charge"):
        link = rows_behind("payments_charge", id__exact=charge)
        yield Line([names.get(kind, kind), email, description, since, rounded(-balance)], {4: link})


def _surplus(booked: "QuerySet[LedgerEntry, Any]") -> Iterator[Line]:
    columns = ("payment__checkout__user__email", "payment__checkout__email", "payment__code", "payment")
    for user, guest, code, payment, since, balance in _balances(
        booked.filter(account=Account.SURPLUS), *columns, by="payment"
    ):
        link = rows_behind("payments_payment", id__exact=payment)
        yield Line([gettext("Surplus"), user or guest, code, since, rounded(-balance)], {4: link})


def _balances(entries: "QuerySet[LedgerEntry, Any]", *columns: str, by: str) -> Iterator[tuple[Any, ...]]:
    """The columns, the last booking, and what stands there, of what does not stand at zero."""
    sums = entries.values_list(*columns).annotate(since=Max("at"), balance=Sum("amount"))
    return sums.exclude(balance=0).order_by(by).iterator(chunk_size=AT_ONCE)
