"""From a line of a file to what a ticket needs, with everything that is wrong with it."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from django.utils import timezone

from opscom.lib.places import REGIONS
from vehicles.models import PlateType
from vehicles.plates import normalise_plate
from violations.importing.problems import Finding, Problem, finding
from violations.importing.reading import Line, Sheet
from violations.services.lookup import normalise_number

NUMBER = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,29}")
PLATE = re.compile(r"[A-Z0-9]{1,10}")
AMOUNT = re.compile(r"\$? ?([0-9]{1,8}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(\.[0-9]{1,2})?")
YEAR = re.compile(r"[0-9]{4}")
COMPACT12 = re.compile(r"(0[0-9]|1[0-2])([0-5][0-9])([AP])M?")
EARLIEST = date(1900, 1, 1)
KNOWN_REGIONS = frozenset(code for code, _name in REGIONS)
LENGTHS = {"location": 120, "make": 40, "colour": 30, "notes": 1000}
FIELDS = (
    "number",
    "moment",
    "date",
    "time",
    "plate",
    "region",
    "plate_type",
    "offence",
    "wording",
    "amount",
    "lot",
    "year",
    "status",
    "marks",
    *LENGTHS,
)


@dataclass
class Row:
    """One ticket as the file tells it. `amount` is None where the file names none; `state` is one of mapping.STATUSES."""

    line: int
    number: str = ""
    issued_at: datetime | None = None
    time_known: bool = True
    plate: str = ""
    plate_region: str = ""
    plate_type: str = PlateType.PASSENGER
    offence: str = ""
    wording: str = ""
    lot: str = ""
    amount: Decimal | None = None
    state: str = "open"
    texts: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def find(self, problem: Problem, detail: str = "") -> None:
        """Note what is wrong."""
        self.findings.append(finding(problem, detail))

    @property
    def refused(self) -> bool:
        """True where something is wrong that keeps the ticket out."""
        return any(found.refuses for found in self.findings)


class RowReader:
    """Reads the lines of one sheet."""

    def __init__(self, sheet: Sheet, *, now: datetime) -> None:
        self.sheet, self.mapping = sheet, sheet.mapping
        self.cell = {name: sheet.cell(name) for name in FIELDS}
        self.first_day = self.mapping.first_day or EARLIEST
        self.last_day = min(self.mapping.last_day or date.max, timezone.localdate(now))

    def read(self, line: Line) -> Row:
        """The row of a line; its findings say what is wrong."""
        row = Row(line.number)
        if not self.sheet.fits(line):
            row.find(Problem.CELLS, f"{len(line.cells)} ≠ {len(self.sheet.heading)}")
            return row
        cells = {name: read(line.cells) for name, read in self.cell.items()}
        self._read_number(row, cells)
        self._read_moment(row, cells)
        self._read_vehicle(row, cells)
        row.offence, row.wording, row.lot = offence_key(cells["offence"]), cells["wording"], cells["lot"]
        if cells["amount"]:
            row.amount = parse_amount(cells["amount"])
            if row.amount is None:
                row.find(Problem.AMOUNT_UNREADABLE, cells["amount"])
        self._read_status(row, cells)
        self._read_texts(row, cells)
        return row

    def _read_number(self, row: Row, cells: dict[str, str]) -> None:
        written = str(row.line - 1) if self.mapping.number_from_line else cells["number"]
        row.number = normalise_number(self.mapping.number_prefix + written) if written else ""
        if not row.number:
            row.find(Problem.NUMBER_MISSING)
        elif not NUMBER.fullmatch(row.number):
            row.find(Problem.NUMBER_UNREADABLE, written)
            row.number = row.number[:30]

    def _read_moment(self, row: Row, cells: dict[str, str]) -> None:
        day_text, _blank, time_text = (
            cells["moment"].replace("T", " ").partition(" ") if cells["moment"] else (cells["date"], "", cells["time"])
        )
        if not day_text:
            row.find(Problem.DATE_MISSING)
            return
        day = parse_date(day_text, self.mapping.date_format)
        if day is None:
            row.find(Problem.DATE_UNREADABLE, day_text)
            return
        if not self.first_day <= day <= self.last_day:
            row.find(Problem.DATE_OUT_OF_RANGE, day_text)
            return
        clock = parse_time(time_text, self.mapping.time_format) if time_text else None
        if clock is None:
            row.find(*(Problem.TIME_UNREADABLE, time_text) if time_text else (Problem.TIME_MISSING, ""))
        row.time_known = clock is not None
        row.issued_at = timezone.make_aware(datetime.combine(day, clock or time.min))

    def _read_vehicle(self, row: Row, cells: dict[str, str]) -> None:
        if "plate" in self.mapping.columns:
            self._read_plate(row, cells["plate"])
        if "region" in self.mapping.columns:
            row.plate_region = self._region(cells["region"])
            if not row.plate_region:
                row.find(Problem.STATE_UNKNOWN, cells["region"])
        if "plate_type" in self.mapping.columns:
            row.plate_type = self.mapping.plate_types.get(cells["plate_type"].upper(), PlateType.OTHER)
        if YEAR.fullmatch(cells["year"]) and row.issued_at and int(cells["year"]) > row.issued_at.year + 1:
            row.find(Problem.YEAR_IMPOSSIBLE, cells["year"])

    def _read_plate(self, row: Row, text: str) -> None:
        plate = normalise_plate(text)
        if not plate or text.upper() in self.mapping.unknown_plates:
            row.find(Problem.PLATE_UNKNOWN, text)
            return
        if not PLATE.fullmatch(plate):
            row.find(Problem.PLATE_ODD, text)
        row.plate = plate[:12]

    def _region(self, text: str) -> str:
        """The province or state of what stands in the file: NY, QB, US-NY. Empty if nobody knows it."""
        code = self.mapping.regions.get(text.upper(), text.upper())
        return next((region for region in (code, f"US-{code}", f"CA-{code}") if region in KNOWN_REGIONS), "")

    def _read_status(self, row: Row, cells: dict[str, str]) -> None:
        if "status" not in self.mapping.columns:
            return
        state = self.mapping.statuses.get(cells["status"].casefold())
        if state is None:
            row.find(Problem.STATUS_UNKNOWN, cells["status"])
        elif state == "unsure":
            row.find(Problem.STATUS_UNSURE, cells["status"])
        row.state = state or "open"

    def _read_texts(self, row: Row, cells: dict[str, str]) -> None:
        for name, length in LENGTHS.items():
            if len(cells[name]) > length:
                row.find(Problem.TEXT_SHORTENED, f"{name}: {cells[name]}")
            row.texts[name] = cells[name][:length]
        if cells["marks"]:
            row.find(Problem.MARKED, cells["marks"])


def offence_key(text: str) -> str:
    """What names an offence in a file: its code or its wording, without a difference of case."""
    return text.upper()


def parse_amount(text: str) -> Decimal | None:
    """65, 65.00, $65.00 and 1,250.00; None for anything else."""
    match = AMOUNT.fullmatch(text)
    return Decimal(match[1].replace(",", "") + (match[2] or "")) if match else None


def parse_date(text: str, form: str) -> date | None:
    """The day in the mapping's form, None where it cannot be read."""
    try:
        if form == "iso":
            return date.fromisoformat(text)
        if form == "us":
            month, day, year = text.split("/")
            return date(int(year), int(month), int(day)) if len(year) == 4 else None
        return datetime.strptime(text, form).date()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        return None


def parse_time(text: str, form: str) -> time | None:
    """The time of day in the mapping's form, None where it cannot be read."""
    if form == "compact12":
        match = COMPACT12.fullmatch(text.upper())
        return time(int(match[1]) % 12 + (12 if match[3] == "P" else 0), int(match[2])) if match else None
    try:
        clock = time.fromisoformat(text) if form == "iso" else datetime.strptime(text, form).time()  # noqa: DTZ007
    except ValueError:
        return None
    return clock.replace(microsecond=0, tzinfo=None)
