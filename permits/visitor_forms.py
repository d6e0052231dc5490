"""Which visitor comes, and when."""

from typing import Any

from django import forms
from django.db import transaction
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from opscom.lib.places import REGIONS
from opscom.templatetags.portal import spaced_plate
from permits.models import VisitorPlate
from permits.services.visitors.booking import keep_plate
from permits.temporary_forms import PeriodForm
from vehicles.models import Vehicle, plate_shape
from vehicles.plates import normalise_plate
from vehicles.services import vehicle_by_plate
from vehicles.widgets import PlateInput

OTHER = "other"
HOME = "CA-ON"


class VisitForm(PeriodForm):
    """When, and a visitor whom the person keeps under a name, or another plate."""

    visitor = forms.ChoiceField(
        label=gettext_lazy("Visitor"),
        required=False,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={"invalid_choice": gettext_lazy("Choose one of your visitors, or enter a plate.")},
    )
    plate = forms.CharField(
        label=gettext_lazy("Plate"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("As on the vehicle; spaces and hyphens do not matter."),
        widget=PlateInput,
    )
    region = forms.ChoiceField(
        label=gettext_lazy("Province or state"),
        required=False,
        choices=REGIONS,
        initial=HOME,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Keep this visitor as"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("A name, if the visitor comes again. Empty: the plate is not kept."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, kept: list[VisitorPlate], **kwargs: Any) -> None:
        """`kept` are the visitors that the person knows by name."""
        super().__init__(*args, **kwargs)
        self.kept = {plate.code: plate for plate in kept}
        choices = [(code, _label(plate)) for code, plate in self.kept.items()]
        field = self.fields["visitor"]
        field.choices = [*choices, (OTHER, _("Another plate"))]  # type: ignore[attr-defined]
        field.initial = next(iter(self.kept), OTHER)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("visitor") in self.kept and cleaned.get("plate"):
            self.add_error("visitor", _("Choose one of your visitors or enter a plate, not both."))
        elif "visitor" not in self.errors and cleaned.get("visitor") not in self.kept:
            cleaned["plate"] = self._clean_plate(cleaned.get("plate", ""))
        return cleaned

    def take_vehicle(self, user: User) -> Vehicle:
        """The visitor's vehicle that a valid form names; a named one is kept for the next time."""
        if link := self.kept.get(self.cleaned_data["visitor"]):
            return link.vehicle
        with transaction.atomic():
            vehicle = vehicle_by_plate(self.cleaned_data["plate"], region=self.cleaned_data["region"] or HOME)
            if self.cleaned_data["name"]:
                keep_plate(user, vehicle, name=self.cleaned_data["name"])
        return vehicle

    def _clean_plate(self, text: str) -> str:
        plate = normalise_plate(text)
        if not plate:
            self.add_error("plate", _("Enter the plate, for example CKRT 418."))
            return ""
        try:
            plate_shape(plate)
        except forms.ValidationError as error:
            self.add_error("plate", error)
        return plate


def _label(plate: VisitorPlate) -> str:
    return format_html(
        '{} <span class="plate">{} <small>{}</small></span>',
        plate.name,
        spaced_plate(plate.vehicle.plate),
        plate.vehicle.region_short,
    )
