"""Boots: how often they are fitted, and how that ends."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Sum
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import ZERO
from opscom.lib.reports import Asked, Chart, Column, Kind, Line, Report, Topic, moments_of, rows_behind
from violations.models import BootAssignment
from violations.reports.filters import filters_of

State = BootAssignment.State
NOTHING = {"n": 0, "fees": None, "deposits": None, "kept": None, "took": None}


class Boots(Report):
    """Boots fitted in these days by how it stands with them."""

    key = "boots"
    title = _("Boots")
    about = _("Boots fitted in these days by how it stands with them now, and what was charged for them.")
    topic = Topic.TICKETS
    right = opens = "violations.view_bootassignment"
    columns = (
        Column(_("State")),
        Column(_("Boots"), Kind.NUMBER, total=True),
        Column(_("Boot fees"), Kind.MONEY, total=True),
        Column(_("Deposits"), Kind.MONEY, total=True),
        Column(_("Kept or owed"), Kind.MONEY, total=True),
        Column(_("Hours until it ended"), Kind.NUMBER),
    )
    filters = filters_of("violation__")
    chart = Chart(label=0, value=1)

    def rows(self, asked: Asked) -> Iterator[Line]:
        start, end = moments_of(asked)
        fitted = BootAssignment.objects.filter(self.narrowed(asked), fitted_at__gte=start, fitted_at__lt=end).order_by()
        took = Avg(ExpressionWrapper(F("ended_at") - F("fitted_at"), output_field=DurationField()))
        money = {"fees": Sum("fee__amount"), "deposits": Sum("deposit__amount"), "kept": Sum("penalty__amount")}
        found: dict[str, Any] = {
            row["state"]: row for row in fitted.values("state").annotate(n=Count("pk"), took=took, **money)
        }
        for state in State:
            row = found.get(state, NOTHING)
            hours = (Decimal(int(row["took"].total_seconds())) / 3600).quantize(Decimal("0.1")) if row["took"] else None
            sums = [row[name] or ZERO for name in money]
            conditions = {"state__exact": state.value, "fitted_at__gte": start, "fitted_at__lt": end}
            link = rows_behind("violations_bootassignment", **self.listed(asked) | conditions)
            yield Line([state.label, row["n"], *sums, hours], {1: link})
