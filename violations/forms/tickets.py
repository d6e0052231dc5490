"""What a guest types, and what an officer writes."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.files import FileRefused, encode_photo
from opscom.lib.places import REGIONS
from vehicles.models import plate_shape
from vehicles.plates import normalise_plate
from vehicles.widgets import PlateInput
from violations.models import Offence, Violation, ViolationPhoto

CLOCKS_DIFFER = timedelta(minutes=10)


class TicketSearchForm(forms.Form):
    """The whole ticket number with its PIN in one field (GST-1)."""

    ticket = forms.CharField(
        label=_("Ticket number"),
        max_length=60,
        help_text=_("All of it, with the last two characters: they are your PIN. Example: TT-10133-3K"),
        error_messages={
            "required": _("Enter the ticket number, for example TT-10133-3K."),
            "max_length": _("A ticket number is shorter than this. Copy it from the paper, for example TT-10133-3K."),
            "null_characters_not_allowed": _("Enter letters, digits and hyphens only, for example TT-10133-3K."),
        },
        widget=PlateInput,
    )


class TicketForm(forms.ModelForm):
    """A ticket as an officer writes it: the fine comes from the offence unless another one is named."""

    plate_region = forms.ChoiceField(
        label=_("Province or state"), choices=[("", "–"), *REGIONS], initial="CA-ON", required=False
    )
    amount = forms.DecimalField(
        label=_("Fine"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=10,
        decimal_places=2,
        help_text=_("Empty: the fine of the offence."),
    )
    warning = forms.BooleanField(label=_("Warning"), required=False, help_text=_("Nothing is owed."))

    class Meta:
        model = Violation
        fields = (
            "offence", "amount", "warning", "plate", "plate_region", "plate_type", "make", "colour", "lot", "location", "issued_at", "notes"
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offence"].queryset = Offence.objects.filter(active=True)  # type: ignore[attr-defined]
        self.fields["issued_at"].initial = timezone.now

    def clean_plate(self) -> str:
        plate = normalise_plate(self.cleaned_data["plate"])
        if plate:
            plate_shape(plate)
        return plate

    def clean_issued_at(self) -> datetime:
        issued_at: datetime = self.cleaned_data["issued_at"]
        if issued_at > timezone.now() + CLOCKS_DIFFER:
            raise forms.ValidationError(_("This lies in the future. Enter when the ticket was written."))
        return issued_at

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("lot") and not cleaned.get("location"):
            self.add_error("location", _("Choose a lot, or write where the vehicle stands."))
        offence: Offence | None = cleaned.get("offence")
        if offence and cleaned.get("amount") is None and "amount" not in self.errors:
            cleaned["amount"] = offence.amount
            if not offence.amount and not cleaned.get("warning"):
                self.add_error("amount", _("This offence has no fine. Enter one, or tick Warning."))
        return cleaned


class PhotoForm(forms.ModelForm):
    """An evidence photo, judged and encoded anew before anything is stored."""

    image = forms.FileField(
        label=_("Photo"),
        help_text=_("JPG, PNG or WebP, up to 12 MB. Place and device are removed."),
        allow_empty_file=True,  # the service says what to do about it
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    class Meta:
        model = ViolationPhoto
        fields = ("image", "caption")

    def clean_image(self) -> ContentFile:
        """The photo as it is stored; its name is the service's own."""
        try:
            return ContentFile(encode_photo(self.cleaned_data["image"]), name=f"{self.instance.code}.jpg")
        except FileRefused as error:
            raise forms.ValidationError(error.message, code=error.code) from error


class SpoilForm(forms.Form):
    """Why the office decides so."""

    reason = forms.CharField(
        label=_("Reason"), max_length=250, error_messages={"required": _("Say why, for the ticket's history.")}
    )


class TowingForm(SpoilForm):
    """What towing the vehicle costs, and what for."""

    amount = forms.DecimalField(
        label=_("Towing charge"),
        min_value=Decimal("0.01"),
        max_digits=10,
        decimal_places=2,
        help_text=_("Before taxes."),
    )
    field_order = ("amount", "reason")


class FeeForm(SpoilForm):
    """A fee beside the ticket: what for, as its payer reads it, and how much."""

    name = forms.CharField(label=_("What for"), max_length=60, help_text=_("Whoever owes the ticket reads it."))
    amount = forms.DecimalField(
        label=_("Fee"), min_value=Decimal("0.01"), max_digits=10, decimal_places=2, help_text=_("Before taxes.")
    )
    field_order = ("name", "amount", "reason")


class ReduceForm(SpoilForm):
    """What a ticket is reduced to, and why."""

    to = forms.DecimalField(
        label=_("New amount"), min_value=Decimal("0.01"), max_digits=10, decimal_places=2, help_text=_("Before taxes.")
    )
    field_order = ("to", "reason")
