"""Tables that the office downloads. A spreadsheet takes a text that starts in a certain way for a formula and runs it."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from itertools import islice
from tempfile import TemporaryFile

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import get_language, override

from opscom.lib.xlsx import CONTENT_TYPE, write_xlsx

FORMULA = ("=", "+", "-", "@", "\t", "\r")
Row = list[str | Decimal]
AT_ONCE = 500


def harmless(cell: str) -> str:
    """The text so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def without_guard(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell


def csv_answer(rows: Iterator[Row], name: str) -> HttpResponseBase:
    """The rows as a file, read while it is sent."""
    language = get_language() or "en"

    def parts() -> Iterator[str]:
        yield "\ufeff"  # tells spreadsheets that the rest is UTF-8
        while True:
            part = StringIO()
            with override(language):  # the request's own language has ended by now
                csv.writer(part).writerows(islice(rows, AT_ONCE))
            if not part.tell():
                return
            yield part.getvalue()

    answer = StreamingHttpResponse(parts(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def xlsx_answer(rows: Iterator[Row], name: str) -> HttpResponseBase:
    """The rows as a workbook of one sheet."""
    file = TemporaryFile()  # noqa: SIM115 (the response closes it)
    write_xlsx(file, rows)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=CONTENT_TYPE)


def decoded(content: bytes) -> str:
    """UTF-8, or what older office programs write; without NUL, which no column may hold."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return text.replace("\0", "")
