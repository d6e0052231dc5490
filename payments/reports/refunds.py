"""Refunds, each with who asked for it and who approved it."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from opscom.lib.reports import Asked, Column, Filter, Kind, Line, Report, Topic, moments_of, rows_behind
from payments.models import Refund
from payments.reports.filters import of_kind

AT_ONCE = 2000


class Refunds(Report):
    """Every refund that was asked for in these days."""

    key = "refunds"
    title = _("Refunds with who approved them")
    about = _("Every refund asked for in these days, with who asked, who approved, and what went back.")
    topic = Topic.MONEY
    right = opens = "payments.view_refund"
    filters = (
        Filter("state", _("State"), lambda: Refund.State.choices, "state"),
        Filter("target", _("Where to"), lambda: Refund.Target.choices, "target"),
        of_kind("charge__kind"),
    )
    columns = (
        Column(_("Asked for"), Kind.MOMENT),
        Column(_("Reference")),
        Column(_("Payment")),
        Column(_("Item")),
        Column(_("Where to")),
        Column(_("State")),
        Column(_("Asked by")),
        Column(_("Approved by")),
        Column(_("Reason")),
        Column(_("Amount"), Kind.MONEY, total=True),
        Column(_("Of it refunded"), Kind.MONEY, total=True),
    )
    read = (
        "created_at", "code", "payment__code", "charge__description", "target", "state", "by__email",
        "approved_by__email", "reason", "amount",
    )  # fmt: skip

    def rows(self, asked: Asked) -> Iterator[Line]:
        start, end = moments_of(asked)
        found = Refund.objects.filter(self.narrowed(asked), created_at__gte=start, created_at__lt=end)
        targets, states = dict(Refund.Target.choices), dict(Refund.State.choices)
        for row in found.order_by("created_at", "pk").values(*self.read).iterator(chunk_size=AT_ONCE):
            done = row["amount"] if row["state"] == Refund.State.DONE else 0
            words = row | {"target": targets[row["target"]], "state": states[row["state"]]}
            link = rows_behind("payments_refund", code__exact=row["code"])
            yield Line([*(words[name] for name in self.read), done], {1: link})
