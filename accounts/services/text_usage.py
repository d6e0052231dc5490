"""What texts the office sent and got, month by month, and what they cost."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from accounts.models import TextMessage
from opscom.lib.dates import start_of_day, today

YEAR = timedelta(days=365)
OUT = Q(direction=TextMessage.Direction.OUT) & ~Q(state__in=(TextMessage.State.QUEUED, TextMessage.State.DROPPED))


@dataclass(frozen=True)
class TextUsage:
    """A month: texts that came and went, how many did not arrive, the segments of all and their cost in the office's money."""

    month: date
    received: int
    sent: int
    failed: int
    segments: int
    cost: Decimal


def text_usage(*, at: datetime | None = None) -> list[TextUsage]:
    """The last twelve months and this one, the newest first. One query. What was never sent costs nothing."""
    since = start_of_day((today(at or timezone.now()) - YEAR).replace(day=1))
    moved = Q(direction=TextMessage.Direction.IN) | OUT
    rows = (
        TextMessage.objects.filter(moved, created_at__gte=since)
        .order_by()
        .annotate(month=TruncMonth("created_at"))
        .values("month")
        .annotate(
            received=Count("pk", filter=Q(direction=TextMessage.Direction.IN)),
            sent=Count("pk", filter=OUT),
            failed=Count("pk", filter=Q(state=TextMessage.State.FAILED)),
            pieces=Sum("segments"),
            cost=Sum("price"),
        )
        .order_by("-month")
    )
    return [
        TextUsage(
            timezone.localtime(row["month"]).date(),
            row["received"],
            row["sent"],
            row["failed"],
            row["pieces"],
            row["cost"],
        )
        for row in rows
    ]
