"""What the columns of a catalogue of offences mean: a TOML file, built in for known catalogues or written by the operator."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from violations.importing import mapping
from violations.importing.mapping import MappingError

BUILT_IN = Path(__file__).parent / "mappings"
USUAL = "portal"
TEXTS = ("code", "description", "category", "rule", "currency")
AMOUNTS = ("amount", "admin_fee", "reduced_amount", "late_amount")
DAYS = ("reduced_days", "due_days", "late_days", "appeal_days")
YES = ("safety", "boot_eligible")
COLUMNS = frozenset((*TEXTS, *AMOUNTS, *DAYS, *YES))
NEEDED = {"description", "amount"}


@dataclass(frozen=True)
class OffenceMapping:
    """How to read one kind of catalogue: for each field the column or columns that hold it. `optional` are fields that the file
    may lack. `days` hold where the file has no column for them, and `late` is the day after which `late_amount` is owed."""

    source: str
    columns: dict[str, tuple[str, ...]]
    prefix: str = ""
    category: str = ""
    optional: frozenset[str] = frozenset()
    days: dict[str, int] = field(default_factory=dict)

    @property
    def used(self) -> list[str]:
        """The columns of the file that are read, in lower case."""
        return sorted({column.lower() for columns in self.columns.values() for column in columns})

    @property
    def required(self) -> list[str]:
        """Those without which the file is none of this kind."""
        needed = {name: columns for name, columns in self.columns.items() if name not in self.optional}
        return sorted({column.lower() for columns in needed.values() for column in columns})


def built_in_names() -> list[str]:
    """The catalogues that are known."""
    return mapping.built_in_names(BUILT_IN)


def load_mapping(name: str) -> OffenceMapping:
    """A built-in mapping by its name, or the operator's own by its path. MappingError says what is wrong."""
    return _made(mapping.load_tables(name, BUILT_IN))


def read_mapping(text: str) -> OffenceMapping:
    """A built-in mapping by its name, or the office's own as it was typed."""
    if text in built_in_names():
        return load_mapping(text)
    try:
        return _made(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, AttributeError, TypeError) as error:  # no TOML, or of another shape
        raise MappingError(_("This cannot be read: %(error)s") % {"error": error}) from error


def _made(raw: dict[str, Any]) -> OffenceMapping:
    if unknown := sorted(set(raw) - set(OffenceMapping.__dataclass_fields__)):
        raise MappingError(_("The mapping has unknown entries: %(names)s.") % {"names": ", ".join(unknown)})
    if "source" not in raw:
        raise MappingError(_('The mapping names no source, for example source = "nyc".'))
    columns = {
        name: tuple([value] if isinstance(value, str) else value) for name, value in raw.get("columns", {}).items()
    }
    optional, days = frozenset(raw.get("optional", [])), raw.get("days", {})
    if wrong := sorted((set(columns) - COLUMNS) | (NEEDED - set(columns) - optional)):
        raise MappingError(_("The mapping's columns are unknown or missing: %(names)s.") % {"names": ", ".join(wrong)})
    if wrong := sorted(set(days) - {name.removesuffix("_days") for name in DAYS}):
        raise MappingError(_("The mapping has unknown entries: %(names)s.") % {"names": ", ".join(wrong)})
    return OffenceMapping(**raw | {"columns": columns, "optional": optional, "days": days})
