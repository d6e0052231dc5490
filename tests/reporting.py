"""What a report says."""

from typing import Any

from opscom.lib.dates import today
from opscom.lib.reports import Cell, Sums, find_report


def report_of(key: str, **asked: Any) -> tuple[list[list[Cell]], list[Cell]]:
    """(cells of its lines, totals) for today, unless days are asked for."""
    report = find_report(key)
    assert report is not None
    form = report.form({name: str(value) for name, value in report.initial().items()} | {"first": str(today())} | asked)
    assert form.is_valid(), form.errors
    sums = Sums(report.columns_of(form.cleaned_data))
    lines = [list(line.cells) for line in sums.over(report.rows(form.cleaned_data))]
    return lines, report.totals(form.cleaned_data) if report.long else sums.cells
