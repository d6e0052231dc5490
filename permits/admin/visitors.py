"""Visitor hours in the office: who bought how many, and where they went."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import written_hours
from opscom.lib.readonly import ReadOnly, ReadOnlyInline
from permits.models import HourBlock, HourEntry
from permits.models.visitor import HourBlockQuerySet


class HourEntryInline(ReadOnlyInline):
    """What was taken out of the block, and what came back."""

    model = HourEntry
    fields = ("at", "permit", "minutes", "by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[HourEntry]:
        return HourEntry.objects.select_related("permit", "by")


@admin.register(HourBlock)
class HourBlockAdmin(ReadOnly, admin.ModelAdmin):
    """Blocks of hours, found by their buyer."""

    list_display = ("user", "bought_at", "bought", "unspent", "ends_before", "paid")
    list_filter = ("charge__state", "ends_before")
    list_select_related = ("user", "charge")
    search_fields = ("user__email", "user__last_name", "code")
    search_help_text = _("E-mail address or last name of who bought them")
    inlines = (HourEntryInline,)

    def get_queryset(self, request: HttpRequest) -> HourBlockQuerySet:
        return HourBlock.objects.with_left()

    @admin.display(description=_("hours"), ordering="minutes")
    def bought(self, block: HourBlock) -> str:
        return written_hours(block.minutes)

    @admin.display(description=_("not spent"))
    def unspent(self, block: HourBlock) -> str:
        return written_hours(block.left)

    @admin.display(description=_("payment"), ordering="charge__state")
    def paid(self, block: HourBlock) -> str:
        return block.charge.get_state_display()
