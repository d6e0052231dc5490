"""What is typed or sent to have a plate checked."""

from django import forms
from django.utils.translation import gettext_lazy as _

from opscom.lib.places import REGIONS
from vehicles.models import plate_shape
from vehicles.plates import normalise_plate


class PlateQueryForm(forms.Form):
    """A plate to check, as a program sends it."""

    plate = forms.CharField(
        label=_("Plate"), max_length=20, error_messages={"required": _("Enter the plate, for example CKRT 418.")}
    )
    region = forms.ChoiceField(
        label=_("Province or state"),
        choices=[("", "–"), *REGIONS],
        required=False,
        error_messages={"invalid_choice": _("Name the province or state by its code, for example CA-ON.")},
    )
    lot = forms.SlugField(label=_("Lot"), max_length=20, required=False)

    def clean_plate(self) -> str:
        return clean_plate(self.cleaned_data["plate"])


def clean_plate(text: str) -> str:
    """The plate as the office compares it. ValidationError where it is none."""
    plate = normalise_plate(text)
    plate_shape(plate)
    return plate
