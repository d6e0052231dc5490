"""One line of the trail, and how the rows that tell of deeds become lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.admin.models import LogEntry as AdminEntry
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import AccountEvent
from opscom.lib.events import StateEvent
from opscom.lib.reasons import said_reason

NOTHING = ("None", "", None)


@dataclass(frozen=True)
class Trace:
    """Somebody (`who`), in the name of `whom` where they acted for somebody, did `what` to `about`."""

    at: datetime
    who: str
    whom: str
    about: str
    what: str
    before: str = ""
    after: str = ""
    reason: str = ""


def of_entry(entry: LogEntry, *, names: bool = False) -> Iterator[Trace]:
    """A line for each field; needs `actor`. With `names`, for a page that does not say `about`, it tells which kind
    of row went, and other rows that a value points at are looked up and named."""
    model = entry.content_type.model_class()
    who = entry.actor.get_full_name() if entry.actor else ""
    about = f"{named(model)} {entry.object_repr}" if model else entry.object_repr
    word = {0: _("Added"), 1: _("Changed"), 2: _("Deleted")}.get(entry.action, str(entry.get_action_display()))
    hidden = _hidden(model)
    told = entry.additional_data or {}
    whom, reason = told.get("acting_for", ""), told.get("reason", "")
    changes: dict[str, Any] = {name: change for name, change in (entry.changes or {}).items() if name not in hidden}
    if not changes or entry.action == LogEntry.Action.DELETE:
        what = f"{word}: {model._meta.verbose_name}" if model and names else word
        yield Trace(entry.timestamp, who, whom, about, what, _what_it_was(model, changes, names), reason=reason)
        return
    for name, change in sorted(changes.items()):
        if isinstance(change, dict):  # rows that were added to, or taken from, a list of others
            rows = ", ".join(change.get("objects", []))
            took = change.get("operation") == "delete"
            before, after = (rows, "") if took else ("", rows)
        else:
            before, after = (said(model, name, value, names=names) for value in change)
        if before or after:
            yield Trace(entry.timestamp, who, whom, about, f"{word}: {label_of(model, name)}", before, after, reason)


def _what_it_was(model: Any, changes: dict[str, Any], names: bool) -> str:
    """The values of a row that is gone, each after the name of its column."""
    found = []
    for name, change in sorted(changes.items()):
        points = _column(model, name) is None or _column(model, name).is_relation
        if name != "id" and isinstance(change, list) and (names or not points):
            value = said(model, name, change[0], names=names)
            found += [f"{label_of(model, name)}: {value}"] if value else []
    return ", ".join(found)


def _hidden(model: Any) -> set[str]:
    """What no line tells, whoever wrote it down: passwords, and what the trail leaves out of that table."""
    left_out = auditlog.get_model_fields(model)["exclude_fields"] if model and auditlog.contains(model) else ()
    return {"password", *left_out}


def of_admin_entry(entry: AdminEntry) -> Trace:
    """What the admin noted itself, of changes from before the trail, and of runs; needs `user`."""
    model = entry.content_type.model_class() if entry.content_type else None
    about = f"{named(model)} {entry.object_repr}" if model else entry.object_repr
    return Trace(entry.action_time, entry.user.get_full_name(), "", about, entry.get_change_message())


def of_event(event: StateEvent, about: str, words: dict[str, str]) -> Trace:
    """From one state to another; needs `by` and `acting`."""
    by, acting = event.by, event.acting
    doer = acting or by
    return Trace(
        event.at,
        doer.get_full_name() if doer else "",
        by.get_full_name() if acting and by else "",
        about,
        _("State"),
        words.get(event.from_state, event.from_state),
        words.get(event.to_state, event.to_state),
        said_reason(event.reason),
    )


def of_account(event: AccountEvent) -> Trace:
    """Something done to an account; needs `user`, `by` and `acting`."""
    doer = event.acting or event.by
    return Trace(
        event.at,
        doer.get_full_name() if doer else "",
        event.user.get_full_name(),
        f"{named(type(event.user))} {event.user}",
        event.label,
        reason=event.detail,
    )


def named(model: Any) -> str:
    """What a row of that table is called."""
    return capfirst(model._meta.verbose_name)


def label_of(model: type[Model] | None, name: str) -> str:
    """A column as pages call it."""
    try:
        return _(str(model._meta.get_field(name).verbose_name)) if model else name  # type: ignore[union-attr]
    except (FieldDoesNotExist, AttributeError):
        return name.replace("_", " ")


def _column(model: type[Model] | None, name: str) -> Any:
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None


def said(model: type[Model] | None, name: str, value: Any, *, names: bool = False) -> str:
    """A stored value as people say it; empty for none. With `names` the key of another row becomes its name."""
    if value in NOTHING:
        return ""
    column = _column(model, name)
    if names and column is not None and (column.many_to_one or column.one_to_one) and str(value).isdigit():
        row = column.related_model._base_manager.filter(pk=value).first()
        return str(row or value)
    choices: Any = getattr(column, "flatchoices", ())
    words = {str(key): str(word) for key, word in choices} | {"True": _("Yes"), "False": _("No")}
    return words.get(str(value), str(value))
