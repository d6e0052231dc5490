"""Statement: a period of somebody's account, on screen, as a PDF and as a CSV file."""

import csv
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.current import current_user
from opscom.lib.dates import today
from opscom.lib.forms import PeriodForm
from opscom.lib.spreadsheets import harmless
from payments.pdf import statement_pdf
from payments.services.statements import Column, Statement, Subject, columns_of, of_company, of_person, write_statement
from payments.views.company import paying_company
from payments.views.receipts import as_pdf


def this_year() -> dict[str, date]:
    """From the first of January through today."""
    return {"first": today().replace(month=1, day=1), "last": today()}


@login_required
@require_safe
def show_statement(request: HttpRequest) -> HttpResponse:
    """The visitor's own."""
    user = current_user(request)
    return answer_statement(request, of_person(user), user.get_full_name(), "payments/statement.html")


@login_required
@require_safe
def show_company_statement(request: HttpRequest) -> HttpResponse:
    """That of the company that the visitor pays for."""
    company = paying_company(request)
    return answer_statement(request, of_company(company), company.name, "payments/statement.html")


def answer_statement(
    request: HttpRequest, subject: Subject, name: str, template: str, around: dict[str, Any] | None = None
) -> HttpResponse:
    """The period that was asked for, or this year so far, in the form that was asked for (`as`: pdf, csv, else a page)."""
    form = PeriodForm({**this_year(), **request.GET.dict()})
    period = form.cleaned_data if form.is_valid() else this_year()
    statement = write_statement(subject, first=period["first"], last=period["last"])
    file = f"statement-{statement.first}-{statement.last}"
    if request.GET.get("as") == "pdf":
        return as_pdf(statement_pdf(statement, name), f"{file}.pdf")
    if request.GET.get("as") == "csv":
        return _as_csv(statement, f"{file}.csv")
    context = {"form": form, "statement": statement, "name": name, "columns": _totals(statement)}
    return render(request, template, (around or {}) | context)


def _totals(statement: Statement) -> list[tuple[str, Any]]:
    return [(str(column.label), total) for column, total in statement.totals.items()]


def _as_csv(statement: Statement, name: str) -> HttpResponse:
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")  # the mark tells spreadsheets of UTF-8
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    rows = csv.writer(answer)
    rows.writerow([_("Date"), _("What"), *(column.label for column in Column), _("Balance")])
    balance = statement.opening
    rows.writerow([statement.first, _("Opening balance"), *("" for _column in Column), balance])
    for line, amounts in columns_of(statement.lines):
        balance += line.amount
        cells = ["" if amount is None else str(amount) for amount in amounts]
        rows.writerow([timezone.localtime(line.at).date(), harmless(line.what), *cells, balance])
    rows.writerow([statement.last, _("Closing balance"), *statement.totals.values(), statement.closing])
    return answer
