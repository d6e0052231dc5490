"""Reports about lockers."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from lockers.models import Locker, LockerTerm
from lockers.tree import read_tree
from opscom.lib.dates import Period
from opscom.lib.reports import Asked, Chart, Column, DayForm, Filter, Kind, Line, Report, Topic, rows_behind

Condition = Locker.Condition
NONE_FREE = {"good": 0, "broken": 0, "archived": 0}


def _places() -> list[tuple[str, str]]:
    """Every place, as people find it."""
    tree = read_tree()
    return sorted(((str(pk), tree.label(site)) for pk, site in tree.sites.items()), key=itemgetter(1))


class Lockers(Report):
    """How many lockers stand where, and how many of them somebody has."""

    key = "lockers"
    title = _("Lockers by place")
    about = _(
        "How many lockers each place has on a day, and how many of them somebody has; places without any, too. One place is it with all within it."
    )
    topic = Topic.OTHER
    right = opens = "lockers.view_locker"
    form = DayForm
    columns = (
        Column(_("Place")),
        Column(_("Good"), Kind.NUMBER, total=True),
        Column(_("Broken"), Kind.NUMBER, total=True),
        Column(_("Archived"), Kind.NUMBER, total=True),
        Column(_("Paid or given"), Kind.NUMBER, total=True),
        Column(_("Held"), Kind.NUMBER, total=True),
        Column(_("Free"), Kind.NUMBER, total=True),
        Column(_("In use"), Kind.PERCENT),
    )
    filters = (Filter("site", _("Place"), _places),)
    chart = Chart(label=0, value=4)

    def rows(self, asked: Asked) -> Iterator[Line]:
        tree = read_tree()
        conditions = {str(name): Count("pk", filter=Q(condition=name)) for name in Condition}
        stock: dict[int, Any] = {
            row["site"]: row for row in Locker.objects.order_by().values("site").annotate(**conditions)
        }
        day = Period(asked["last"], asked["last"] + timedelta(days=1))
        held = Q(state=LockerTerm.State.HELD)
        good = Q(locker__condition=Condition.GOOD)
        terms = LockerTerm.objects.taking(day).order_by().values("locker__site")
        uses = {
            row["locker__site"]: row
            for row in terms.annotate(
                taken=Count("pk", filter=~held), held=Count("pk", filter=held), in_good=Count("pk", filter=good)
            )
        }
        place = self.chosen(asked).get("site")
        for site in tree.below(tree.sites[int(place)]) if place else sorted(tree.sites.values(), key=tree.label):
            pk = site.pk
            has = stock.get(pk, NONE_FREE)
            use = uses.get(pk, {"taken": 0, "held": 0, "in_good": 0})
            share = (Decimal(100 * use["in_good"]) / has["good"]).quantize(Decimal("0.1")) if has["good"] else None
            counts = [has[str(name)] for name in (Condition.GOOD, Condition.BROKEN, Condition.ARCHIVED)]
            cells = [tree.label(site), *counts, use["taken"], use["held"], has["good"] - use["in_good"], share]
            yield Line(cells, {1: rows_behind("lockers_locker", site__exact=pk, condition__exact=Condition.GOOD)})


REPORTS = (Lockers(),)
