"""What people choose about a permit."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from opscom.lib.places import REGIONS
from opscom.templatetags.portal import spaced_plate
from permits.models import HangTag, PermitType
from permits.services.tags import ways_of
from vehicles.models import Vehicle, VehicleOwner, plate_shape
from vehicles.plates import normalise_plate
from vehicles.widgets import PlateInput

ALL = "all"
AT_HOME = "home"
WAYS = {HangTag.Way.PICK_UP: _("I pick it up at the parking office"), HangTag.Way.POST: _("The office posts it")}


class DayInput(forms.DateInput):
    """A day, by the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "form-control"}, format="%Y-%m-%d")


class ReserveForm(forms.Form):
    """Which of a person's active vehicles a permit is for: one, or all of them."""

    vehicle = forms.ChoiceField(
        label=_("Vehicle"),
        error_messages={
            "required": _("Choose a vehicle. Permits go by plate."),
            "invalid_choice": _("Choose one of your active vehicles."),
        },
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *args: Any, links: list[VehicleOwner], **kwargs: Any) -> None:
        """`links` are the person's active vehicles; the first is chosen already."""
        super().__init__(*args, **kwargs)
        self.vehicles = {link.code: link.vehicle for link in links}
        choices = vehicle_choices(links)
        if len(choices) > 1:
            choices.append(
                (
                    ALL,
                    ngettext(
                        "All %(count)s of them, one parked at a time",
                        "All %(count)s of them, one parked at a time",
                        len(choices),
                    )
                    % {"count": len(choices)},
                )
            )
        field = self.fields["vehicle"]
        field.choices = choices  # type: ignore[attr-defined]
        field.initial = choices[0][0] if choices else None

    def chosen(self) -> list[Vehicle]:
        """The vehicles that a valid form names."""
        code = self.cleaned_data["vehicle"]
        return list(self.vehicles.values()) if code == ALL else [self.vehicles[code]]


class TagForm(forms.Form):
    """How a hang tag gets to its holder: printed at home, or made by the office and picked up or posted."""

    tag = forms.ChoiceField(
        label=_("Hang tag"),
        error_messages={
            "required": _("Choose how you get the hang tag."),
            "invalid_choice": _("Choose how you get the hang tag."),
        },
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    address = forms.CharField(
        label=_("Where we post it"),
        required=False,
        max_length=300,
        help_text=_("Name of the street, place, postal code and country. Only if it is posted."),
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 4, "autocomplete": "street-address"}),
    )

    def __init__(self, *args: Any, permit_type: PermitType, address: str, **kwargs: Any) -> None:
        """`address` is where the person gets post, as far as we know."""
        super().__init__(*args, **kwargs)
        at_home = [(AT_HOME, _("I print it myself"))] if permit_type.print_at_home else []
        choices = [*at_home, *((way.value, WAYS[way]) for way in ways_of(permit_type))]
        field = self.fields["tag"]
        field.choices = choices  # type: ignore[attr-defined]
        field.initial = choices[0][0]
        self.fields["address"].initial = address
        if HangTag.Way.POST not in dict(choices):
            del self.fields["address"]

    @property
    def way(self) -> HangTag.Way | None:
        """What a valid form chooses; None for who prints the tag."""
        chosen = self.cleaned_data["tag"]
        return None if chosen == AT_HOME else HangTag.Way(chosen)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("tag") == HangTag.Way.POST and not cleaned.get("address"):
            self.add_error("address", _("Enter the address to which we post the hang tag."))
        return cleaned


class PlatesForm(forms.Form):
    """The plates that a permit has from now on: among those that it has, and the person's active vehicles."""

    plates = forms.MultipleChoiceField(
        label=_("Plates on this permit"),
        error_messages={
            "required": _("A permit keeps at least one plate. To give the permit up, use Cancel Permit."),
            "invalid_choice": _("Choose one of your active vehicles."),
        },
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *args: Any, present: list[Vehicle], offered: list[Vehicle], **kwargs: Any) -> None:
        """`present` are on the permit; `offered` may be put on it."""
        super().__init__(*args, **kwargs)
        self.vehicles = {str(vehicle.pk): vehicle for vehicle in [*present, *offered]}
        field = self.fields["plates"]
        field.choices = [(key, _label(vehicle)) for key, vehicle in self.vehicles.items()]  # type: ignore[attr-defined]
        field.initial = [str(vehicle.pk) for vehicle in present]

    def chosen(self) -> list[Vehicle]:
        """The vehicles that a valid form names."""
        return [self.vehicles[key] for key in self.cleaned_data["plates"]]


class CourtesyForm(forms.Form):
    """A plate that is on the permit for some days."""

    plate = forms.CharField(
        label=_("Plate"),
        max_length=20,
        help_text=_("As on the vehicle; spaces and hyphens do not matter."),
        error_messages={"required": _("Enter the plate, for example CKRT 418.")},
        widget=PlateInput,
    )
    region = forms.ChoiceField(
        label=_("Province or state"), choices=REGIONS, widget=forms.Select(attrs={"class": "form-select"})
    )
    first = forms.DateField(
        label=_("First day"),
        error_messages={"required": _("Choose the first day."), "invalid": _("Enter a day, for example 2026-09-15.")},
        widget=DayInput,
    )
    last = forms.DateField(
        label=_("Last day"),
        help_text=_("After it the plate comes off the permit by itself."),
        error_messages={"required": _("Choose the last day."), "invalid": _("Enter a day, for example 2026-09-15.")},
        widget=DayInput,
    )

    def clean_plate(self) -> str:
        """The plate as the office compares it."""
        plate = normalise_plate(self.cleaned_data["plate"])
        plate_shape(plate)
        return plate


class LotPasswordForm(forms.Form):
    """The password of a lot."""

    password = forms.CharField(
        label=_("Password of the lot"),
        max_length=128,
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": _("Enter the password.")},
    )


def vehicle_choices(links: Iterable[VehicleOwner]) -> list[tuple[str, str]]:
    """Those vehicles as radio buttons."""
    return [(link.code, _label(link.vehicle)) for link in links]


def _label(vehicle: Vehicle) -> SafeString:
    about = ", ".join(filter(None, [vehicle.make, vehicle.colour]))
    return format_html(
        '<span class="plate">{} <small>{}</small></span> <span class="soft">{}</span>',
        spaced_plate(vehicle.plate),
        vehicle.region_short,
        about,
    )
