"""A report's lines as cells for people and for files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from itertools import islice
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from opscom.lib.dates import written_moment
from opscom.lib.money import format_money, format_rate
from opscom.lib.reports import Asked, Cell, Column, Kind, Line, Report, Sums
from opscom.lib.spreadsheets import Row, harmless

SHOWN = 500


@dataclass(frozen=True)
class Shown:
    """One cell for the eye."""

    text: str
    figure: bool
    link: str = ""


@dataclass(frozen=True)
class Table:
    """What a page or a paper shows: heads, lines, the foot where something is added up, and whether there are more lines."""

    heads: list[Shown]
    lines: list[list[Shown]]
    foot: list[Shown]
    more: bool
    raw: list[Line]


def read_table(report: Report, asked: Asked, *, most: int = SHOWN, linked: bool = False) -> Table:
    """The first lines and the totals of all of them."""
    columns = report.columns_of(asked)
    sums = Sums(columns)
    lines = iter(sums.over(report.rows(asked)))
    raw = list(islice(lines, most))
    if report.long:
        more, totals = next(lines, None) is not None, report.totals(asked)
    else:
        more, totals = sum(1 for _line in lines) > 0, sums.cells
    return Table(
        heads=[Shown(str(column.title), column.kind.is_figure) for column in columns],
        lines=[_shown(columns, line.cells, line.links if linked else {}) for line in raw],
        foot=_shown(columns, _named(columns, totals), {}) if any(column.total for column in columns) else [],
        more=more,
        raw=raw,
    )


def file_rows(report: Report, asked: Asked) -> Iterator[Row]:
    """Heads, every line and the totals for a spreadsheet; nothing is kept."""
    columns = report.columns_of(asked)
    sums, zone = Sums(columns), timezone.get_current_timezone()
    yield [harmless(str(column.title)) for column in columns]
    for line in sums.over(report.rows(asked)):
        yield [_plain(cell, zone) for cell in line.cells]
    if any(column.total for column in columns):
        yield [_plain(cell, zone) for cell in _named(columns, sums.cells)]


def _named(columns: Sequence[Column], totals: Sequence[Cell]) -> list[Cell]:
    """The foot begins with its name where the first column is not added up."""
    return list(totals) if columns[0].total else [_("Total"), *totals[1:]]


def _shown(columns: Sequence[Column], cells: Sequence[Cell], links: Any) -> list[Shown]:
    pairs = enumerate(zip(columns, cells, strict=True))
    return [Shown(written(cell, column.kind), column.kind.is_figure, links.get(n, "")) for n, (column, cell) in pairs]


def written(cell: Cell, kind: Kind = Kind.TEXT) -> str:
    """As the reader's language writes it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return written_moment(cell)
    if isinstance(cell, date):
        return date_format(cell)
    if isinstance(cell, int | Decimal):
        if kind is Kind.MONEY:
            return format_money(Decimal(cell))
        return format_rate(Decimal(cell)) if kind is Kind.PERCENT else number_format(cell, force_grouping=True)
    return str(cell)


def _plain(cell: Cell, zone: tzinfo) -> str | Decimal:
    """As a spreadsheet counts with it. What most cells are is asked first: a long report has millions."""
    kind = type(cell)
    if kind is Decimal:
        return cell  # type: ignore[return-value]
    if kind is str:
        return harmless(cell)  # type: ignore[arg-type]
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return Decimal(cell) if isinstance(cell, int) else harmless(str(cell))
