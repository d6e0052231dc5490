"""The trail of one object: every row that tells of a deed to it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from operator import attrgetter
from typing import Any

from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.admin.models import LogEntry as AdminEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q
from django.forms.models import _get_foreign_key

from accounts.models import AccountEvent, User
from opscom.lib.events import StateEvent
from opscom.lib.readonly import ReadOnly
from opscom.office.trail import lines
from opscom.office.trail.lines import Trace

MOST = 200
SAME_DEED = timedelta(seconds=5)


def trail_of(row: Model) -> list[Trace]:
    """The newest first, so many at most. A query for each kind of row that tells of it."""
    found = chain(_changes(row), _states(row), _account(row))
    return sorted(found, key=attrgetter("at"), reverse=True)[:MOST]


def _changes(row: Model) -> Iterator[Trace]:
    """What forms changed, from what to what; the admin's own note only where nobody wrote more."""
    entries = [*LogEntry.objects.get_for_object(row).select_related("actor")[:MOST], *_below(row)]
    for entry in entries:
        yield from lines.of_entry(entry, names=True)
    kind = ContentType.objects.get_for_model(row)
    notes = AdminEntry.objects.filter(content_type=kind, object_id=str(row.pk)).select_related("user")[:MOST]
    for note in notes:
        if not any(_same(note, entry) for entry in entries):
            yield lines.of_admin_entry(note)


def _below(row: Model) -> Iterator[LogEntry]:
    """What changed of the rows that are edited on its page, also of those that are gone."""
    page = admin.site._registry.get(type(row))
    for inline in page.inlines if page else ():
        if issubclass(inline, ReadOnly):
            continue
        column = _get_foreign_key(type(row), inline.model, fk_name=inline.fk_name).name
        kind = ContentType.objects.get_for_model(inline.model)
        still = inline.model._default_manager.filter(**{column: row}).order_by().values_list("pk", flat=True)[:MOST]
        gone = Q(**{f"changes__{column}__0": str(row.pk), "action": LogEntry.Action.DELETE})
        entries = LogEntry.objects.filter(Q(object_id__in=list(still)) | gone, content_type=kind)
        yield from entries.select_related("actor", "content_type")[:MOST]


def _same(note: AdminEntry, entry: LogEntry) -> bool:
    return note.user_id == entry.actor_id and abs(note.action_time - entry.timestamp) < SAME_DEED


def _states(row: Model) -> Iterator[Trace]:
    """Every change of its state."""
    for relation in row._meta.related_objects:
        events: Any = relation.related_model
        if not issubclass(events, StateEvent):
            continue
        state: Any = row._meta.get_field("state")
        words = {key: str(word) for key, word in state.choices or ()}
        happened = events.objects.filter(**{relation.field.name: row}).select_related("by", "acting")
        for event in happened.order_by("-at", "-pk")[:MOST]:
            yield lines.of_event(event, str(row), words)


def _account(row: Model) -> Iterator[Trace]:
    """What was done to somebody's account."""
    if isinstance(row, User):
        for event in AccountEvent.objects.for_user(row).select_related("user", "by", "acting")[:MOST]:
            yield lines.of_account(event)
