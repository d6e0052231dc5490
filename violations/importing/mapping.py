"""What the columns of a file mean: a TOML file, built in for known sources or written by the operator."""

import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from opscom.lib.errors import PortalError
from vehicles.models import PlateType

BUILT_IN = Path(__file__).parent / "mappings"
COLUMNS = frozenset(
    "number moment date time plate region plate_type offence wording amount lot location make colour year status notes marks".split()
)
# What a status of the file can mean; "review" is owed but cannot be paid, "unsure" is owed and named in the report.
STATUSES = ("open", "paid", "void", "warning", "review", "unsure")


class MappingError(PortalError):
    """The mapping does not fit; the message says where."""

    code = "mapping"


@dataclass(frozen=True)
class Mapping:
    """How to read one kind of file.

    `columns` names for each field the column or columns that hold it. `date_format` is "iso", "us" or a strptime pattern;
    `time_format` "iso", "compact12" (0752A) or a pattern. `number_from_line` numbers tickets by their line, for files without
    numbers. `missing_amount` says what becomes of a row without any fine: "refuse", or "warning" (kept, nothing owed).
    """

    source: str
    columns: dict[str, tuple[str, ...]]
    encoding: str = "utf-8-sig"
    number_prefix: str = ""
    number_from_line: bool = False
    date_format: str = "iso"
    first_day: date | None = None
    last_day: date | None = None
    time_format: str = "iso"
    offence_prefix: str = ""
    missing_amount: str = "refuse"
    unknown_plates: frozenset[str] = frozenset()
    regions: dict[str, str] = field(default_factory=dict)
    plate_types: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)


def built_in_names(folder: Path = BUILT_IN) -> list[str]:
    """The names that `--mapping` knows."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def load_mapping(name: str) -> Mapping:
    """A built-in mapping by its name, or the operator's own by its path. MappingError says what is wrong."""
    return make_mapping(load_tables(name, BUILT_IN))


def load_tables(name: str, folder: Path) -> dict[str, Any]:
    """What a mapping says: one that is built into the folder by its name, or a file. `extends = "nyc"` takes over what a
    built-in one says, entry by entry."""
    raw = load_toml(folder / f"{name}.toml" if name in built_in_names(folder) else Path(name), folder)
    if base := raw.pop("extends", ""):
        raw = load_toml(folder / f"{base}.toml", folder) | raw
    return raw


def load_toml(path: Path, folder: Path = BUILT_IN) -> dict[str, Any]:
    """The content of a TOML file; MappingError where there is none or it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        names = ", ".join(built_in_names(folder))
        raise MappingError(
            _("There is no file %(path)s. Built-in mappings: %(names)s.") % {"path": path, "names": names}
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingError(_("%(path)s cannot be read: %(error)s") % {"path": path, "error": error}) from error


def make_mapping(raw: dict[str, Any]) -> Mapping:
    """Check the parts of a mapping and put them together."""
    known = {name for name in Mapping.__dataclass_fields__ if name != "statuses"} | {"status"}
    if unknown := sorted(set(raw) - known):
        raise MappingError(_("The mapping has unknown entries: %(names)s.") % {"names": ", ".join(unknown)})
    if "source" not in raw:
        raise MappingError(_('The mapping names no source, for example source = "nyc".'))
    if raw.get("missing_amount", "refuse") not in {"refuse", "warning"}:
        raise MappingError(_('missing_amount is "refuse" or "warning".'))
    parts = {
        name: value
        for name, value in raw.items()
        if name not in {"columns", "status", "unknown_plates", "regions", "plate_types"}
    }
    return Mapping(
        **parts,
        columns=_columns(raw.get("columns", {}), from_line=bool(raw.get("number_from_line"))),
        unknown_plates=frozenset(raw.get("unknown_plates", [])),
        regions={key.upper(): value for key, value in raw.get("regions", {}).items()},
        plate_types=_plate_types(raw.get("plate_types", {})),
        statuses=_statuses(raw.get("status", {})),
    )


def _columns(raw: dict[str, Any], *, from_line: bool) -> dict[str, tuple[str, ...]]:
    columns = {name: tuple([value] if isinstance(value, str) else value) for name, value in raw.items()}
    needed = {"offence"} | ({"moment"} if "moment" in columns else {"date"}) | (set() if from_line else {"number"})
    wrong = sorted((set(columns) - COLUMNS) | (needed - set(columns)))
    if wrong:
        raise MappingError(_("The mapping's columns are unknown or missing: %(names)s.") % {"names": ", ".join(wrong)})
    return columns


def _plate_types(raw: dict[str, str]) -> dict[str, str]:
    if wrong := sorted(set(raw.values()) - set(PlateType.values)):
        raise MappingError(_("The mapping names unknown plate types: %(names)s.") % {"names": ", ".join(wrong)})
    return {key.upper(): value for key, value in raw.items()}


def _statuses(raw: dict[str, list[str]]) -> dict[str, str]:
    if wrong := sorted(set(raw) - set(STATUSES)):
        raise MappingError(_("The mapping names unknown states: %(names)s.") % {"names": ", ".join(wrong)})
    return {word.casefold(): state for state, words in raw.items() for word in words}
