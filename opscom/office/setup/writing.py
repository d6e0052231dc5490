"""The running office as a set-up file."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from opscom.office.setup.columns import Column, columns_of
from opscom.office.setup.rows import Office, Plain
from opscom.office.setup.sections import SECTIONS, Section
from opscom.office.setup.toml import lines, write_note, write_table


def write_office() -> str:
    """Everything that the office has configured. SetupRefused where two rows have the same name."""
    office = Office()
    return lines(_head()) + "".join(lines(_section(section, office)) for section in SECTIONS)


def _head() -> Iterator[str]:
    yield from write_note(_("The office's set-up: what it has configured, without people, secrets and money."))
    yield from write_note(_("What a file does not name stays as it is; nothing is ever deleted by one."))
    yield from write_note(_('Empty quotes mean that nothing is set: ""'))


def _section(section: Section, office: Office) -> Iterator[str]:
    yield ""
    yield from write_note("=" * 100)
    yield from write_note(str(section.model._meta.verbose_name_plural).capitalize())
    columns = columns_of(section)
    if not section.key:
        notes = {name: [_told(column)] for name, column in columns.items()}
        row = next(iter(office.rows(section).values()))
        yield from write_table(section.name, _said(office.plain(section, row)), notes=notes, listed=False)
        return
    for each, parent in [(section, None), *((child, section) for child in section.children)]:
        for name, column in columns_of(each, parent).items():
            yield from write_note(f"  {'' if parent is None else each.name + '.'}{name}: {_told(column)}")
    rows = office.rows(section)
    for name in sorted(rows, key=lambda name: _depth(section, rows[name])):  # a row after the one that it lies in
        row = rows[name]
        yield ""
        yield from write_table(section.name, _whole(section, row, office), notes={})


def _whole(section: Section, row: Any, office: Office, parent: Section | None = None) -> Plain:
    """A row with those that belong to it."""
    said = _said(office.plain(section, row, parent))
    for child in section.children:
        if below := [each for each in office.below(child, row, section).values() if child.writes(each)]:
            said[child.name] = [_whole(child, each, office, section) for each in below]
    return said


def _depth(section: Section, row: Any) -> int:
    """In how many rows of its own section it lies."""
    own = [column.name for column in columns_of(section).values() if column.other is section.model]
    above = next((getattr(row, name) for name in own), None)
    return 0 if above is None else 1 + _depth(section, above)


def _said(row: Plain) -> Plain:
    """A translated text that there is in no language is not said."""
    return {name: value for name, value in row.items() if value != {}}


def _told(column: Column) -> str:
    """What a column is, for whoever edits the file."""
    told = str(column.field.verbose_name).capitalize()
    if column.field.help_text:
        told += f". {column.field.help_text}"
    if column.choices:
        told += " [" + ", ".join(str(value) or '""' for value in column.choices) + "]"
    return " ".join(told.split())
