"""Spreadsheets: texts stay texts, amounts are numbers, and nothing breaks the file."""

import io
from decimal import Decimal
from xml.etree import ElementTree
from zipfile import ZipFile

from opscom.lib.xlsx import SHEETS, write_xlsx


def read_rows(content: bytes) -> list[list[str | Decimal]]:
    """The cells of the one sheet."""
    with ZipFile(io.BytesIO(content)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    return [[_value(cell) for cell in row] for row in sheet.iter(f"{{{SHEETS}}}row")]


def _value(cell: ElementTree.Element) -> str | Decimal:
    text = "".join(cell.itertext())
    return text if cell.get("t") == "inlineStr" else Decimal(text)


def test_cells_come_back_as_they_were() -> None:
    file = io.BytesIO()
    rows: list[list[str | Decimal]] = [
        ["Amount", "Ünïcode 🚗"],
        [Decimal("-12.30"), "=1+1 <b>&amp;"],
        [Decimal("0.10"), ""],
    ]
    write_xlsx(file, rows)
    assert read_rows(file.getvalue()) == rows


def test_control_characters_are_left_out() -> None:
    file = io.BytesIO()
    write_xlsx(file, [["a\x00b\x1fc\ud800"]])
    assert read_rows(file.getvalue()) == [["abc"]]


def test_parts_are_well_formed() -> None:
    file = io.BytesIO()
    write_xlsx(file, [])
    with ZipFile(file) as book:
        assert [ElementTree.fromstring(book.read(name)).tag.rpartition("}")[2] for name in book.namelist()] == [
            "Types",
            "Relationships",
            "workbook",
            "Relationships",
            "worksheet",
        ]
