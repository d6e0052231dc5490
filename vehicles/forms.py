"""What people type about a vehicle."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import today
from vehicles.models import Vehicle, plate_shape
from vehicles.plates import normalise_plate
from vehicles.services import IDENTITY
from vehicles.widgets import PlateInput

FIRST_YEAR = 1900


class VehicleForm(forms.ModelForm):
    """One vehicle. A plate that somebody else has registered is no mistake here: the service shares the vehicle."""

    plate = forms.CharField(
        label=_("Plate"),
        max_length=20,
        help_text=_("As on the vehicle; spaces and hyphens do not matter."),
        error_messages={"required": _("Enter the plate, for example CKRT 418.")},
        widget=PlateInput,
    )
    year = forms.IntegerField(
        label=_("Year"),
        help_text=_("The model year, for example 2019."),
        error_messages={
            "required": _("Enter the model year, for example 2019."),
            "invalid": _("Enter the model year with 4 digits, for example 2019."),
        },
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric", "autocomplete": "off"}),
    )

    class Meta:
        model = Vehicle
        fields = ("plate", "region", "year", "plate_type", "make", "colour")
        labels = {
            "region": _("Province or state"),
            "plate_type": _("Plate type"),
            "make": _("Make (optional)"),
            "colour": _("Colour (optional)"),
        }
        widgets = {
            "region": forms.Select(attrs={"class": "form-select"}),
            "plate_type": forms.Select(attrs={"class": "form-select"}),
            "make": forms.TextInput(attrs={"class": "form-control"}),
            "colour": forms.TextInput(attrs={"class": "form-control"}),
        }

    def __init__(self, *args: Any, keep_plate: str = "", **kwargs: Any) -> None:
        """`keep_plate` says why the plate stays; its fields are then shown and ignored."""
        super().__init__(*args, **kwargs)
        if keep_plate:
            for name in IDENTITY:
                self.fields[name].disabled = True
            self.fields["plate"].help_text = keep_plate

    def clean_plate(self) -> str:
        """The plate as the office compares it."""
        plate = normalise_plate(self.cleaned_data["plate"])
        plate_shape(plate)
        return plate

    def clean_year(self) -> int:
        """A year in which the vehicle can have been built."""
        year: int = self.cleaned_data["year"]
        last = today().year + 1
        if not FIRST_YEAR <= year <= last:
            raise forms.ValidationError(
                _("Enter a model year from %(first)s to %(last)s."), params={"first": FIRST_YEAR, "last": last}
            )
        return year

    def _get_validation_exclusions(self) -> set[str]:
        """Whether the plate is known is left to the service and the database, which share the vehicle."""
        return super()._get_validation_exclusions() | set(IDENTITY)  # type: ignore[misc]
