"""The office's own books beside what the card provider told: day by day."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import end_of_day, start_of_day
from opscom.lib.money import ZERO, rounded
from opscom.lib.reports import Asked, Column, Kind, Line, Report, Topic, moments_of, rows_behind
from payments.models import Comparison, Difference, LedgerEntry, ProviderEvent
from payments.reports.filters import PROVIDER

Sums = dict[tuple[date, str], dict[str, Any]]
OPEN = Q(closed_at=None)


class Reconciliation(Report):
    """Money by card in the books, the provider's events, and what the nightly comparison found."""

    key = "provider-reconciliation"
    title = _("Provider reconciliation")
    about = _(
        "For each day and card provider what our books have, which events came, and what comparing the day with the provider's "
        "own list found. Every night does so; a day that is not compared yet has no movements."
    )
    topic = Topic.MONEY
    right = opens = "payments.view_difference"
    columns = (
        Column(_("Day"), Kind.DATE),
        Column(_("Provider")),
        Column(_("Our books: in"), Kind.MONEY, total=True),
        Column(_("Our books: out"), Kind.MONEY, total=True),
        Column(_("Events"), Kind.NUMBER, total=True),
        Column(_("Events set aside"), Kind.NUMBER, total=True),
        Column(_("Movements compared"), Kind.NUMBER, total=True),
        Column(_("Differences"), Kind.NUMBER, total=True),
        Column(_("Of them open"), Kind.NUMBER, total=True),
        Column(_("Provider less our books"), Kind.MONEY, total=True),
    )
    filters = (PROVIDER,)
    read = ("came_in", "went_out", "events", "aside", "asked", "found", "open", "gap")

    def rows(self, asked: Asked) -> Iterator[Line]:
        days: Sums = {}
        sources = {_booked: "payment__", _told: "", _compared: "", _different: "comparison__"}
        for source, above in sources.items():
            for row in source(asked, self.narrowed(asked, above=above)):
                days.setdefault((row.pop("day"), row.pop("provider")), {}).update(row)
        for (day, provider), sums in sorted(days.items()):
            money = {name: rounded(sums.get(name) or ZERO) for name in ("came_in", "went_out", "gap")}
            figures = {name: sums.get(name) or 0 for name in self.read} | money
            yield Line([day, provider, *(figures[name] for name in self.read)], self._links(day, provider))

    def _links(self, day: date, provider: str) -> dict[int, str]:
        start, end = start_of_day(day), end_of_day(day)
        events = {"provider__exact": provider, "received_at__gte": start, "received_at__lt": end}
        return {
            4: rows_behind("payments_providerevent", **events),
            5: rows_behind("payments_providerevent", outcome__exact="quarantined", **events),
        }


def _booked(asked: Asked, only: Q) -> Any:
    start, end = moments_of(asked)
    card = LedgerEntry.objects.filter(only, account=LedgerEntry.Account.CARD, at__gte=start, at__lt=end).order_by()
    sums = {"came_in": Sum("amount", filter=Q(amount__gt=0)), "went_out": -Sum("amount", filter=Q(amount__lt=0))}
    return _of_provider(card.annotate(day=TruncDate("at")).values("day", "payment__provider").annotate(**sums))


def _of_provider(rows: Any) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {"provider": row.pop("payment__provider"), **row}


def _told(asked: Asked, only: Q) -> Any:
    start, end = moments_of(asked)
    events = ProviderEvent.objects.filter(only, received_at__gte=start, received_at__lt=end).order_by()
    aside = Count("pk", filter=Q(outcome=ProviderEvent.Outcome.QUARANTINED))
    days = events.annotate(day=TruncDate("received_at")).values("day", "provider")
    return days.annotate(events=Count("pk"), aside=aside)


def _compared(asked: Asked, only: Q) -> Any:
    days = (asked["first"], asked["last"])
    return Comparison.objects.filter(only, day__range=days).values("day", "provider", "asked")


def _different(asked: Asked, only: Q) -> Iterator[dict[str, Any]]:
    found = Difference.objects.filter(only, comparison__day__range=(asked["first"], asked["last"])).order_by()
    gap = Sum("theirs") - Sum("ours")
    sums = found.values_list("comparison__day", "comparison__provider").annotate(
        found=Count("pk"), open=Count("pk", filter=OPEN), gap=gap
    )
    for day, provider, n, still_open, total in sums:
        yield {"day": day, "provider": provider, "found": n, "open": still_open, "gap": total}
