"""The first reading of a file: which offences and lots it names, and what it says about them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from violations.importing.reading import Line, Sheet
from violations.importing.rows import offence_key, parse_amount

KEPT = 200  # different wordings and fines that are remembered of one offence


@dataclass
class Seen:
    """How often something was named, with which words and fines."""

    rows: int = 0
    wordings: Counter[str] = field(default_factory=Counter)
    fines: Counter[Decimal] = field(default_factory=Counter)

    def usual_wording(self) -> str:
        """The commonest wording, empty if there is none."""
        return max(self.wordings, key=lambda word: self.wordings[word], default="")

    def usual_fine(self) -> Decimal | None:
        """The commonest fine above zero, None if there is none."""
        above = {fine: rows for fine, rows in self.fines.items() if fine > 0}
        return max(above, key=lambda fine: above[fine], default=None)


@dataclass
class Survey:
    """What the file names. Keys of offences as `rows.offence_key` makes them; lots as written."""

    rows: int = 0
    offences: dict[str, Seen] = field(default_factory=dict)
    lots: dict[str, Seen] = field(default_factory=dict)


def survey_sheet(sheet: Sheet) -> Survey:
    """Read a whole sheet and count."""
    survey = Survey()
    read = {name: sheet.cell(name) for name in ("offence", "wording", "amount", "lot")}
    for line in _fitting(sheet, survey):
        seen = survey.offences.setdefault(offence_key(read["offence"](line.cells)), Seen())
        seen.rows += 1
        _count(seen.wordings, read["wording"](line.cells) or read["offence"](line.cells))
        amount = parse_amount(read["amount"](line.cells))
        if amount is not None:
            _count(seen.fines, amount)
        if lot := read["lot"](line.cells):
            survey.lots.setdefault(lot, Seen()).rows += 1
    return survey


def _fitting(sheet: Sheet, survey: Survey) -> Iterable[Line]:
    for line in sheet:
        survey.rows += 1
        if sheet.fits(line):
            yield line


def _count(counter: Counter, value: object) -> None:
    if value != "" and (value in counter or len(counter) < KEPT):
        counter[value] += 1
