"""Cash drawers in the office: open, close, and the end-of-day sheet."""

import csv
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.dates import today
from opscom.lib.money import format_money
from opscom.lib.readonly import ReadOnly
from opscom.lib.spreadsheets import harmless
from payments.desk_forms import CloseDrawerForm, OpenDrawerForm
from payments.errors import PaymentRefused
from payments.models import CashDrawer
from payments.services.drawers import close_drawer, expected_cash, open_drawer
from payments.services.sheet import DaySheet, day_sheet


@admin.register(CashDrawer)
class CashDrawerAdmin(ReadOnly, admin.ModelAdmin):
    """Shifts of cashiers. Each opens and closes the own one."""

    list_display = (
        "cashier",
        "opened_at",
        "closed_at",
        "shown_float",
        "shown_expected",
        "shown_counted",
        "shown_difference",
    )
    list_filter = ("opened_at",)
    list_select_related = ("cashier",)
    fields = (*list_display, "notes_and_coins", "reason")
    change_list_template = "admin/payments/cashdrawer/change_list.html"
    change_form_template = "admin/payments/cashdrawer/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("open/", view(self.open_view), name="payments_cashdrawer_open"),
            path("sheet/", view(self.sheet_view), name="payments_cashdrawer_sheet"),
            path("<int:pk>/close/", view(self.close_view), name="payments_cashdrawer_close"),
            *super().get_urls(),
        ]

    @admin.display(description=_("float"), ordering="float_amount")
    def shown_float(self, drawer: CashDrawer) -> str:
        return format_money(drawer.float_amount)

    @admin.display(description=_("expected"), ordering="expected")
    def shown_expected(self, drawer: CashDrawer) -> str:
        return "" if drawer.expected is None else format_money(drawer.expected)

    @admin.display(description=_("counted"), ordering="counted")
    def shown_counted(self, drawer: CashDrawer) -> str:
        return "" if drawer.counted is None else format_money(drawer.counted)

    @admin.display(description=_("notes and coins"))
    def notes_and_coins(self, drawer: CashDrawer) -> str:
        """How many of each, the largest first, as they were entered."""
        return ", ".join(f"{count} × {format_money(Decimal(value))}" for value, count in drawer.counts.items())

    @admin.display(description=_("difference"))
    def shown_difference(self, drawer: CashDrawer) -> str:
        """Nothing while it is open."""
        return "" if drawer.difference is None else format_money(drawer.difference)

    def open_view(self, request: HttpRequest) -> HttpResponse:
        """Open the own drawer with a float."""
        self._need(request, "payments.process_payment")
        form = OpenDrawerForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            drawer = open_drawer(current_user(request), float_amount=form.cleaned_data["float_amount"])
            messages.success(request, _("Your drawer is open. What you process now belongs to it."))
            return redirect("admin:payments_cashdrawer_change", drawer.pk)
        return self._page(request, "open", _("Open the drawer"), {"form": form})

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Count the own drawer and close it."""
        self._need(request, "payments.process_payment")
        drawer = get_object_or_404(CashDrawer, pk=pk, cashier=current_user(request))
        form = CloseDrawerForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                close_drawer(drawer, counts=form.counts(), reason=form.cleaned_data["reason"])
            except PaymentRefused as refusal:
                form.add_error("reason", str(refusal))
            else:
                messages.success(request, _("Your drawer is closed."))
                return redirect("admin:payments_cashdrawer_change", drawer.pk)
        context = {"form": form, "drawer": drawer, "expected": expected_cash(drawer, timezone.now())}
        return self._page(request, "close", _("Close the drawer"), context)

    def sheet_view(self, request: HttpRequest) -> HttpResponse:
        """The end-of-day sheet of one day: on screen, on paper, as CSV."""
        self._need(request, "payments.view_cashdrawer")
        sheet = day_sheet(_day(request.GET.get("day", "")))
        if "csv" in request.GET:
            return _csv(sheet)
        return self._page(request, "sheet", _("End-of-day sheet"), {"sheet": sheet})

    def _need(self, request: HttpRequest, right: str) -> None:
        if not request.user.has_perm(right):
            raise PermissionDenied

    def _page(self, request: HttpRequest, name: str, title: Any, context: dict[str, Any]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return render(request, f"admin/payments/cashdrawer/{name}.html", frame | context)


def _day(text: str) -> date:
    """That day, or today where it is none."""
    try:
        return parse_date(text) or today()
    except ValueError:
        return today()


def _csv(sheet: DaySheet) -> HttpResponse:
    """The whole sheet, a part after the other, each row with the name of its part."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="day-{sheet.day:%Y-%m-%d}.csv"'
    rows = csv.writer(response)
    rows.writerow(["part", "what", "ledger code", "count", "in", "out", "net"])
    parts = {"method": sheet.methods, "tax": sheet.taxes, "item": sheet.items, "account": sheet.others}
    for part, lines in parts.items():
        for line in lines:
            cells = [harmless(line.what), harmless(line.code), line.count, line.came_in, line.went_out, line.net]
            rows.writerow([part, *cells])
    for booked in sheet.codes:
        cells = [harmless(booked.account), harmless(booked.code), "", booked.credit, booked.debit]
        rows.writerow(["ledger code", *cells, booked.credit - booked.debit])
    for drawer in sheet.drawers:
        held = {
            "drawer: float": drawer.float_amount,
            "drawer: expected": drawer.expected,
            "drawer: counted": drawer.counted,
        }
        for what, amount in held.items():
            rows.writerow([what, harmless(str(drawer)), "", "", "", "", "" if amount is None else amount])
    return response
