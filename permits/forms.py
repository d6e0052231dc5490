"""What people choose about a permit."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from opscom.templatetags.portal import spaced_plate
from vehicles.models import Vehicle, VehicleOwner

ALL = "all"


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
        choices: list[tuple[str, str]] = [(code, _label(vehicle)) for code, vehicle in self.vehicles.items()]
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


class LotPasswordForm(forms.Form):
    """The password of a lot."""

    password = forms.CharField(
        label=_("Password of the lot"),
        max_length=128,
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": _("Enter the password.")},
    )


def _label(vehicle: Vehicle) -> SafeString:
    about = ", ".join(filter(None, [vehicle.make, vehicle.colour]))
    return format_html(
        '<span class="plate">{} <small>{}</small></span> <span class="soft">{}</span>',
        spaced_plate(vehicle.plate),
        vehicle.region_short,
        about,
    )
