"""When somebody wants to park, and with which vehicle."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opscom.lib.dates import Period, is_repeated, is_skipped, moment_of, with_weekday, written_clock
from permits.errors import PermitRefused
from permits.forms import vehicle_choices
from permits.models import PermitType
from permits.services.moments import check_period
from vehicles.models import Vehicle, VehicleOwner

WALL = "%Y-%m-%dT%H:%M"
FIELD_OF = {"past": "starts", "far": "starts", "backwards": "ends", "past-end": "ends", "long": "ends"}


class WallField(forms.DateTimeField):
    """What the office's clocks show, without a zone: its form says what becomes of times that they skip or show twice."""

    input_formats = [WALL, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local", "class": "form-control"}, format=WALL)
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        for written in self.input_formats:
            try:
                return datetime.strptime(value.strip(), written)  # noqa: DTZ007 (the clock's own, on purpose)
            except ValueError:
                continue
        raise forms.ValidationError(self.error_messages["invalid"], code="invalid")


class WhichField(forms.TypedChoiceField):
    """The first or the second time that the clocks show something; it has no meaning where they show it once."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Which of the two"),
            required=False,
            choices=[("1", "1"), ("2", "2")],
            coerce=lambda value: value == "2",
            empty_value="",
            widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        )


class PeriodForm(forms.Form):
    """Start and end, or start and a number of hours."""

    starts = WallField(
        label=gettext_lazy("Start"),
        error_messages={
            "required": gettext_lazy("Choose when you start to park."),
            "invalid": gettext_lazy("Write day and time, for example 2026-11-21 14:00."),
        },
    )
    starts_second = WhichField()
    ends = WallField(
        label=gettext_lazy("End"),
        required=False,
        error_messages={"invalid": gettext_lazy("Write day and time, for example 2026-11-21 14:00.")},
    )
    ends_second = WhichField()
    hours = forms.DecimalField(
        label=gettext_lazy("or number of hours"),
        required=False,
        max_digits=5,
        decimal_places=2,
        min_value=Decimal("0.01"),
        localize=False,
        widget=forms.NumberInput({"class": "form-control", "step": "any", "inputmode": "decimal"}),
        error_messages={"min_value": gettext_lazy("Choose how many hours you park, for example 3.")},
    )

    def __init__(self, *args: Any, permit_type: PermitType, at: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.permit_type, self.at = permit_type, at or timezone.now()
        for name in ("starts", "ends"):
            self._offer_both(name)

    @property
    def ambiguous(self) -> list[forms.BoundField]:
        """The questions which of two equal times is meant, where there is one."""
        return [self[f"{name}_second"] for name in ("starts", "ends") if self.fields[f"{name}_second"].required]

    @property
    def period(self) -> Period:
        """The moments that a valid form names."""
        return self.cleaned_data["period"]

    def clean_starts(self) -> datetime:
        return self._shown(self.cleaned_data["starts"])

    def clean_ends(self) -> datetime | None:
        wall = self.cleaned_data["ends"]
        return self._shown(wall) if wall else None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors.keys() & {"starts", "starts_second", "ends", "ends_second", "hours"}:
            return cleaned
        start, end = moment_of(cleaned["starts"], second=bool(cleaned["starts_second"])), self._end(cleaned)
        if end is None:
            return cleaned
        cleaned["period"] = Period(start, end)
        try:
            check_period(self.permit_type, cleaned["period"], self.at)
        except PermitRefused as refusal:
            field = FIELD_OF.get(refusal.code)
            self.add_error("hours" if field == "ends" and not cleaned["ends"] else field, refusal.message)
        return cleaned

    def _end(self, cleaned: dict[str, Any]) -> datetime | None:
        wall, hours = cleaned["ends"], cleaned["hours"]
        if bool(wall) == bool(hours):
            self.add_error(
                "hours",
                _("Give the end or the number of hours, not both.")
                if wall
                else _("Choose when you stop parking, or give a number of hours."),
            )
            return None
        if wall:
            return moment_of(wall, second=bool(cleaned["ends_second"]))
        start = moment_of(cleaned["starts"], second=bool(cleaned["starts_second"]))
        return start + timedelta(minutes=int(hours * 60))

    def _shown(self, wall: datetime) -> datetime:
        if is_skipped(wall):
            raise forms.ValidationError(
                _("There is no %(time)s on %(day)s: the clocks go forward over it. Choose an earlier or a later time.")
                % {"time": f"{wall:%H:%M}", "day": with_weekday(wall)},
                code="skipped",
            )
        return wall

    def _offer_both(self, name: str) -> None:
        """Ask which one is meant where the clocks show the time twice."""
        try:
            wall = self.fields[name].clean(self.data.get(self.add_prefix(name)))
        except forms.ValidationError:
            return
        if wall is None or not is_repeated(wall):
            return
        field = self.fields[f"{name}_second"]
        field.required = True
        field.choices = [  # type: ignore[attr-defined]
            (number, written_clock(moment_of(wall, second=number == "2"))) for number in ("1", "2")
        ]
        field.error_messages["required"] = _(
            "On %(day)s the clocks go back and %(time)s comes twice. Choose the first or the second."
        ) % {"time": f"{wall:%H:%M}", "day": with_weekday(wall)}


class TimeForm(PeriodForm):
    """When, and one of the person's active vehicles."""

    vehicle = forms.ChoiceField(
        label=gettext_lazy("Vehicle"),
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={"required": gettext_lazy("Choose a vehicle. Permits go by plate.")},
    )

    def __init__(self, *args: Any, links: list[VehicleOwner], **kwargs: Any) -> None:
        """`links` are all of the person's vehicles; the active ones are offered."""
        super().__init__(*args, **kwargs)
        self.links = {link.code: link for link in links}
        field = self.fields["vehicle"]
        field.choices = vehicle_choices(link for link in links if link.active)  # type: ignore[attr-defined]
        field.initial = next(iter(field.choices), ("",))[0]  # type: ignore[attr-defined]
        field.error_messages["invalid_choice"] = self._why_not(str(self.data.get(self.add_prefix("vehicle"), "")))

    @property
    def chosen(self) -> Vehicle:
        """The vehicle that a valid form names."""
        return self.links[self.cleaned_data["vehicle"]].vehicle

    def _why_not(self, code: str) -> str:
        """Somebody else's vehicle, or one of theirs that is not active."""
        link = self.links.get(code)
        if link is None:
            return _("That is not one of your vehicles. Choose one of them.")
        return _("%(plate)s is not active. Turn it on with Active on the Vehicles page, or choose another.") % {
            "plate": link.vehicle.plate
        }


class ReserveTimeForm(TimeForm):
    """The same, with the price that the person has seen."""

    expected = forms.DecimalField(max_digits=10, decimal_places=2, min_value=Decimal(0), widget=forms.HiddenInput)
