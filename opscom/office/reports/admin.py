"""Who took which report out of the office."""

from django.contrib import admin

from opscom.lib.finding import CappedPaginator
from opscom.lib.readonly import ReadOnly
from opscom.models import ReportDownload


@admin.register(ReportDownload)
class ReportDownloadAdmin(ReadOnly, admin.ModelAdmin):
    """The newest first."""

    list_display = ("at", "by", "report", "asked", "file")
    list_filter = ("file", "at")
    list_select_related = ("by",)
    paginator = CappedPaginator
    show_full_result_count = False
