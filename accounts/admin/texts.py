"""Texts in the office: what came and went, who wants none, what it cost."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from phonenumber_field.formfields import PhoneNumberField

from accounts.models import TextMessage, TextOptOut
from accounts.models.text import TextKind
from accounts.services.text_opt_outs import opt_in, opt_out
from accounts.services.text_usage import TextUsage, text_usage
from opscom.lib.finding import FindingAdmin
from opscom.lib.readonly import ReadOnly
from opscom.lib.spreadsheets import Row, csv_answer

LEAST_DIGITS = 4


def number_conditions(term: str) -> Iterable[Q]:
    """What a typed telephone may be the beginning of: in full, or without the country."""
    digits = re.sub(r"\D", "", term)
    if len(digits) >= LEAST_DIGITS:
        yield Q(number__startswith=f"+{digits}")
        yield Q(number__startswith=f"+1{digits}")
    yield Q(number=term)


class KindFilter(admin.SimpleListFilter):
    """What texts are about."""

    title = gettext_lazy("about")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(TextKind.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[TextMessage]) -> QuerySet[TextMessage]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(TextMessage)
class TextMessageAdmin(ReadOnly, FindingAdmin):
    """Every text, the newest first. A release code is for its reader alone."""

    list_display = (
        "created_at",
        "direction",
        "number",
        "user",
        "shown_kind",
        "state",
        "error_code",
        "segments",
        "price",
    )
    list_filter = ("direction", "state", KindFilter, "created_at")
    list_select_related = ("user",)
    search_fields = ("number",)
    search_help_text = gettext_lazy("Beginning of the telephone number")
    change_list_template = "admin/accounts/textmessage/change_list.html"
    fields = (
        ("direction", "state"),
        ("number", "office_number", "user"),
        "shown_kind",
        "shown_words",
        ("media", "segments", "price"),
        ("created_at", "answered_at", "sent_at", "delivered_at"),
        ("tries", "next_try_at"),
        ("error_code", "error"),
        "provider_id",
    )
    readonly_fields = ("shown_kind", "shown_words")

    def find(self, term: str) -> Iterable[Q]:
        return number_conditions(term)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TextMessage]:
        return super().get_queryset(request).defer("key")

    def get_urls(self) -> list[URLPattern]:
        usage = path("usage/", self.admin_site.admin_view(self.usage_view), name="accounts_textmessage_usage")
        return [usage, *super().get_urls()]

    @admin.display(description=gettext_lazy("about"))
    def shown_kind(self, text: TextMessage) -> str:
        return text.kind_label

    @admin.display(description=gettext_lazy("text"))
    def shown_words(self, text: TextMessage) -> str:
        """A code that opens something is not shown, and what is old has been taken out."""
        if text.is_sealed:
            return _("Not shown: it holds a code.")
        return text.body or "–"

    def usage_view(self, request: HttpRequest) -> HttpResponseBase:
        """Texts and their cost, month by month; as a file for a spreadsheet, too."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = text_usage()
        if request.GET.get("file") == "csv":
            return csv_answer(_usage_table(rows), "texts")
        around = {**self.admin_site.each_context(request), "title": _("Use and cost of texts"), "opts": self.opts}
        return render(request, "admin/accounts/textmessage/usage.html", {**around, "rows": rows})


def _usage_table(rows: Iterable[TextUsage]) -> Iterator[Row]:
    yield [_("Month"), _("Received"), _("Sent"), _("Not delivered"), _("Segments"), _("Cost")]
    for row in rows:
        counts = (row.received, row.sent, row.failed, row.segments)
        yield [f"{row.month:%Y-%m}", *(str(count) for count in counts), f"{row.cost:.4f}"]


@admin.register(TextOptOut)
class TextOptOutAdmin(FindingAdmin):
    """Who gets no texts. The office adds a number at somebody's wish, and takes one off again when they ask."""

    list_display = ("number", "source", "since", "until")
    list_filter = (("until", admin.EmptyFieldListFilter), "source", "since")
    search_fields = ("number",)
    search_help_text = gettext_lazy("Beginning of the telephone number")
    fields: ClassVar[tuple[str, ...]] = ("number", "source", "since", "until")
    actions = ("resume",)

    def find(self, term: str) -> Iterable[Q]:
        return number_conditions(term)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields if obj else ("number",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are not edited; who has the right ends them from the list."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """However the office writes a number, it is kept as texts name it."""
        if db_field.name == "number":
            return PhoneNumberField(label=db_field.verbose_name)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: TextOptOut, form: Any, change: bool) -> None:
        opt_out(form.cleaned_data["number"].as_e164, source=TextOptOut.Source.OFFICE, at=timezone.now())
        obj.pk = TextOptOut.objects.get(number=obj.number, until=None).pk

    @admin.action(description=gettext_lazy("Send texts to them again"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[TextOptOut]) -> None:
        """At the wish of whoever has the telephone. What the gateway itself blocks only START ends."""
        count = sum(opt_in(row.number, at=timezone.now()) for row in queryset.filter(until=None))
        words = ngettext("%(count)d number gets texts again.", "%(count)d numbers get texts again.", count)
        self.message_user(request, words % {"count": count})
