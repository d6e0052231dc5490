"""The export for the office's bookkeeping, and the ledger codes that it goes by."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opscom.lib.forms import PeriodForm
from opscom.lib.money import ZERO
from opscom.lib.spreadsheets import Row, csv_answer, harmless, xlsx_answer
from opscom.lib.taken import called
from payments.models import LedgerCode, LedgerEntry
from payments.payables import kind_choices
from payments.services.bookkeeping import ACCOUNT_WORDS, Booking, read_bookings, sum_bookings
from payments.views.statements import this_year


@admin.register(LedgerCode)
class LedgerCodeAdmin(admin.ModelAdmin):
    """The office fills in the codes; which rows there are follows from what can be charged."""

    list_display = ("name", "source", "ledger_code")
    list_editable = ("ledger_code",)
    list_display_links = None
    readonly_fields = ("name", "source", "key")

    @admin.display(description=gettext_lazy("name"))
    def name(self, row: LedgerCode) -> str:
        """What it is called elsewhere in the office."""
        if row.source in (LedgerCode.Source.KIND, LedgerCode.Source.HELD):
            return str(dict(kind_choices()).get(row.key) or row.key)
        return str(ACCOUNT_WORDS[row.key])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ExportForm(PeriodForm):
    """From one day through another, each entry or sums, as one of two kinds of file."""

    lines = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[("sums", gettext_lazy("Sums by ledger code")), ("each", gettext_lazy("Every entry"))],
        required=False,
    )
    file = forms.ChoiceField(label=gettext_lazy("File"), choices=[("csv", "CSV"), ("xlsx", "XLSX")], required=False)


def export_books(request: HttpRequest) -> HttpResponseBase:
    """The page, and the file once the days are chosen."""
    if not request.user.has_perm("payments.export_ledgerentry"):
        raise PermissionDenied
    form = ExportForm(request.GET or None, initial=this_year())
    if form.is_valid():
        chosen = form.cleaned_data
        lines = read_bookings(first=chosen["first"], last=chosen["last"])
        rows = _each(lines) if chosen["lines"] == "each" else _sums(lines)
        name = f"books-{chosen['first']}-{chosen['last']}"
        answer = xlsx_answer(rows, name) if chosen["file"] == "xlsx" else csv_answer(rows, name)
        return called(answer, "books", request.GET.urlencode())
    context = {
        **admin.site.each_context(request),
        "opts": LedgerEntry._meta,
        "title": _("Export for bookkeeping"),
        "form": form,
    }
    return render(request, "admin/payments/ledgerentry/export.html", context)


def _each(lines: Iterable[Booking]) -> Iterator[Row]:
    yield [_("Date"), _("Ledger code"), _("Account"), _("Debit"), _("Credit"), _("Item"), _("Payment"), _("Receipt")]
    debit = credit = ZERO
    for line in lines:
        debit, credit = debit + line.debit, credit + line.credit
        when = timezone.localtime(line.at).isoformat(sep=" ", timespec="seconds")
        words = [harmless(text) for text in (line.item, line.payment, line.receipt)]
        yield [when, harmless(line.code), harmless(line.account), line.debit, line.credit, *words]
    yield [_("Total"), "", "", debit, credit, "", "", ""]


def _sums(lines: Iterable[Booking]) -> Iterator[Row]:
    yield [_("Ledger code"), _("Account"), _("Debit"), _("Credit")]
    debit = credit = ZERO
    for row in sum_bookings(lines):
        debit, credit = debit + row.debit, credit + row.credit
        yield [harmless(row.code), harmless(row.account), row.debit, row.credit]
    yield [_("Total"), "", debit, credit]
