"""Fixtures of the import's tests."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

HEADING = "number,date,time,plate,state,type,code,wording,fine,place,make,colour,year,status,mark"
MAPPING = """
source = "test"
first_day = 2013-01-01
last_day = 2025-12-31
offence_prefix = "T-"
unknown_plates = ["BLANKPLATE"]
[columns]
number = "number"
date = "date"
time = "time"
plate = "plate"
region = "state"
plate_type = "type"
offence = "code"
wording = "wording"
amount = "fine"
location = "place"
make = "make"
colour = "colour"
year = "year"
status = "status"
marks = "mark"
[plate_types]
PAS = "passenger"
COM = "commercial"
[status]
open = ["Issued"]
paid = ["Paid"]
void = ["Void"]
warning = ["Warning"]
review = ["Pending"]
unsure = ["Denied"]
"""
GOOD = {
    "number": "A-1", "date": "2020-05-06", "time": "07:52", "plate": "BVLP 902", "state": "ON", "type": "PAS", "code": "21",
    "wording": "No parking", "fine": "65", "place": "Main St", "make": "Honda", "colour": "Grey", "year": "2019", "status": "Issued",
}  # fmt: skip


class Importing:
    """A folder with a mapping, files made of rows, and the command run on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mapping = folder / "mapping.toml"
        self.mapping.write_text(MAPPING)
        self.errors = folder / "errors.csv"

    def write(self, *rows: dict[str, str], name: str = "file.csv") -> Path:
        """A file of good rows with these differences."""
        path = self.folder / name
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, HEADING.split(","))
            writer.writeheader()
            writer.writerows(GOOD | row for row in rows)
        return path

    def run(self, path: Path, **options: Any) -> str:
        """What the command says. Unknown offences are created unless the test says otherwise."""
        out = StringIO()
        defaults = {
            "mapping": str(self.mapping),
            "errors": self.errors,
            "create_offences": True,
            "stdout": out,
            "stderr": StringIO(),
        }
        call_command("import_violations", path, **defaults | options)
        return out.getvalue()

    def said(self) -> list[tuple[int, str, str]]:
        """Line, severity and problem of the report."""
        with self.errors.open(newline="") as stream:
            return [(int(row["line"]), row["severity"], row["problem"]) for row in csv.DictReader(stream)]


@pytest.fixture
def importing(db: None, tmp_path: Path) -> Importing:
    """The command, ready to be run."""
    return Importing(tmp_path)
