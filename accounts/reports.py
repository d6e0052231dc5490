"""Reports about people and texts."""

from collections.abc import Iterator

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import TextMessage
from accounts.models.text import TextKind
from accounts.services.text_usage import OUT
from opscom.lib.reports import Asked, Chart, Column, Filter, Kind, Line, Report, Topic, moments_of

IN = Q(direction=TextMessage.Direction.IN)


class Texts(Report):
    """Texts by month and what they are about."""

    key = "texts"
    title = _("Texts and what they cost")
    about = _(
        "Texts received and sent, by month and what they are about, with the cost of their segments on the day of each."
    )
    topic = Topic.OTHER
    right = "accounts.view_textmessage"
    columns = (
        Column(_("Month")),
        Column(_("About")),
        Column(_("Received"), Kind.NUMBER, total=True),
        Column(_("Sent"), Kind.NUMBER, total=True),
        Column(_("Not delivered"), Kind.NUMBER, total=True),
        Column(_("Segments"), Kind.NUMBER, total=True),
        Column(_("Cost"), Kind.MONEY, total=True),
    )
    filters = (Filter("kind", _("About"), lambda: TextKind.choices, "kind"),)
    chart = Chart(label=0, value=5, part=1)

    def rows(self, asked: Asked) -> Iterator[Line]:
        start, end = moments_of(asked)
        moved = TextMessage.objects.filter(
            IN | OUT, self.narrowed(asked), created_at__gte=start, created_at__lt=end
        ).order_by()
        months = moved.annotate(month=TruncMonth("created_at")).values_list("month", "kind")
        failed = Q(state=TextMessage.State.FAILED)
        sums = months.annotate(
            received=Count("pk", filter=IN),
            sent=Count("pk", filter=OUT),
            failed=Count("pk", filter=failed),
            pieces=Sum("segments"),
            cost=Sum("price"),
        )
        names = dict(TextKind.choices)
        for month, kind, *figures in sums.order_by("month", "kind"):
            written = date_format(timezone.localtime(month), "YEAR_MONTH_FORMAT")
            yield Line([written, names.get(kind, kind), *figures])


REPORTS = (Texts(),)
