"""What a set-up file changes, in words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opscom.office.setup.columns import Column
from opscom.office.setup.sections import Section

LONG = 60


@dataclass(frozen=True)
class Change:
    """One row that the file makes or changes: each column with what it was and what it becomes."""

    section: Section
    name: str
    is_new: bool
    columns: list[tuple[Column, Any, Any]]

    def __str__(self) -> str:
        told = "; ".join(text for column, before, after in self.columns for text in self._told(column, before, after))
        if self.is_new:
            return _("new: %(name)s (%(columns)s)") % {"name": self.name, "columns": told}
        if not self.name:
            return told
        return _("%(name)s: %(columns)s") % {"name": self.name, "columns": told}

    def _told(self, column: Column, before: Any, after: Any) -> Iterator[str]:
        label = str(column.field.verbose_name)
        if column.translated:
            for language in {**(before or {}), **after}:
                old, new = (before or {}).get(language, ""), after.get(language, "")
                if old != new:
                    yield self._turn(f"{label} ({language})", _shown(column, old), _shown(column, new))
        else:
            yield self._turn(label, _shown(column, before), _shown(column, after))

    def _turn(self, label: str, before: str, after: str) -> str:
        if self.is_new:
            return f"{label} {after}"
        return _("%(column)s %(before)s → %(after)s") % {"column": label, "before": before, "after": after}


@dataclass
class Outcome:
    """What a file changes, and the rows that it does not name, which stay."""

    changes: list[Change] = field(default_factory=list)
    kept: list[tuple[Section, str, list[str]]] = field(default_factory=list)

    @property
    def new(self) -> int:
        """How many rows it makes."""
        return sum(change.is_new for change in self.changes)

    def __str__(self) -> str:
        if not self.changes:
            return _("Nothing to do: the office is set up as the file says.")
        changed = len(self.changes) - self.new
        made = ngettext("%(n)s new row", "%(n)s new rows", self.new) % {"n": self.new}
        return f"{made}, " + ngettext("%(n)s changed", "%(n)s changed", changed) % {"n": changed}

    def groups(self) -> Iterator[tuple[str, list[str]]]:
        """By section: its heading, and its lines."""
        sections = dict.fromkeys([change.section for change in self.changes] + [kept[0] for kept in self.kept])
        for section in sections:
            told = [str(change) for change in self.changes if change.section is section]
            told += [_kept(of, names) for each, of, names in self.kept if each is section]
            yield str(section.model._meta.verbose_name_plural).capitalize(), told


def _kept(of: str, names: list[str]) -> str:
    said = ", ".join(names)
    if of:
        return _("not in the file, stays (%(of)s): %(names)s") % {"of": of, "names": said}
    return _("not in the file, stays: %(names)s") % {"names": said}


def _shown(column: Column, value: Any) -> str:
    if value == "" or value == [] or value is None:
        return _("empty")
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    text = str(column.choices.get(value, value))
    short = text if len(text) <= LONG else f"{text[:LONG]}…"
    return f"“{short}”" if isinstance(value, str) and value not in column.choices else short
