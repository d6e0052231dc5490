"""Tables that the office hands in as CSV, from a spreadsheet or an earlier system. The first line names the columns."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping

from django.utils.translation import gettext as _

from opscom.lib.errors import PortalError
from opscom.lib.spreadsheets import without_guard

Cells = dict[str, str]


class TableRefused(PortalError):
    """The file is no such table; the message says why."""


def table_lines(
    text: str, columns: Collection[str], *, required: Collection[str] = (), most: int | None = None
) -> Iterator[tuple[int, Cells]]:
    """The number of each line in the file, where it ends, and its cells, by column, spaces put right: of `columns` those that
    the file has. Commas or semicolons part them. TableRefused where `required` columns are missing, where there are more than
    `most` lines, and where a quotation mark does not end."""
    reader = _reader(text)
    try:
        names = {name.strip().lower(): name for name in reader.fieldnames or []}
        if missing := [name for name in required if name not in names]:
            raise TableRefused(
                _("The first line names the columns, and these are missing: %(names)s.")
                % {"names": ", ".join(missing)},
                code="columns",
            )
        for count, line in enumerate(reader, start=1):
            if most is not None and count > most:
                raise TableRefused(_("A file has %(n)s lines at most. Split it.") % {"n": most}, code="long")
            yield reader.line_num, {name: _cell(line, names[name]) for name in columns if name in names}
    except csv.Error as error:
        raise TableRefused(_("The file cannot be read: %(error)s.") % {"error": error}, code="unreadable") from error


def table_columns(text: str) -> list[str]:
    """What the first line names, in lower case."""
    return [name.strip().lower() for name in _reader(text).fieldnames or []]


def _reader(text: str) -> "csv.DictReader[str]":
    text = text.lstrip("\ufeff").replace("\0", "")
    head = text[:4096]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    return csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _cell(line: Mapping[str, str | None], name: str) -> str:
    return without_guard(" ".join((line[name] or "").split()))
