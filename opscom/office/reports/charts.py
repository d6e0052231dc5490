"""The bars beside a table, as numbers for a drawing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opscom.lib.reports import Asked, Cell, Chart, Kind, Line, Report
from opscom.office.reports.tables import Table, written

BAR, GAP, LEFT, ROOM = (
    18,
    8,
    200,
    440,
)  # in units of the drawing: a bar's height, the space below it, its start, its most
MOST_BARS, MOST_PARTS, LONGEST = 40, 6, 30
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Piece:
    """A part of a bar."""

    x: int
    width: int
    part: int
    words: str
    link: str


@dataclass
class Bar:
    """One bar with its label, and its figure at its end."""

    label: str
    y: int
    total: Decimal
    figure: str
    pieces: list[Piece] = field(default_factory=list)

    @property
    def short(self) -> str:
        """The label as far as there is room for it."""
        return self.label if len(self.label) <= LONGEST else f"{self.label[: LONGEST - 1]}…"

    @property
    def base(self) -> int:
        """The line on which its words stand."""
        return self.y + BAR - 5

    @property
    def end(self) -> int:
        """Where its last part ends, and a little space."""
        return (self.pieces[-1].x + self.pieces[-1].width if self.pieces else LEFT) + 6


@dataclass(frozen=True)
class Drawing:
    """Bars one below the other, and what their parts are."""

    bars: list[Bar]
    parts: list[tuple[int, str]]
    rest: str

    @property
    def height(self) -> int:
        """Of all of it."""
        return len(self.bars) * (BAR + GAP)

    @property
    def thick(self) -> int:
        """Of one bar."""
        return BAR


def draw_bars(report: Report, asked: Asked, table: Table) -> Drawing | None:
    """The drawing of a report's lines, also of those for which its table has no room; None where there is nothing to draw."""
    chart = report.chart
    if chart is None:
        return None
    lines = list(report.rows(asked)) if table.more else table.raw
    wholes: dict[str, dict[str, list[Line]]] = {}
    for label, line in zip(_labels([line.cells[chart.label] for line in lines]), lines, strict=True):
        name = str(line.cells[chart.part]) if chart.part is not None else ""
        wholes.setdefault(label, {}).setdefault(name, []).append(line)
    totals = {label: _sum(chart, chain(*parts.values())) for label, parts in wholes.items()}
    shown = set(sorted(totals, key=totals.__getitem__, reverse=True)[:MOST_BARS])
    most = max(totals.values(), default=NOTHING)
    if not most:
        return None
    kind = report.columns_of(asked)[chart.value].kind
    numbers, keys = _number_parts(chart, lines)
    bars: list[Bar] = []
    for label in (label for label in wholes if label in shown):
        bar = Bar(label, len(bars) * (BAR + GAP), totals[label], written(totals[label], kind))
        bar.pieces += _pieces(chart, label, wholes[label], numbers, most, kind)
        bars.append(bar)
    return Drawing(bars, keys, _rest([total for label, total in totals.items() if label not in shown], kind))


def _number_parts(chart: Chart, lines: list[Line]) -> tuple[dict[str, int], list[tuple[int, str]]]:
    """The colour of each part, and what the colours are called. Where there are more parts than colours, the largest have one
    each and the others share the last."""
    if chart.part is None:
        return {}, []
    totals: dict[str, Decimal] = {}
    for line in lines:
        name = str(line.cells[chart.part])
        totals[name] = totals.get(name, NOTHING) + _length(line.cells[chart.value])
    if len(totals) <= MOST_PARTS:
        numbers = {name: number for number, name in enumerate(totals, start=1)}
        return numbers, [(number, name) for name, number in numbers.items()]
    largest = sorted(totals, key=totals.__getitem__, reverse=True)[: MOST_PARTS - 1]
    own = {name: number for number, name in enumerate(largest, start=1)}
    keys = [(number, name) for name, number in own.items()] + [(MOST_PARTS, _("Others"))]
    return {name: own.get(name, MOST_PARTS) for name in totals}, keys


def _pieces(
    chart: Chart, label: str, parts: dict[str, list[Line]], numbers: dict[str, int], most: Decimal, kind: Kind
) -> Iterator[Piece]:
    """The parts of one bar, each of all its lines."""
    so_far = NOTHING
    for name, lines in parts.items():
        total = _sum(chart, lines)
        x, end = (LEFT + int(ROOM * length / most) for length in (so_far, so_far + total))
        words = ", ".join(filter(None, [label, name, written(total, kind)]))
        yield Piece(
            x, end - x, numbers.get(name, 1), words, _joined([line.links.get(chart.value, "") for line in lines])
        )
        so_far += total


def _joined(links: list[str]) -> str:
    """The address of the rows behind all of these lines: they may differ in their period alone, which then goes from the
    first to the last."""
    first, last = (parse_qsl(urlsplit(link).query) for link in (links[0], links[-1]))
    if first == last:
        return links[0]
    ends = dict(last)
    together = [(name, ends.get(name, "") if name.endswith("__lt") else value) for name, value in first]
    same = [value == ends.get(name) or name.endswith("__gte") for name, value in together]
    return f"{urlsplit(links[0]).path}?{urlencode(together)}" if all(same) else ""


def _rest(totals: list[Decimal], kind: Kind) -> str:
    """What is not drawn, in words."""
    words = ngettext(
        "The largest are drawn; %(n)s more has %(total)s.",
        "The largest are drawn; %(n)s more have %(total)s together.",
        len(totals),
    )
    return words % {"n": len(totals), "total": written(sum(totals, NOTHING), kind)} if totals else ""


def _labels(cells: list[Cell]) -> list[str]:
    """What stands beside the bars; of many days their month, and of many months their year."""
    days = {cell for cell in cells if isinstance(cell, date)}
    months = {(day.year, day.month) for day in days}
    form = "MONTH_DAY_FORMAT" if len(days) <= MOST_BARS else "YEAR_MONTH_FORMAT" if len(months) <= MOST_BARS else "Y"
    return [date_format(cell, form) if isinstance(cell, date) else written(cell) for cell in cells]


def _sum(chart: Chart, lines: Iterable[Line]) -> Decimal:
    """How long the bar of these lines is."""
    return sum((_length(line.cells[chart.value]) for line in lines), NOTHING)


def _length(cell: Cell) -> Decimal:
    """How long a bar is; what is below nothing has none."""
    return max(Decimal(cell), NOTHING) if isinstance(cell, int | Decimal) else NOTHING
