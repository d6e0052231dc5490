"""The bars beside a table, as numbers for a drawing."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format

from opscom.lib.reports import Asked, Cell, Chart, Report
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

    @property
    def height(self) -> int:
        """Of all of it."""
        return len(self.bars) * (BAR + GAP)

    @property
    def thick(self) -> int:
        """Of one bar."""
        return BAR


def draw_bars(report: Report, asked: Asked, table: Table) -> Drawing | None:
    """The drawing of a report's table; None where it has none, or where the table is too long for one."""
    chart = report.chart
    if chart is None or table.more:
        return None
    labels = _labels([line.cells[chart.label] for line in table.raw])
    wholes: dict[str, Decimal] = {}
    for label, line in zip(labels, table.raw, strict=True):
        wholes[label] = wholes.get(label, NOTHING) + _length(line.cells[chart.value])
    most = max(wholes.values(), default=NOTHING)
    if not most or len(wholes) > MOST_BARS:
        return None
    kind = report.columns_of(asked)[chart.value].kind
    bars = {
        label: Bar(label, n * (BAR + GAP), total, written(total, kind))
        for n, (label, total) in enumerate(wholes.items())
    }
    return Drawing(list(bars.values()), _divide(chart, table, labels, bars, most))


def _divide(
    chart: Chart, table: Table, labels: list[str], bars: dict[str, Bar], most: Decimal
) -> list[tuple[int, str]]:
    """Put each line's part into its bar; answers what the parts are called. A part of days that were put together leads to
    nothing."""
    names = list(dict.fromkeys(str(line.cells[chart.part]) for line in table.raw)) if chart.part is not None else []
    days = [line.cells[chart.label] for line in table.raw]
    whole = len(set(labels)) == len(set(days))
    so_far = dict.fromkeys(bars, NOTHING)
    for label, line, shown in zip(labels, table.raw, table.lines, strict=True):
        start, so_far[label] = so_far[label], so_far[label] + _length(line.cells[chart.value])
        x, end = (LEFT + int(ROOM * length / most) for length in (start, so_far[label]))
        name = str(line.cells[chart.part]) if chart.part is not None else ""
        part = min(names.index(name) + 1, MOST_PARTS) if name else 1
        figure = shown[chart.value]
        words = ", ".join(filter(None, [label, name, figure.text]))
        bars[label].pieces.append(Piece(x, end - x, part, words, figure.link if whole else ""))
    return [(min(n, MOST_PARTS), name) for n, name in enumerate(names, start=1)]


def _labels(cells: list[Cell]) -> list[str]:
    """What stands beside the bars; of many days their month."""
    days = {cell for cell in cells if isinstance(cell, date)}
    form = "YEAR_MONTH_FORMAT" if len(days) > MOST_BARS else "MONTH_DAY_FORMAT"
    return [date_format(cell, form) if isinstance(cell, date) else written(cell) for cell in cells]


def _length(cell: Cell) -> Decimal:
    """How long a bar is; what is below nothing has none."""
    return max(Decimal(cell), NOTHING) if isinstance(cell, int | Decimal) else NOTHING
