"""What staff did, as a report: every row that tells of a deed of theirs, the newest first."""

from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import merge
from operator import attrgetter
from typing import Any

from auditlog.models import LogEntry
from django import forms
from django.apps import apps
from django.db.models import BooleanField, CharField, ExpressionWrapper, F, ForeignKey, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AccountEvent, Mailing, PersonNote, User
from lockers.models import CombinationView
from opscom.lib.events import StateEvent
from opscom.lib.forms import PeriodForm
from opscom.lib.reasons import said_reason
from opscom.lib.reports import Asked, Cell, Column, Kind, Line, Report, Topic, moments_of
from opscom.models import ReportDownload
from opscom.office.reports.titles import title_of
from opscom.office.trail import lines
from opscom.office.trail.lines import Trace

CHUNK = 500
SEEN = (AccountEvent.Verb.UPLOAD_VIEWED,)
ACTING = (
    AccountEvent.Verb.ACTING_STARTED,
    AccountEvent.Verb.ACTING_ENDED,
    AccountEvent.Verb.ACTED,
)


class TrailForm(PeriodForm):
    """Of whom, and of which kind."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        required=False,
        choices=[
            ("", gettext_lazy("All")),
            ("change", gettext_lazy("Settings and details")),
            ("state", gettext_lazy("States and money")),
            ("person", gettext_lazy("Accounts and notes")),
            ("seen", gettext_lazy("Documents and combinations looked at")),
            ("acting", gettext_lazy("Acting for people")),
            ("mailing", gettext_lazy("E-mails to many")),
            ("export", gettext_lazy("Exports")),
        ],
    )
    who = forms.ModelChoiceField(User.objects.filter(been_staff=True), label=gettext_lazy("Who"), required=False)


def _changes(start: datetime, end: datetime, who: Q) -> Iterator[Trace]:
    entries = LogEntry.objects.filter(timestamp__gte=start, timestamp__lt=end, actor__in=_staff(who))
    for entry in entries.select_related("actor").order_by("-timestamp", "-pk").iterator(CHUNK):
        yield from lines.of_entry(entry)


def _accounts(start: datetime, end: datetime, who: Q, verbs: Q) -> Iterator[Trace]:
    deeds = Q(acting__in=_staff(who)) | Q(acting=None, by__in=_staff(who)) & ~Q(by=F("user"))
    events = AccountEvent.objects.filter(deeds, verbs, at__gte=start, at__lt=end)
    related = events.select_related("user", "by", "acting").order_by("-at", "-pk")
    return (lines.of_account(event) for event in related.iterator(CHUNK))


def _notes(start: datetime, end: datetime, who: Q) -> Iterator[Trace]:
    rows = PersonNote.objects.filter(at__gte=start, at__lt=end, by__in=_staff(who)).select_related("user", "by")
    for note in rows.order_by("-at", "-pk").iterator(CHUNK):
        about = f"{lines.named(User)} {note.user}"
        yield Trace(note.at, note.by.get_full_name(), note.user.get_full_name(), about, _("Note"), after=note.text)


def _combinations(start: datetime, end: datetime, who: Q) -> Iterator[Trace]:
    rows = CombinationView.objects.filter(at__gte=start, at__lt=end, by__in=_staff(who))
    for view in rows.select_related("by", "locker__site").order_by("-at", "-pk").iterator(CHUNK):
        yield Trace(view.at, view.by.get_full_name(), "", str(view.locker), _("Combination looked at"))


def _exports(start: datetime, end: datetime, who: Q) -> Iterator[Trace]:
    rows = ReportDownload.objects.filter(at__gte=start, at__lt=end, by__in=_staff(who)).select_related("by")
    for taken in rows.order_by("-at", "-pk").iterator(CHUNK):
        what = _("Taken out as %(file)s") % {"file": taken.get_file_display()}
        yield Trace(taken.at, taken.by.get_full_name(), "", title_of(taken.report), what, reason=taken.asked)


def _mailings(start: datetime, end: datetime, who: Q) -> Iterator[Trace]:
    """E-mails to many that were started or stopped; they are few, and the two moments of one may lie far apart."""
    words, found = {"started": _("Started"), "stopped": _("Stopped")}, []
    deeds = {
        deed: Q((f"{deed}_at__gte", start), (f"{deed}_at__lt", end), (f"{deed}_by__in", _staff(who))) for deed in words
    }
    rows: Any = Mailing.objects.filter(deeds["started"] | deeds["stopped"]).select_related("started_by", "stopped_by")
    told = {f"was_{deed}": ExpressionWrapper(happened, BooleanField()) for deed, happened in deeds.items()}
    for mailing in rows.annotate(**told):
        for deed, word in words.items():
            if getattr(mailing, f"was_{deed}"):
                by = getattr(mailing, f"{deed}_by").get_full_name()
                about = f"{lines.named(Mailing)} {mailing}"
                found.append(Trace(getattr(mailing, f"{deed}_at"), by, "", about, word))
    return iter(sorted(found, key=attrgetter("at"), reverse=True))


def _states(start: datetime, end: datetime, who: Q) -> Iterator[Trace]:
    """One query, however many tables of events there are."""
    each = [_of_table(number, start, end, who) for number in range(len(_tables()))]
    words = [_words(table) for table in _tables()]
    rows = each[0].union(*each[1:], all=True).order_by("-at")
    for at, number, by, by_last, acting, acting_last, before, after, reason, about in rows.iterator(CHUNK):
        model, said = words[number]
        doer, person = (f"{first or ''} {last or ''}".strip() for first, last in ((acting, acting_last), (by, by_last)))
        yield Trace(
            at,
            doer or person,
            person if doer else "",
            f"{model} {about}",
            _("State"),
            said.get(before, before),
            said.get(after, after),
            said_reason(reason),
        )


def _tables() -> list[Any]:
    """Every kind of event rows."""
    return [model for model in apps.get_models() if issubclass(model, StateEvent)]


def _owner(table: Any) -> "ForeignKey[Any, Any]":
    """The column of the row that the event is about."""
    own = [
        field for field in table._meta.fields if isinstance(field, ForeignKey) and field.name not in ("by", "acting")
    ]
    return own[0]


def _of_table(number: int, start: datetime, end: datetime, who: Q) -> QuerySet[Any, Any]:
    table = _tables()[number]
    owner = _owner(table)
    names = {field.name for field in owner.related_model._meta.fields}
    label = next((name for name in ("number", "code") if name in names), "pk")
    deeds = Q(acting__in=_staff(who)) | Q(acting=None, by__in=_staff(who))
    rows = table.objects.filter(deeds, at__gte=start, at__lt=end).order_by()
    return rows.annotate(table=Value(number), about=Cast(F(f"{owner.name}__{label}"), CharField())).values_list(
        "at",
        "table",
        "by__first_name",
        "by__last_name",
        "acting__first_name",
        "acting__last_name",
        "from_state",
        "to_state",
        "reason",
        "about",
    )


def _words(table: Any) -> tuple[str, dict[str, str]]:
    model: Any = _owner(table).related_model
    return lines.named(model), {key: str(word) for key, word in model._meta.get_field("state").choices or ()}


def _staff(who: Q) -> QuerySet[Any, Any]:
    return User.objects.filter(who, been_staff=True).order_by().values("pk")


Source = Callable[[datetime, datetime, Q], Iterator[Trace]]
SOURCES: dict[str, tuple[Source, ...]] = {
    "": (
        _changes,
        _states,
        lambda start, end, who: _accounts(start, end, who, Q()),
        _notes,
        _combinations,
        _mailings,
        _exports,
    ),
    "change": (_changes,),
    "state": (_states,),
    "person": (lambda start, end, who: _accounts(start, end, who, ~Q(verb__in=[*SEEN, *ACTING])), _notes),
    "seen": (lambda start, end, who: _accounts(start, end, who, Q(verb__in=SEEN)), _combinations),
    "acting": (lambda start, end, who: _accounts(start, end, who, Q(verb__in=ACTING)),),
    "mailing": (_mailings,),
    "export": (_exports,),
}


class OfficeTrail(Report):
    """For the auditor: who, for whom, what, from what to what, and why."""

    key = "audit"
    title = gettext_lazy("What the office did")
    about = gettext_lazy(
        "Every deed of staff: settings and details with what they were before, changes of states, accounts and notes, "
        "documents looked at, acting for people, e-mails to many, and exports."
    )
    topic = Topic.AUDIT
    right = "auditlog.view_logentry"
    form = TrailForm
    long = True
    columns = (
        Column(gettext_lazy("When"), Kind.MOMENT),
        Column(gettext_lazy("Who")),
        Column(gettext_lazy("For whom")),
        Column(gettext_lazy("About")),
        Column(gettext_lazy("What")),
        Column(gettext_lazy("Before")),
        Column(gettext_lazy("After")),
        Column(gettext_lazy("Reason")),
    )

    def rows(self, asked: Asked) -> Iterator[Line]:
        start, end = moments_of(asked)
        who = Q(pk=asked["who"].pk) if asked.get("who") else Q()
        streams = [source(start, end, who) for source in SOURCES[asked.get("kind") or ""]]
        for trace in merge(*streams, key=attrgetter("at"), reverse=True):
            cells = (trace.who, trace.whom, trace.about, trace.what, trace.before, trace.after, trace.reason)
            yield Line([trace.at, *cells])

    def totals(self, asked: Asked) -> list[Cell]:
        """Deeds are not added up."""
        return [None] * len(self.columns)


REPORTS = (OfficeTrail(),)
