"""Series of ticket numbers: what is missing, spoiled or void between the first and the last, and why."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.readonly import ReadOnly
from violations.errors import ViolationRefused
from violations.models import NumberNote, TicketSeries
from violations.services.gaps import described, ended_tickets, explain_numbers, gaps_before, missing_at_the_end

ON_A_PAGE = 50


class NoteForm(forms.ModelForm):
    """Which numbers, and why they are missing."""

    class Meta:
        model = NumberNote
        fields = ("first", "last", "reason")


@admin.register(TicketSeries)
class TicketSeriesAdmin(ReadOnly, admin.ModelAdmin):
    """Each series leads to the page of its gaps."""

    list_display = ("prefix", "last", "gaps")
    list_display_links = None

    @admin.display(description=_("gaps in the numbers"))
    def gaps(self, series: TicketSeries) -> str:
        address = reverse("admin:violations_ticketseries_gaps", args=[series.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Show them"))

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "violations_ticketseries_"
        return [
            path("<int:pk>/gaps/", view(self.gaps_view), name=f"{name}gaps"),
            path("<int:pk>/explain/", view(self.explain_view), name=f"{name}explain"),
            *super().get_urls(),
        ]

    def gaps_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Missing numbers page by page, and the voided ones likewise."""
        if not request.user.has_perm("violations.view_ticketseries"):
            raise PermissionDenied
        return self._page(request, get_object_or_404(TicketSeries, pk=pk), NoteForm())

    def explain_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write down why numbers are missing."""
        if not request.user.has_perm("violations.change_ticketseries"):
            raise PermissionDenied
        series = get_object_or_404(TicketSeries, pk=pk)
        form = NoteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                explain_numbers(series, by=current_user(request), **form.cleaned_data)
            except ViolationRefused as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, gettext("The reason is written down."))
                return redirect("admin:violations_ticketseries_gaps", pk)
        return self._page(request, series, form)

    def _page(self, request: HttpRequest, series: TicketSeries, form: NoteForm) -> HttpResponse:
        context = self._context(request, series, form) | self.admin_site.each_context(request)
        return render(request, "violations/office/gaps.html", context)

    def _context(self, request: HttpRequest, series: TicketSeries, form: NoteForm) -> dict[str, Any]:
        missing = Paginator(gaps_before(series), ON_A_PAGE).get_page(request.GET.get("p"))
        void = Paginator(ended_tickets(series), ON_A_PAGE).get_page(request.GET.get("v"))
        last_page = missing.number == missing.paginator.num_pages
        return {
            "opts": self.opts,
            "title": gettext("Gaps in the numbers %(prefix)s") % {"prefix": series.prefix},
            "series": series,
            "missing": missing,
            "gaps": [*described(series, list(missing)), *filter(None, [last_page and missing_at_the_end(series)])],
            "void": void,
            "form": form,
            "may": request.user.has_perm("violations.change_ticketseries"),
        }
