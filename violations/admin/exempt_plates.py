"""Plates that officers leave alone, in the office."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest

from opscom.lib.dates import today
from permits.plate_forms import clean_plate
from violations.models import ExemptPlate


class ExemptPlateForm(ModelForm):
    """The plate is kept as plates are compared."""

    class Meta:
        model = ExemptPlate
        fields = ("plate", "region", "lot", "first_on", "last_on", "reason")

    def clean_plate(self) -> str:
        return clean_plate(self.cleaned_data["plate"])


@admin.register(ExemptPlate)
class ExemptPlateAdmin(admin.ModelAdmin):
    """Do not ticket: from when, until when, where, and why."""

    form = ExemptPlateForm
    list_display = ("plate", "region", "lot", "first_on", "last_on", "reason")
    list_filter = ("first_on", "lot")
    list_select_related = ("lot",)
    search_fields = ("plate", "reason")
    autocomplete_fields = ("lot",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """An end ends it; what held once stays known."""
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From today on."""
        return {"first_on": today(), **super().get_changeform_initial_data(request)}
