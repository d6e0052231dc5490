"""When lockers are sold, for which term, and for how much where."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from lockers.models import LockerPrice, LockerWindow


class LockerPriceInline(admin.TabularInline):
    """Prices by site; one holds for everything within it."""

    model = LockerPrice
    extra = 1
    autocomplete_fields = ("site",)


class LockerWindowForm(forms.ModelForm):
    """Dates that run forward, said plainly."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        renewal, starts, ends = (cleaned.get(name) for name in ("renewal_starts", "sale_starts", "sale_ends"))
        first, before = cleaned.get("valid_from"), cleaned.get("valid_before")
        if starts and ends and ends <= starts:
            self.add_error("sale_ends", _("The sale ends after it starts."))
        if renewal and starts and renewal > starts:
            self.add_error("renewal_starts", _("Renewals start before the sale, or with it."))
        if first and before and before <= first:
            self.add_error("valid_before", _("A term ends after the day on which it starts."))
        return cleaned


@admin.register(LockerWindow)
class LockerWindowAdmin(TranslationAdmin):
    """Sales windows."""

    form = LockerWindowForm
    list_display = (
        "name",
        "kind",
        "renewal_starts",
        "sale_starts",
        "sale_ends",
        "valid_from",
        "valid_before",
        "proration",
        "active",
    )
    list_filter = ("active", "kind")
    search_fields = ("name",)
    inlines = (LockerPriceInline,)
