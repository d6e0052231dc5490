"""What is typed or sent to have a plate checked."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from opscom.lib.places import REGIONS
from vehicles.models import plate_shape
from vehicles.plates import normalise_plate

CODES = {code for code, _name in REGIONS}


def known_region(code: str) -> None:
    """No field with the choices: a form copies them all each time that it is asked."""
    if code not in CODES:
        raise ValidationError(_("Name the province or state by its code, for example CA-ON."), code="invalid_choice")


class PlateQueryForm(forms.Form):
    """A plate to check, as a program sends it."""

    plate = forms.CharField(
        label=_("Plate"), max_length=20, error_messages={"required": _("Enter the plate, for example CKRT 418.")}
    )
    region = forms.CharField(label=_("Province or state"), required=False, validators=[known_region])
    lot = forms.SlugField(label=_("Lot"), max_length=20, required=False)

    def clean_plate(self) -> str:
        return clean_plate(self.cleaned_data["plate"])


def clean_plate(text: str) -> str:
    """The plate as the office compares it. ValidationError where it is none."""
    plate = normalise_plate(text)
    plate_shape(plate)
    return plate
