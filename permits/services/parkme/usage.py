"""What the office sees of parking by text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import TextMessage
from opscom.lib.dates import start_of_day, today
from opscom.lib.spreadsheets import Row, harmless
from permits.models import Lot, Permit, TextConversation

YEAR = timedelta(days=365)
AFTER = timedelta(minutes=5)  # what is sent late, about the end


@dataclass(frozen=True)
class Usage:
    """A lot's month: how often somebody parked, how often longer, the minutes of both, and what was charged."""

    month: date
    lot: str
    sessions: int
    extensions: int
    minutes: int
    money: Decimal


@dataclass(frozen=True)
class Session:
    """Parking by text that runs: the part of it that runs now, the telephone that bought it, and when the last part ends."""

    permit: Permit
    number: str
    until: datetime


def texted_sessions(*, at: datetime, limit: int = 500) -> list[Session]:
    """Parking by text that runs, the next to end first. Two queries, and one more for each time that any was extended."""
    texted = TextConversation.objects.filter(permit=OuterRef("pk"), state=TextConversation.State.PARKED)
    running = Permit.objects.filter(state=Permit.State.ACTIVE, starts_at__lte=at, ends_at__gt=at)
    running = running.annotate(number_of_phone=texted.values("number")[:1]).exclude(number_of_phone=None)
    permits = running.select_related("lot", "holder").prefetch_related("vehicles").order_by("ends_at", "pk")[:limit]
    ends = _ends_of(permits)
    sessions = [Session(permit, permit.number_of_phone, ends[permit.pk]) for permit in permits]
    return sorted(sessions, key=lambda session: session.until)


def _ends_of(permits: Iterable[Permit]) -> dict[int, datetime]:
    """When the last paid part of each ends."""
    ends: dict[int, Any] = {permit.pk: permit.ends_at for permit in permits}
    first = {pk: pk for pk in ends}
    while first:
        longer = Permit.objects.filter(renews__in=first, state=Permit.State.ACTIVE)
        parts: list[Any] = list(longer.values_list("renews", "pk", "ends_at"))
        ends |= {first[renewed]: end for renewed, _pk, end in parts}
        first = {pk: first[renewed] for renewed, pk, _end in parts}
    return ends


def said_in(talk: TextConversation) -> QuerySet[TextMessage]:
    """The texts to and from its number while it went on."""
    until = (talk.ended_at or talk.expires_at) + AFTER
    texts = TextMessage.objects.filter(number=talk.number, created_at__gte=talk.started_at, created_at__lte=until)
    return texts.order_by("created_at", "pk") if talk.number else texts.none()


def usage_by_month(*, at: datetime | None = None) -> list[Usage]:
    """The last months, the newest first, lot by lot. Two queries, however much was parked."""
    since = start_of_day((today(at or timezone.now()) - YEAR).replace(day=1))
    parked = TextConversation.objects.filter(state=TextConversation.State.PARKED, ended_at__gte=since)
    rows: QuerySet[Any, Any] = (
        parked.order_by()
        .annotate(month=TruncMonth("ended_at"), lot=Coalesce("extends__lot", "permit_type__lot"))
        .values("month", "lot")
        .annotate(
            sessions=Count("pk", filter=Q(extends=None)),
            extensions=Count("pk", filter=~Q(extends=None)),
            minutes_sold=Sum("minutes"),
            money=Sum("price"),
        )
    )
    found = list(rows)
    lots = Lot.objects.in_bulk({row["lot"] for row in found})
    usage = [
        Usage(
            timezone.localtime(row["month"]).date(),
            lots[row["lot"]].name,
            row["sessions"],
            row["extensions"],
            row["minutes_sold"],
            row["money"],
        )
        for row in found
    ]
    return sorted(usage, key=lambda line: (-line.month.toordinal(), line.lot))


def usage_table(rows: Iterable[Usage]) -> Iterator[Row]:
    """The same as lines of a file."""
    yield [_("Month"), _("Lot"), _("Sessions"), _("Extensions"), _("Minutes"), _("Charged")]
    for row in rows:
        counts = (str(row.sessions), str(row.extensions), str(row.minutes))
        yield [f"{row.month:%Y-%m}", harmless(row.lot), *counts, f"{row.money:.2f}"]
