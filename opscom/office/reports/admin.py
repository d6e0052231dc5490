"""Reports by e-mail, and who took which report out of the office."""

from typing import Any, ClassVar
from urllib.parse import parse_qsl

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import today
from opscom.lib.readonly import ReadOnly
from opscom.lib.reports import all_reports, find_report
from opscom.models import ReportDownload, ReportSchedule
from opscom.office.reports.asking import form_of, words_of
from opscom.office.reports.sending import last_period
from opscom.office.reports.titles import title_of


def filters_of(key: str, asked: str) -> str:
    """Its filters in words."""
    report = find_report(key)
    form = form_of(report, dict(parse_qsl(asked))) if report else None
    if form is None or not form.is_valid():
        return asked or "–"
    return ", ".join(f"{label}: {chosen}" for label, chosen in words_of(form)) or "–"


class ScheduleForm(forms.ModelForm):
    """Which report, when, to whom. Its filters come from the page of the report."""

    report = forms.ChoiceField(label=_("Report"))
    asked = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)

    class Meta:
        model = ReportSchedule
        fields = ("report", "asked", "every", "recipients", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "report" in self.fields:
            choices = [(report.key, report.title) for report in all_reports()]
            self.fields["report"].choices = choices  # type: ignore[attr-defined]
            chosen = filters_of(self.initial.get("report", ""), self.initial.get("asked", ""))
            self.fields["report"].help_text = "" if self.instance.pk or chosen == "–" else chosen


@admin.register(ReportSchedule)
class ReportScheduleAdmin(admin.ModelAdmin):
    """A report reaches only who may see it; who sets it up must be one of them."""

    form = ScheduleForm
    list_display = ("title", "filters", "every", "readers", "active", "sent_through")
    list_filter = ("active", "every")
    fields: ClassVar[tuple[str, ...]] = ("report", "filters", "asked", "every", "recipients", "active", "sent_through")
    readonly_fields = ("filters", "sent_through")
    filter_horizontal = ("recipients",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportSchedule]:
        return super().get_queryset(request).prefetch_related("recipients")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Of a new one the report itself tells its filters."""
        return self.fields if obj else tuple(name for name in self.fields if name not in self.readonly_fields)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("report"), ordering="report")
    def title(self, schedule: ReportSchedule) -> str:
        return title_of(schedule.report)

    @admin.display(description=_("filters"))
    def filters(self, schedule: ReportSchedule) -> str:
        return filters_of(schedule.report, schedule.asked)

    @admin.display(description=_("to"))
    def readers(self, schedule: ReportSchedule) -> str:
        return ", ".join(person.get_full_name() for person in schedule.recipients.all())

    def save_model(self, request: HttpRequest, obj: ReportSchedule, form: Any, change: bool) -> None:
        """The first one is of the period that begins now or runs."""
        report = find_report(obj.report)
        if report is None or not request.user.has_perm(report.right):
            raise PermissionDenied
        if not change:
            obj.sent_through = last_period(obj.every, today())[1]
        super().save_model(request, obj, form, change)


@admin.register(ReportDownload)
class ReportDownloadAdmin(ReadOnly, admin.ModelAdmin):
    """The newest first."""

    list_display = ("at", "by", "title", "filters", "days", "file")
    list_filter = ("file", "at")
    list_select_related = ("by",)
    fields = list_display

    @admin.display(description=_("report"), ordering="report")
    def title(self, download: ReportDownload) -> str:
        return title_of(download.report)

    @admin.display(description=_("filters"))
    def filters(self, download: ReportDownload) -> str:
        return filters_of(download.report, download.asked)

    @admin.display(description=_("days"))
    def days(self, download: ReportDownload) -> str:
        asked = dict(parse_qsl(download.asked))
        return " – ".join(asked[name] for name in ("first", "last") if name in asked)
