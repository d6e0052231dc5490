"""Write a spreadsheet of one sheet, row by row, in constant memory (Office Open XML, ECMA-376 part 1).

Texts are inline strings, which no spreadsheet evaluates; amounts are numbers.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import islice
from typing import IO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PLAIN = re.compile("[\x20-%'-;=?-~]*")  # what stands in XML as it is, and most texts are nothing else
AT_ONCE, QUICK = 500, 1  # rows written together; deflate's level, for a report is sent once and read once
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{CONTENT_TYPE}.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{SHEETS}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def write_xlsx(file: IO[bytes], rows: Iterable[Iterable[str | Decimal]]) -> None:
    """The rows as a workbook; a control character, which XML cannot hold, is left out."""
    rows = iter(rows)
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=QUICK) as book:
        for name, text in PARTS.items():
            book.writestr(name, HEAD + text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'{HEAD}<worksheet xmlns="{SHEETS}"><sheetData>'.encode())
            while part := "".join([f"<row>{''.join(map(_cell, row))}</row>" for row in islice(rows, AT_ONCE)]):
                sheet.write(part.encode())
            sheet.write(b"</sheetData></worksheet>")


def _cell(value: str | Decimal) -> str:
    if isinstance(value, Decimal):
        return f"<c><v>{value}</v></c>"
    text = value if PLAIN.fullmatch(value) else escape(NOT_XML.sub("", value))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
