"""What an officer fills in on the lot."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.models import ModelChoiceIterator
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from opscom.lib.files import FileRefused, encode_photo
from permits.models import Lot
from vehicles.widgets import PlateInput
from violations.forms.tickets import TicketForm
from violations.models import Offence, Violation

MOST_PHOTOS = 6
WAITED = timedelta(days=7)  # a phone may have been without a line for so long


class OffencesByCategory(ModelChoiceIterator):
    """The catalogue, category by category."""

    def __iter__(self) -> Iterator[Any]:
        yield "", self.field.empty_label
        for category, offences in groupby(self.queryset, key=lambda offence: offence.category):
            yield str(category), [self.choice(offence) for offence in offences]


class OffenceField(forms.ModelChoiceField):
    """An offence in use."""

    iterator = OffencesByCategory


class PhotosInput(forms.FileInput):
    """Several pictures; a phone offers its camera."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: MultiValueDict[str, UploadedFile], name: str) -> Any:
        return files.getlist(name)


class PhotosField(forms.FileField):
    """Photos, each judged by its content and encoded anew."""

    def clean(self, data: list[UploadedFile], initial: object = None) -> list[bytes]:
        if len(data) > MOST_PHOTOS:
            raise forms.ValidationError(_("Six photos fit on a ticket. Choose fewer."), code="many")
        try:
            return [encode_photo(upload) for upload in data]
        except FileRefused as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from refusal


class QuickTicketForm(TicketForm):
    """The plate first, then what is wrong and where; the moment is that of the phone."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    offence = OffenceField(Offence.objects.none(), label=_("Offence"), empty_label=_("Choose what is wrong"))
    lot: forms.ModelChoiceField = forms.ModelChoiceField(
        Lot.objects.none(), label=_("Lot"), required=False, empty_label=_("Another place")
    )
    photos = PhotosField(
        label=_("Photos"),
        required=False,
        help_text=_("Up to six: the plate, the windscreen, the sign."),
        widget=PhotosInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    towing = forms.DecimalField(
        label=_("Towing charge"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=10,
        decimal_places=2,
        help_text=_("Only where the vehicle is towed."),
    )
    sure = forms.BooleanField(label=_("Write it anyway"), required=False)

    class Meta:
        model = Violation
        fields = (
            "plate", "plate_region", "plate_type", "lot", "location", "offence", "amount", "warning", "notes", "make", "colour", "issued_at", "latitude", "longitude",
        )  # fmt: skip
        widgets = {
            "plate": PlateInput({"class": "plate-field plate-big"}),
            "notes": forms.Textarea(attrs={"rows": 2}),
            "issued_at": forms.HiddenInput,
            "latitude": forms.HiddenInput,
            "longitude": forms.HiddenInput,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offence"].queryset = self.fields["offence"].queryset.select_related("category")  # type: ignore[attr-defined]
        self.fields["lot"].queryset = Lot.objects.all()  # type: ignore[attr-defined]
        self.fields["plate"].required = True
        self.fields["plate"].error_messages["required"] = _("Enter the plate, for example CKRT 418.")
        self.fields["issued_at"].required = False
        self.fields["issued_at"].initial = None

    def _get_validation_exclusions(self) -> set[str]:
        """Offence and lot come from lists that were just read: asking for them again would cost two queries."""
        return {*super()._get_validation_exclusions(), "offence", "lot"}  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        """A warning owes nothing, so nothing is owed for towing either."""
        cleaned: dict[str, Any] = super().clean()
        if cleaned.get("towing") and cleaned.get("warning"):
            self.add_error("towing", _("A warning owes nothing. Untick Warning, or leave this empty."))
        return cleaned

    def clean_issued_at(self) -> datetime:
        """Now, where no phone says when."""
        if self.cleaned_data["issued_at"] is None:
            return timezone.now()
        issued_at = super().clean_issued_at()
        if issued_at < timezone.now() - WAITED:
            raise forms.ValidationError(_("This was written more than a week ago. Enter it on the ticket's own page."))
        return issued_at
