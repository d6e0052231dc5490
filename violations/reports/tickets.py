"""Tickets: for what and when, by whom, and to whom again."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Case, CharField, Count, F, IntegerField, Max, Q, QuerySet, Sum, Value, When
from django.db.models.functions import ExtractHour, ExtractWeekDay, TruncDate
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import end_of_day, start_of_day
from opscom.lib.forms import PeriodForm
from opscom.lib.reports import Asked, Cell, Chart, Column, Kind, Line, Report, Topic, moments_of, rows_behind
from violations.models import Violation
from violations.reports.filters import OFFICER, filters_of

State, Voided = Violation.State, Violation.Voided
LIST = "violations_violation"
AT_ONCE = 2000
TENTH = Decimal("0.1")


class OfTickets(Report):
    """A report that counts tickets of some days, of one lot, offence or officer where that is asked."""

    topic = Topic.TICKETS
    right = opens = "violations.view_violation"
    filters = (*filters_of(), OFFICER)

    def tickets(self, asked: Asked) -> "QuerySet[Violation, Any]":
        """Those written in these days."""
        start, end = moments_of(asked)
        return Violation.objects.filter(self.narrowed(asked), issued_at__gte=start, issued_at__lt=end).order_by()

    def behind(self, asked: Asked, **conditions: Any) -> str:
        """The address of those that hold these conditions, too."""
        start, end = moments_of(asked)
        days = {"issued_at__gte": start, "issued_at__lt": end}
        return rows_behind(LIST, **self.listed(asked) | days | conditions)


class ByForm(PeriodForm):
    """Days, and what divides the tickets beside their offence."""

    by = forms.ChoiceField(
        label=_("By"),
        choices=[
            ("hour", _("Hour and offence")),
            ("weekday", _("Weekday and offence")),
            ("day", _("Day and offence")),
            ("lot", _("Lot and offence")),
            ("offence", _("Offence")),
        ],
        required=False,
    )


class Tickets(OfTickets):
    """Tickets by offence and hour, weekday, day or lot."""

    key = "tickets"
    title = _("Tickets by offence and hour")
    about = _(
        "How many tickets were written for what, and at which hour of the day, on which weekday or day, or in which lot."
    )
    form = ByForm
    columns = (
        Column(_("When or where")),
        Column(_("Offence")),
        Column(_("Tickets"), Kind.NUMBER, total=True),
        Column(_("Fines"), Kind.MONEY, total=True),
    )
    chart = Chart(label=0, value=2, part=1)
    parts = {
        "hour": Case(When(time_known=True, then=ExtractHour("issued_at"))),
        "weekday": ExtractWeekDay("issued_at"),
        "day": TruncDate("issued_at"),
        "lot": F("lot__name"),
        "offence": Value(None, output_field=CharField()),
    }

    def columns_of(self, asked: Asked) -> tuple[Column, ...]:
        if asked.get("by") == "offence":
            return (Column(_("Offence")), Column(_("Category")), *self.columns[2:])
        return self.columns

    def rows(self, asked: Asked) -> Iterator[Line]:
        by = asked.get("by") or "hour"
        key = F("lot") if by == "lot" else Value(None, IntegerField())
        divided = self.tickets(asked).annotate(what=self.parts[by], key=key)
        found = divided.values_list(
            "what", "key", "offence", "offence__description", "offence__category__name"
        ).annotate(n=Count("pk"), sum=Sum("amount"))
        for what, key, offence, description, category, n, total in found.order_by("what", "offence__description"):
            link = {2: self.behind(asked, offence__exact=offence, **_condition(by, key if by == "lot" else what))}
            if by == "offence":
                yield Line([description, category, n, total], link)
            else:
                yield Line([_worded(by, what), description, n, total], link)


def _condition(by: str, key: Any) -> dict[str, Any]:
    """How the list of tickets finds those of one hour, weekday, day or lot."""
    if by == "hour":
        return {"time_known__exact": 0} if key is None else {"time_known__exact": 1, "issued_at__hour": key}
    if by == "lot":
        return {"lot__isnull": True} if key is None else {"lot__exact": key}
    if by == "day":
        return {"issued_at__gte": start_of_day(key), "issued_at__lt": end_of_day(key)}
    return {"weekday": {"issued_at__week_day": key}}.get(by, {})


def _worded(by: str, what: Any) -> Cell:
    """The hour, weekday, day or lot as people say it."""
    if what is None:
        return gettext("Not known")
    if by == "hour":
        return f"{what:02d}:00"
    return str(WEEKDAYS[(what - 2) % 7]) if by == "weekday" else what


class Officers(OfTickets):
    """Each officer's tickets, and what became of them."""

    key = "tickets-by-officer"
    title = _("Tickets by officer")
    about = _(
        "How many tickets each officer wrote, and how many of them were spoiled (written by mistake) or cancelled (withdrawn, or on "
        "appeal), in percent of all of theirs."
    )
    columns = (
        Column(_("Officer")),
        Column(_("Tickets"), Kind.NUMBER, total=True),
        Column(_("Fines"), Kind.MONEY, total=True),
        Column(_("Paid"), Kind.NUMBER, total=True),
        Column(_("Warnings"), Kind.NUMBER, total=True),
        Column(_("Spoiled"), Kind.NUMBER, total=True),
        Column(_("Spoiled, share"), Kind.PERCENT),
        Column(_("Withdrawn"), Kind.NUMBER, total=True),
        Column(_("Cancelled on appeal"), Kind.NUMBER, total=True),
        Column(_("Cancelled, share"), Kind.PERCENT),
        Column(_("Void, not kept why"), Kind.NUMBER, total=True),
    )
    sums = {
        "n": Count("pk"),
        "fines": Sum("amount"),
        "paid": Count("pk", filter=Q(state=State.PAID)),
        "warned": Count("pk", filter=Q(state=State.WARNING)),
        "spoiled": Count("pk", filter=Q(voided_as=Voided.SPOILED)),
        "withdrawn": Count("pk", filter=Q(voided_as=Voided.WITHDRAWN)),
        "appealed": Count("pk", filter=Q(voided_as=Voided.APPEAL)),
        "untold": Count("pk", filter=Q(state=State.VOID, voided_as="")),
    }

    def rows(self, asked: Asked) -> Iterator[Line]:
        names = ("officer", "officer__first_name", "officer__last_name")
        for row in self.tickets(asked).values(*names).annotate(**self.sums).order_by("officer__last_name", "officer"):
            name = " ".join(filter(None, [row["officer__first_name"], row["officer__last_name"]])) or gettext(
                "Not known"
            )
            cancelled = row["withdrawn"] + row["appealed"]
            cells = [name, row["n"], row["fines"], row["paid"], row["warned"], row["spoiled"]]
            cells += [_share(row["spoiled"], row["n"]), row["withdrawn"], row["appealed"], _share(cancelled, row["n"])]
            cells.append(row["untold"])
            officer = {"officer__exact": row["officer"]} if row["officer"] else {"officer__isnull": True}
            yield Line(
                cells, {1: self.behind(asked, **officer), 5: self.behind(asked, voided_as__exact="spoil", **officer)}
            )


