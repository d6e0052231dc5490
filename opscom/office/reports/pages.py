"""The list of reports, and the page that shows any of them."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from opscom.lib.reports import Report, Topic, all_reports, find_report
from opscom.office.reports.asking import filters_in, form_of, periods_of, query_of, words_of
from opscom.office.reports.charts import draw_bars
from opscom.office.reports.files import FILES, ReportRefused, take_file
from opscom.office.reports.tables import SHOWN, read_table


def reports_for(request: HttpRequest) -> list[Report]:
    """Those that this member of staff may see."""
    return [report for report in all_reports() if request.user.has_perm(report.right)]


@require_safe
def list_reports(request: HttpRequest) -> HttpResponse:
    """Every report that this member of staff may see, by what it is about."""
    reports = reports_for(request)
    if not reports:
        raise PermissionDenied
    topics = [(topic.label, [report for report in reports if report.topic == topic]) for topic in Topic]
    context = {"topics": [pair for pair in topics if pair[1]]}
    return render(request, "admin/reports/list.html", {**admin.site.each_context(request), **context})


@require_safe
def show_report(request: HttpRequest, key: str) -> HttpResponseBase:
    """One report: on screen with its totals and bars, or as a file."""
    report = find_report(key)
    if report is None:
        raise Http404
    if not request.user.has_perm(report.right):
        raise PermissionDenied
    form = form_of(report, request.GET)
    file = request.GET.get("file", "")
    if file in FILES and form.is_valid():
        try:
            return take_file(report, form, file=file)
        except ReportRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(f"{request.path}?{query_of(form)}")
    context: dict[str, Any] = {
        "report": report,
        "title": report.title,
        "form": form,
        "periods": periods_of(form),
        "shown": SHOWN,
    }
    if form.is_valid():
        linked = bool(report.opens) and request.user.has_perm(report.opens)
        table = read_table(report, form.cleaned_data, linked=linked)
        context |= {"table": table, "drawing": draw_bars(report, form.cleaned_data, table)}
        context |= {"query": query_of(form), "asked": filters_in(form), "files": FILES, "words": words_of(form)}
    return render(request, "admin/reports/report.html", {**admin.site.each_context(request), **context})
