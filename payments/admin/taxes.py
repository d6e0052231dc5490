"""Taxes in the office, and who is exempt."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from opscom.lib.readonly import ReadOnlyInline
from payments.models import ChargeTax, Tax, TaxExemption
from payments.payables import taxable_choices


class TaxForm(forms.ModelForm):
    """A tax, with the kinds of charge to tick."""

    kinds = forms.MultipleChoiceField(
        label=_("items"),
        choices=taxable_choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What it is charged on. What is not ticked bears no tax."),
        error_messages={"required": _("Tick at least one kind of item.")},
    )


@admin.register(Tax)
class TaxAdmin(TranslationAdmin):
    """Taxes. A change holds for what is charged from then on."""

    form = TaxForm
    list_display = ("name", "rate", "inclusive", "registration", "from_day", "before_day", "active")
    list_filter = ("active",)
    search_fields = ("name",)


@admin.register(TaxExemption)
class TaxExemptionAdmin(admin.ModelAdmin):
    """Who is exempt, why, and until when."""

    list_display = ("user", "reason", "certificate", "through", "created_at")
    list_filter = ("through",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__last_name", "certificate")
    autocomplete_fields = ("user",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Whose it is stays."""
        return ("user", "created_at") if obj else ()

    def formfield_for_manytomany(self, *args: Any, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(*args, **kwargs | {"widget": forms.CheckboxSelectMultiple})


class ChargeTaxInline(ReadOnlyInline):
    """What was frozen on a charge."""

    model = ChargeTax
    fields = ("name", "rate", "registration", "inclusive", "amount", "reduced_amount")