class RepeatForm(PeriodForm):
    """Days, and from how many tickets on a plate is listed."""

    least = forms.IntegerField(label=_("Tickets at least"), min_value=2, max_value=1000)


class RepeatPlates(OfTickets):
    """Plates with several tickets."""

    key = "repeat-plates"
    title = _("Repeat plates")
    about = _("Plates with several tickets in these days, those with most of them first.")
    form = RepeatForm
    columns = (
        Column(_("Plate")),
        Column(_("Province or state")),
        Column(_("Tickets"), Kind.NUMBER, total=True),
        Column(_("Still owed"), Kind.NUMBER, total=True),
        Column(_("Fines"), Kind.MONEY, total=True),
        Column(_("Last ticket"), Kind.MOMENT),
    )

    def initial(self) -> dict[str, Any]:
        return {**super().initial(), "least": 3}

    def rows(self, asked: Asked) -> Iterator[Line]:
        named = self.tickets(asked).exclude(plate="").exclude(state=State.VOID)
        owed = Count("pk", filter=Q(state=State.OPEN))
        plates = named.values_list("plate", "plate_region").annotate(
            n=Count("pk"), owed=owed, fines=Sum("amount"), last=Max("issued_at")
        )
        for row in plates.filter(n__gte=asked["least"]).order_by("-n", "plate").iterator(AT_ONCE):
            yield Line(row, {2: self.behind(asked, plate__exact=row[0], plate_region__exact=row[1])})


def _share(part: int, whole: int) -> Decimal:
    return (Decimal(100 * part) / whole).quantize(TENTH)
