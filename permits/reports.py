"""Reports about lots, permits and waitlists."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import UserType
from opscom.lib.dates import Period
from opscom.lib.reports import Asked, Chart, Column, DayForm, Filter, Kind, Line, Report, Topic, moments_of, rows_behind
from permits.capacity import occupancies
from permits.models import (
    Lot,
    LotGroup,
    Permit,
    PermitNumber,
    PermitType,
    Waitlist,
    WaitlistEntry,
    WaitlistEntryEvent,
    WaitlistOffer,
)

TENTH = Decimal("0.1")
State = WaitlistEntry.State


class OfDay(Report):
    """A report about one day of the lots."""

    topic = Topic.PERMITS
    right = opens = "permits.view_permit"
    form = DayForm


class Stock(OfDay):
    """What there is to sell of each permit type, and what of it is sold."""

    key = "stock"
    title = _("Stock of permits")
    about = _(
        "What each permit type has, what of it is sold and held on a day, and what is left; types without any, too."
    )
    columns = (
        Column(_("Lot")),
        Column(_("Permit type")),
        Column(_("Places"), Kind.NUMBER),
        Column(_("Sold"), Kind.NUMBER, total=True),
        Column(_("Held"), Kind.NUMBER, total=True),
        Column(_("Good numbers"), Kind.NUMBER, total=True),
        Column(_("Of them given out"), Kind.NUMBER, total=True),
        Column(_("Places left"), Kind.NUMBER),
    )
    filters = (Filter("lot", _("Lot"), Lot.objects.all(), "lot"),)

    def rows(self, asked: Asked) -> Iterator[Line]:
        at, day = timezone.now(), _day(asked)
        kinds = PermitType.objects.filter(self.narrowed(asked)).select_related("lot")
        types = list(kinds.order_by("lot__position", "lot__code", "name", "pk"))
        left = occupancies([(permit_type, day) for permit_type in types], at)
        taking = Permit.objects.taking_space(at).filter(valid_from__lt=day.end, valid_before__gt=day.start)
        states = _by_type(taking.values_list("permit_type", "state"))
        good = _by_type(PermitNumber.objects.good().values_list("permit_type"))
        given = _by_type(taking.filter(stock__condition="good").values_list("permit_type"))
        for kind in types:
            sold = sum(states[kind.pk, state] for state in Permit.KEPT)
            numbers = [good[kind.pk,], given[kind.pk,]] if kind.numbered else [None, None]
            places = kind.lot.spaces if kind.allocation is None else kind.allocation
            cells = [kind.lot.name, kind.name, places, sold, states[kind.pk, Permit.State.HELD], *numbers]
            yield Line([*cells, left[kind, day].free], {3: self._sold(kind, day)})

    def _sold(self, kind: PermitType, day: Period) -> str:
        conditions = {"valid_from__lt": day.end, "valid_before__gt": day.start, "state__in": ",".join(Permit.KEPT)}
        return rows_behind("permits_permit", permit_type__exact=kind.pk, **conditions)


class Occupied(OfDay):
    """How full each lot is."""

    key = "occupancy"
    title = _("Occupancy by lot")
    about = _(
        "How many spaces of each lot are taken at the fullest moment of a day: by permits, holds, places offered to a waitlist, "
        "and closures."
    )
    columns = (
        Column(_("Lot")),
        Column(_("Spaces"), Kind.NUMBER, total=True),
        Column(_("Taken"), Kind.NUMBER, total=True),
        Column(_("Free"), Kind.NUMBER, total=True),
        Column(_("In use"), Kind.PERCENT),
    )
    filters = (
        Filter("group", _("Group"), LotGroup.objects.all(), "group"),
        Filter("lot", _("Lot"), Lot.objects.all(), "pk", listed="lot__exact"),
    )
    chart = Chart(label=0, value=2)

    def rows(self, asked: Asked) -> Iterator[Line]:
        day = _day(asked)
        lots = list(Lot.objects.filter(self.narrowed(asked)).by_group())
        found = occupancies([(lot, day) for lot in lots], timezone.now())
        for lot in lots:
            use = found[lot, day]
            share = (Decimal(100 * use.taken) / use.spaces).quantize(TENTH) if use.spaces else None
            running = {"valid_from__lt": day.end, "valid_before__gt": day.start, "lot__exact": lot.pk}
            link = rows_behind("permits_permit", state__in=",".join(Permit.UNRELEASED), **running)
            yield Line([lot.name, use.spaces, use.taken, use.free, share], {2: link})


class Turnover(Report):
    """How waitlists move."""

    key = "waitlist-turnover"
    title = _("Turnover of waitlists")
    about = _(
        "Who joined each list and how people left it in these days, how long those who got a place had waited, and who waits now."
    )
    topic = Topic.PERMITS
    right = opens = "permits.view_waitlistentry"
    columns = (
        Column(_("Waitlist")),
        Column(_("Joined"), Kind.NUMBER, total=True),
        Column(_("Offers made"), Kind.NUMBER, total=True),
        Column(_("Place taken"), Kind.NUMBER, total=True),
        Column(_("Declined"), Kind.NUMBER, total=True),
        Column(_("Lapsed"), Kind.NUMBER, total=True),
        Column(_("Left"), Kind.NUMBER, total=True),
        Column(_("Days waited for a place"), Kind.NUMBER),
        Column(_("Waiting now"), Kind.NUMBER, total=True),
    )
    filters = (
        Filter("waitlist", _("Waitlist"), Waitlist.objects.all(), "waitlist"),
        Filter("user_type", _("User type"), UserType.objects.all(), "user__user_type"),
    )
    ends = (State.TAKEN, State.DECLINED, State.LAPSED, State.LEFT)

    def rows(self, asked: Asked) -> Iterator[Line]:
        start, end = moments_of(asked)
        joined = Count("pk", filter=Q(joined_at__gte=start, joined_at__lt=end))
        waiting = Count("pk", filter=Q(state__in=WaitlistEntry.IN_QUEUE))
        people = (
            WaitlistEntry.objects.filter(self.narrowed(asked))
            .order_by()
            .values_list("waitlist")
            .annotate(joined=joined, waiting=waiting)
        )
        counts = {pk: (new, now) for pk, new, now in people}
        only = self.narrowed(asked, above="entry__")
        offers = _counted(WaitlistOffer.objects.filter(only, made_at__gte=start, made_at__lt=end), "entry__waitlist")
        ended = WaitlistEntryEvent.objects.filter(only, at__gte=start, at__lt=end)
        ways = _counted(ended.filter(to_state__in=self.ends), "entry__waitlist", "to_state")
        waited = dict(_waits(ended.filter(to_state=State.TAKEN)))
        chosen = self.chosen(asked)
        for waitlist in (
            Waitlist.objects.filter(pk=chosen["waitlist"]) if "waitlist" in chosen else Waitlist.objects.all()
        ):
            new, now = counts.get(waitlist.pk, (0, 0))
            left = [ways[waitlist.pk, state] for state in self.ends]
            behind = self.listed(asked) | {"waitlist__exact": waitlist.pk, "state__in": "waiting,offered"}
            link = rows_behind("permits_waitlistentry", **behind)
            cells = [waitlist.name, new, offers[waitlist.pk,], *left, waited.get(waitlist.pk), now]
            yield Line(cells, {8: link})


REPORTS = (Stock(), Occupied(), Turnover())


def _day(asked: Asked) -> Period:
    day: date = asked["last"]
    return Period(day, day + timedelta(days=1))


def _by_type(rows: Any) -> dict[tuple[Any, ...], int]:
    """How many of each."""
    return defaultdict(int, {tuple(row[:-1]): row[-1] for row in rows.order_by().annotate(Count("pk"))})


def _counted(rows: Any, *columns: str) -> dict[tuple[Any, ...], int]:
    return _by_type(rows.values_list(*columns))


def _waits(taken: Any) -> Iterator[tuple[int, Decimal]]:
    """Mean days from joining to the place, by list."""
    wait = ExpressionWrapper(F("at") - F("entry__joined_at"), output_field=DurationField())
    for waitlist, mean in taken.order_by().values_list("entry__waitlist").annotate(mean=Avg(wait)):
        yield waitlist, (Decimal(int(mean.total_seconds())) / 86400).quantize(TENTH)
