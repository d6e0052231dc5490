"""How appeals end."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Sum
from django.utils.translation import gettext_lazy as _

from opscom.lib.reports import Asked, Chart, Column, Kind, Line, Report, Topic, moments_of, rows_behind
from violations.models import Appeal
from violations.reports.filters import filters_of

TENTH = Decimal("0.1")
LEVELS = (1, 2)


class Appeals(Report):
    """Appeals decided in these days by outcome."""

    key = "appeals"
    title = _("Outcomes of appeals")
    about = _("Appeals decided in these days: how they ended, in percent of their level, and how many days they took.")
    topic = Topic.TICKETS
    right = opens = "violations.view_appeal"
    filters = filters_of("violation__")
    columns = (
        Column(_("Outcome")),
        Column(_("Level"), Kind.NUMBER),
        Column(_("Appeals"), Kind.NUMBER, total=True),
        Column(_("Share"), Kind.PERCENT),
        Column(_("Days to decide"), Kind.NUMBER),
        Column(_("Fines"), Kind.MONEY, total=True),
    )
    chart = Chart(label=0, value=2, part=1)

    def rows(self, asked: Asked) -> Iterator[Line]:
        start, end = moments_of(asked)
        decided = Appeal.objects.filter(self.narrowed(asked), decided_at__gte=start, decided_at__lt=end).order_by()
        took = Avg(ExpressionWrapper(F("decided_at") - F("submitted_at"), output_field=DurationField()))
        sums = decided.values("state", "level").annotate(n=Count("pk"), took=took, fines=Sum("violation__amount"))
        found: dict[tuple[str, int], Any] = {(row["state"], row["level"]): row for row in sums}
        whole = {level: sum(row["n"] for row in found.values() if row["level"] == level) for level in LEVELS}
        for level in LEVELS:
            for state in Appeal.DECIDED:
                row = found.get((state, level), {"n": 0, "took": None, "fines": 0})
                share = (Decimal(100 * row["n"]) / whole[level]).quantize(TENTH) if whole[level] else None
                days = (Decimal(int(row["took"].total_seconds())) / 86400).quantize(TENTH) if row["took"] else None
                conditions = {"state": state, "level__exact": level, "decided_at__gte": start, "decided_at__lt": end}
                link = rows_behind("violations_appeal", **self.listed(asked) | conditions)
                yield Line([state.label, level, row["n"], share, days, row["fines"]], {2: link})
