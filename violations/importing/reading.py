"""The lines of a file, plain or packed, one at a time: memory does not grow with the file."""

import csv
import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from violations.importing.mapping import Mapping, MappingError
from violations.services.lookup import UNPRINTABLE

GZIP_MAGIC = b"\x1f\x8b"
Cell = Callable[[list[str]], str]


@dataclass(frozen=True)
class Line:
    """One record: the number of its (last) line in the file, and its cells."""

    number: int
    cells: list[str]


class Sheet:
    """A file with its heading. Iterate to get the lines; `cell` gives a function that reads one field of them."""

    def __init__(self, stream: TextIO, mapping: Mapping) -> None:
        self.reader = csv.reader(stream)
        self.mapping = mapping
        self.heading = [name.strip() for name in next(self.reader, [])]
        wanted = {column.strip() for columns in mapping.columns.values() for column in columns}
        if missing := sorted(wanted - set(self.heading)):
            raise MappingError(
                _("The file has no column %(missing)s. It has: %(found)s.")
                % {"missing": ", ".join(missing), "found": ", ".join(self.heading)}
            )

    def __iter__(self) -> Iterator[Line]:
        for cells in self.reader:
            if cells:
                yield Line(self.reader.line_num, cells)

    def cell(self, field: str) -> Cell:
        """Reads a field from the cells of a line: several columns are joined, white space is one blank, nothing invisible."""
        columns = self.mapping.columns.get(field)
        if columns is None:
            return lambda cells: ""
        places = [self.heading.index(column.strip()) for column in columns]
        if len(places) == 1:
            place = places[0]
            return lambda cells: _clean(cells[place])
        return lambda cells: " ".join(filter(None, [_clean(cells[place]) for place in places]))

    def fits(self, line: Line) -> bool:
        """True where the line has as many cells as the heading."""
        return len(line.cells) == len(self.heading)


@contextmanager
def open_sheet(path: Path, mapping: Mapping) -> Iterator[Sheet]:
    """Open a file, unpacking it if it is gzip by its content. MappingError where it is not text of the mapping's encoding."""
    try:
        with path.open("rb") as probe:
            packed = probe.read(2) == GZIP_MAGIC
        opener = gzip.open if packed else open
        with opener(path, "rt", encoding=mapping.encoding, newline="") as stream:
            yield Sheet(stream, mapping)
    except (OSError, EOFError, csv.Error) as error:
        raise MappingError(_("%(path)s cannot be read: %(error)s") % {"path": path, "error": error}) from error
    except UnicodeDecodeError as error:
        text = _(
            '%(path)s is not written in %(encoding)s. Name its encoding in the mapping, for example encoding = "latin-1".'
        )
        raise MappingError(text % {"path": path, "encoding": mapping.encoding}) from error


def _clean(text: str) -> str:
    if text.isalnum() and text.isascii():  # by far the most cells; the rest below is slow
        return text
    return " ".join(UNPRINTABLE.sub("", text).split())
