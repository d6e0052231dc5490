"""The rows of the running office, as a set-up file has them and by the names that it has for them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from opscom.models import SystemSettings
from opscom.office.setup.columns import LANGUAGES, Column, columns_of
from opscom.office.setup.errors import SetupRefused
from opscom.office.setup.sections import BY_MODEL, Section

Plain = dict[
    str, Any
]  # by column: texts, numbers, days, moments on the office's clock, lists of them, texts by language


class Office:
    """What is there now, read once, a section at a time."""

    def __init__(self) -> None:
        self._rows: dict[Section, dict[Any, models.Model]] = {}
        self._names: dict[Section, dict[Any, str]] = {}

    def rows(self, section: Section) -> dict[str, Any]:
        """A section's rows by name. SetupRefused where two have the same one."""
        return self.by_name(section, self._read(section).values())

    def below(self, section: Section, parent: models.Model, parents: Section) -> dict[str, Any]:
        """The rows that belong to that one. SetupRefused where two have the same name."""
        found = filter(section.counts, getattr(parent, section.name).all() if parent.pk else ())
        return self.by_name(section, found, parents)

    def by_name(self, section: Section, rows: Iterable[models.Model], parent: Section | None = None) -> dict[str, Any]:
        """Rows by name. SetupRefused where two have the same one."""
        named: dict[str, models.Model] = {}
        for row in rows:
            name = name_in(section, self.plain(section, row, parent, only=section.key))
            if named.setdefault(name, row) is not row:
                text = _("%(rows)s: two are called “%(name)s”. Give one of them another name in the office first.")
                raise SetupRefused([text % {"rows": section.model._meta.verbose_name_plural, "name": name}])
        return named

    def name_of(self, model: type[models.Model], pk: Any) -> str:
        """What the file calls that row."""
        section = BY_MODEL[model]
        names = self._names.setdefault(section, {})
        if pk not in names:
            names[pk] = name_in(section, self.plain(section, self._read(section)[pk], only=section.key))
        return names[pk]

    def found(self, model: type[models.Model], name: str) -> models.Model | None:
        """The row that the file calls so."""
        return next((row for pk, row in self._read(BY_MODEL[model]).items() if self.name_of(model, pk) == name), None)

    def add(self, section: Section, row: models.Model) -> None:
        """A row that is new."""
        self._read(section)[row.pk] = row

    def plain(
        self, section: Section, row: models.Model, parent: Section | None = None, *, only: Iterable[str] = ()
    ) -> Plain:
        """A row as the file has it."""
        columns = columns_of(section, parent)
        return {name: self._plain(columns[name], row) for name in (only or columns)}

    def _plain(self, column: Column, row: models.Model) -> Any:
        if column.translated:
            texts = {language: getattr(row, f"{column.name}_{language}") for language in LANGUAGES}
            return {language: plain_value(text) for language, text in texts.items() if text}
        if column.other is None:
            return plain_value(getattr(row, column.name))
        if column.field.many_to_many:
            chosen = getattr(row, column.name).all() if row.pk else ()
            return sorted(self.name_of(column.other, other.pk) for other in chosen)
        pk = getattr(row, column.field.attname)
        return "" if pk is None else self.name_of(column.other, pk)

    def _read(self, section: Section) -> dict[Any, models.Model]:
        if section not in self._rows:
            rows: Iterable[models.Model] = _stored(section) if section.key else [_settings()]
            self._rows[section] = {row.pk: row for row in rows}
        return self._rows[section]


def name_in(section: Section, row: Plain) -> str:
    """What the file calls a row, from its key: P30 / Yellow permit."""
    parts = (row.get(name, "") for name in section.key)
    return " / ".join(said for part in parts if (said := _said(part)))


def plain_value(value: Any) -> Any:
    """A value as the file has it: moments on the office's clock, "" for what is empty."""
    if value is None:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        local = timezone.localtime(value)
        naive = local.replace(tzinfo=None)
        return naive if timezone.make_aware(naive) == value else local  # the hour that comes twice keeps its offset
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    return value


def _said(part: Any) -> str:
    if isinstance(part, dict):
        return str(part.get(LANGUAGES[0]) or next(iter(part.values()), ""))
    if isinstance(part, list):
        return ", ".join(map(str, part))
    return str(part)


def _settings() -> SystemSettings:
    return SystemSettings.objects.filter(pk=1).first() or SystemSettings(pk=1)


def _many(section: Section) -> list[str]:
    return [column.name for column in columns_of(section).values() if column.field.many_to_many]


def _stored(section: Section) -> "models.QuerySet[Any]":
    many = [*_many(section), *(f"{child.name}__{name}" for child in section.children for name in _many(child))]
    deep = [f"{child.name}__{under.name}" for child in section.children for under in child.children]
    below = [child.name for child in section.children]
    return section.model._default_manager.prefetch_related(*many, *below, *deep)
