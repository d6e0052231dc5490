"""What one can be fined for, in the office: the catalogue with its steps and repetitions, and the closed days."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from violations.models import ClosedDay, EscalationStep, Offence, OffenceCategory, RepeatAmount


class OffenceForm(forms.ModelForm):
    """An offence; safety and forgiveness exclude each other."""

    class Meta:
        model = Offence
        exclude: ClassVar[list[str]] = []

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("safety") and cleaned.get("forgive_first"):
            self.add_error("forgive_first", _("What concerns safety is never forgiven. Untick one of the two."))
        return cleaned


class StepInline(admin.TabularInline):
    """What paying late costs."""

    model = EscalationStep
    extra = 1


class RepeatInline(admin.TabularInline):
    """What a repeated offence costs."""

    model = RepeatAmount
    extra = 1


@admin.register(Offence)
class OffenceAdmin(TranslationAdmin):
    """What one can be fined for. Whatever is changed here holds for new tickets; those that are written keep their terms."""

    form = OffenceForm
    list_display = ("code", "description", "category", "amount", "reduced_amount", "reduced_days", "due_days", "active")
    list_filter = ("active", "safety", "boot_eligible", "category")
    list_select_related = ("category",)
    search_fields = ("code", "description")
    inlines = (StepInline, RepeatInline)


@admin.register(OffenceCategory)
class OffenceCategoryAdmin(admin.ModelAdmin):
    """Groups of offences."""

    list_display = ("name",)
    search_fields = ("name",)


@admin.register(ClosedDay)
class ClosedDayAdmin(admin.ModelAdmin):
    """Weekdays that are no business days."""

    list_display = ("day", "name")
    date_hierarchy = "day"
