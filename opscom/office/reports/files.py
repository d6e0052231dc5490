"""Reports as files."""

from collections.abc import Callable
from datetime import date

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from opscom.lib.errors import PortalError
from opscom.lib.logo import logo_uri
from opscom.lib.office import office
from opscom.lib.pdf import draw, style_sheet
from opscom.lib.reports import Report
from opscom.lib.spreadsheets import csv_answer, xlsx_answer
from opscom.lib.taken import called
from opscom.office.reports.asking import query_of, words_of
from opscom.office.reports.tables import file_rows, read_table

MOST_PRINTED = 1000
MOST_OF_NAME = 30  # characters of a filter in the name of a file
WIDE = 6  # columns that fit on an upright page


class ReportRefused(PortalError):
    """A file that cannot be made."""


def take_file(report: Report, form: forms.Form, *, file: str) -> HttpResponseBase:
    """The report as a file. ReportRefused where it is too long to be printed."""
    chosen = [slugify(words)[:MOST_OF_NAME] for _label, words in words_of(form)]
    name = "-".join([report.key, *filter(None, chosen), *(f"{day}" for day in _days_of(form))])
    return called(FILES[file](report, form, name), report.key, query_of(form))


def _csv(report: Report, form: forms.Form, name: str) -> HttpResponseBase:
    return csv_answer(file_rows(report, form.cleaned_data), name)


def _xlsx(report: Report, form: forms.Form, name: str) -> HttpResponseBase:
    return xlsx_answer(file_rows(report, form.cleaned_data), name)


def _pdf(report: Report, form: forms.Form, name: str) -> HttpResponseBase:
    table = read_table(report, form.cleaned_data, most=MOST_PRINTED)
    if table.more:
        raise ReportRefused(
            _(
                "This report has more than %(most)d lines, too many to print. Choose fewer days, or save it as CSV or XLSX."
            )
            % {"most": MOST_PRINTED}
        )
    around = {"office": office(), "logo": logo_uri(), "language": get_language() or "en"}
    context = {"report": report, "table": table, "days": _days_of(form), "words": words_of(form)}
    html = render_to_string("admin/reports/paper.html", context | around)
    page = "@page { size: letter landscape; }" if len(table.heads) > WIDE else ""
    pdf = draw(html, f":root {{ --accent: {office().accent_colour}; }}\n{style_sheet('paper.css')}\n{page}")
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    )


def _days_of(form: forms.Form) -> list[date]:
    """The first and the last day, or the one, or none."""
    return [form.cleaned_data[name] for name in ("first", "last") if name in form.cleaned_data]


FILES: dict[str, Callable[[Report, forms.Form, str], HttpResponseBase]] = {"csv": _csv, "xlsx": _xlsx, "pdf": _pdf}
