"""Parking by text in the office: the conversations with what was said, what runs now, and what it brought."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.finding import people_found
from opscom.lib.filters import ProblemFilter
from opscom.lib.finding import FindingAdmin
from opscom.lib.readonly import ReadOnly, StateEventInline
from opscom.lib.spreadsheets import csv_answer
from permits.models import TextConversation, TextConversationEvent
from permits.services.parkme.usage import said_in, texted_sessions, usage_by_month, usage_table


class TextConversationEventInline(StateEventInline):
    """The steps that were taken."""

    model = TextConversationEvent


@admin.register(TextConversation)
class TextConversationAdmin(ReadOnly, FindingAdmin):
    """Every conversation, the newest first; its page shows the texts both ways."""

    list_display = ("started_at", "number", "user", "state", "lot", "minutes", "plate", "price", "permit", "problem")
    list_filter = ("state", ProblemFilter)
    list_select_related = ("user", "permit_type__lot", "extends__lot", "permit")
    date_hierarchy = "started_at"
    search_fields = ("number", "plate", "user__last_name", "user__email")
    fields = (
        ("user", "number"),
        ("state", "problem"),
        ("permit_type", "extends"),
        ("starts_at", "ends_at", "minutes"),
        ("plate", "region"),
        ("price", "card", "permit"),
        ("started_at", "expires_at", "ended_at"),
    )
    inlines = (TextConversationEventInline,)
    change_list_template = "admin/permits/textconversation/change_list.html"
    change_form_template = "admin/permits/textconversation/change_form.html"

    def find(self, term: str) -> Iterable[Q]:
        """By number, plate or person."""
        digits = "".join(sign for sign in term if sign.isdigit() or sign == "+")
        if len(digits) >= 4:
            yield Q(number__startswith=digits if digits.startswith("+") else f"+1{digits}")
        yield Q(plate=term.upper())
        yield Q(user__in=people_found(term))

    @admin.display(description=_("lot"))
    def lot(self, talk: TextConversation) -> str:
        place = talk.extends or talk.permit_type
        return place.lot.name if place else "–"

    def get_urls(self) -> list[URLPattern]:
        door = self.admin_site.admin_view
        return [
            path("sessions/", door(self.sessions_view), name="permits_textconversation_sessions"),
            path("usage/", door(self.usage_view), name="permits_textconversation_usage"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        talk = self.get_object(request, object_id)
        said = said_in(talk) if talk and self.has_view_permission(request, talk) else []
        return super().change_view(request, object_id, form_url, {"said": said, **(extra_context or {})})

    def sessions_view(self, request: HttpRequest) -> HttpResponse:
        """What runs now."""
        sessions = texted_sessions(at=timezone.now())
        return self._page(request, "sessions", _("Active sessions"), {"sessions": sessions})

    def usage_view(self, request: HttpRequest) -> HttpResponseBase:
        """Sessions, minutes and money for each lot and month; as a file for a spreadsheet, too."""
        rows = usage_by_month()
        if request.GET.get("file") == "csv" and self.has_view_permission(request):
            return csv_answer(usage_table(rows), "parking-by-text")
        return self._page(request, "usage", _("Usage report"), {"rows": rows})

    def _page(self, request: HttpRequest, name: str, title: Any, context: dict[str, Any]) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        around = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return render(request, f"admin/permits/textconversation/{name}.html", {**around, **context})
