"""The numbers of a series that no ticket has, and those that were spoiled or voided, with what the office says of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import Cast, Lag, Substr
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from violations.errors import ViolationRefused
from violations.models import NumberNote, TicketSeries, Violation, ViolationEvent


@dataclass(frozen=True)
class Gap:
    """Numbers in a row that are missing, both ends among them."""

    first: int
    last: int
    notes: list[NumberNote] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many."""
        return self.last - self.first + 1


def gaps_before(series: TicketSeries) -> QuerySet[Any, Any]:
    """One row for each gap between two tickets of the series: `n` is the number after it, `before` the one before it."""
    numbered = _numbered(series).annotate(before=Window(Lag("n"), order_by="n"))
    rows: QuerySet[Any, Any] = numbered.filter(n__gt=F("before") + 1).order_by("n").values("n", "before")
    return rows


def described(series: TicketSeries, rows: Iterable[dict[str, int]]) -> list[Gap]:
    """Those gaps, each with what was written about numbers in it; one query."""
    spans = [(row["before"] + 1, row["n"] - 1) for row in rows]
    if not spans:
        return []
    near = list(series.notes.filter(first__lte=spans[-1][1], last__gte=spans[0][0]).select_related("by"))
    return [
        Gap(first, last, [note for note in near if note.first <= last and note.last >= first]) for first, last in spans
    ]


def missing_at_the_end(series: TicketSeries) -> Gap | None:
    """Numbers that were given after the last ticket that is there."""
    top = _numbered(series).order_by("-n").values_list("n", flat=True).first()
    if top is None or top >= series.last:
        return None
    return described(series, [{"before": top, "n": series.last + 1}])[0]


def ended_tickets(series: TicketSeries) -> QuerySet[Any]:
    """The tickets of the series that are void, spoiled among them, with the reason that was given (`why`)."""
    latest = ViolationEvent.objects.filter(violation=OuterRef("pk"), to_state=Violation.State.VOID).order_by("-pk")
    void = _numbered(series).filter(state=Violation.State.VOID)
    ended: QuerySet[Any] = void.annotate(why=Subquery(latest.values("reason")[:1])).order_by("n")
    return ended


@transaction.atomic
def explain_numbers(
    series: TicketSeries, *, first: int, last: int, reason: str, by: User, at: datetime | None = None
) -> NumberNote:
    """Write down why these numbers are missing; said again, the newer word stands. ViolationRefused where a ticket has one of
    them, or the series has not come so far."""
    series = TicketSeries.objects.select_for_update(no_key=True).get(pk=series.pk)
    if not 0 < first <= last <= series.last or _numbered(series).filter(n__range=(first, last)).exists():
        raise ViolationRefused(
            _("Not all of these numbers are missing. Enter the first and the last number of a gap."), code="not-missing"
        )
    said = {"reason": reason, "by": by, "at": at or timezone.now()}
    return NumberNote.objects.update_or_create(series=series, first=first, last=last, defaults=said)[0]


def _numbered(series: TicketSeries) -> Any:
    """The tickets of the series with their number as `n`."""
    own = Violation.objects.filter(number__startswith=series.prefix, number__regex=rf"^{series.prefix}[0-9]{{1,12}}$")
    return own.annotate(n=Cast(Substr("number", len(series.prefix) + 1), BigIntegerField()))
