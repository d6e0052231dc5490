"""TOML, the file's format: a parking manager can read and edit it, dates and amounts are what they look like, and notes may
stand in it. The standard library reads it; here it is written."""

import json
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from opscom.office.setup.errors import SetupRefused

WIDE = 120


def read_toml(text: str) -> dict[str, Any]:
    """The file's tables, amounts as decimals. SetupRefused, with line and column, where it cannot be read."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SetupRefused([_("The file cannot be read: %(error)s.") % {"error": error}]) from error


def write_note(text: str) -> Iterator[str]:
    """A line that is there for people."""
    yield f"# {text}".rstrip()


def write_table(path: str, row: dict[str, Any], *, notes: dict[str, list[str]], listed: bool = True) -> Iterator[str]:
    """One row: its values, then the rows that belong to it, which stand below it in tables where they have rows of their own and
    one to a line otherwise. `notes` stand above the value that they are named for."""
    yield f"[[{path}]]" if listed else f"[{path}]"
    below: list[tuple[str, list[dict[str, Any]]]] = []
    for name, value in row.items():
        if _are_rows(value) and any(map(_has_rows, value)):
            below.append((name, value))
            continue
        for note in notes.get(name, ()):
            yield from write_note(note)
        yield from _write_value(name, value)
    for name, rows in below:
        for each in rows:
            yield ""
            yield from write_table(f"{path}.{name}", each, notes={})


def _write_value(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part, text in value.items():
            yield from _write_value(f"{name}.{part}", text)
    elif _are_rows(value):
        yield f"{name} = ["
        yield from (f"  {{ {_pairs(row)} }}," for row in value)
        yield "]"
    elif isinstance(value, list) and len(_inline(value)) > WIDE:
        yield f"{name} = ["
        yield from (f"  {_inline(each)}," for each in value)
        yield "]"
    elif isinstance(value, str) and "\n" in value:
        yield f'{name} = """'
        yield from (_escaped(value) + '"""').split("\n")
    else:
        yield f"{name} = {_inline(value)}"


def _pairs(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {_inline(value)}" for name, value in row.items())


def _inline(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f") if "." in format(value, "f") else f"{value:f}.0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return f"{{ {_pairs(value)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _escaped(text: str) -> str:
    return "\n".join(json.dumps(line, ensure_ascii=False)[1:-1] for line in text.split("\n")).replace("\x7f", "\\u007f")


def _are_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _has_rows(row: dict[str, Any]) -> bool:
    return any(_are_rows(value) for value in row.values())


def lines(parts: Iterable[str]) -> str:
    """As a file."""
    return "\n".join(parts) + "\n"
