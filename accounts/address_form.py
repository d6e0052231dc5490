"""What people type about an address; the office uses the same form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Address
from opscom.lib.places import REGIONS, WITH_REGIONS, clean_postal_code, country_choices

POSTAL_CODE_LIKE = {
    "CA": _("Enter the postal code, for example N1G 2W1."),
    "US": _("Enter the ZIP code, for example 14850 or 14850-1234."),
}
FIELDS: tuple[str, ...] = ("line1", "line2", "city", "region", "postal_code", "country")
AUTOCOMPLETE = {
    "line1": "address-line1",
    "line2": "address-line2",
    "city": "address-level2",
    "region": "address-level1",
    "postal_code": "postal-code",
    "country": "country",
}


class AddressForm(forms.ModelForm):
    """One address. Canada and the United States have provinces or states and checked postal codes; what other countries
    write is kept."""

    country = forms.ChoiceField(label=_("Country"), initial="CA", choices=country_choices)
    region = forms.ChoiceField(
        label=_("Province or state"),
        required=False,
        choices=[
            ("", _("None, outside Canada and the United States")),
            (_("Canada"), [region for region in REGIONS if region[0].startswith("CA")]),
            (_("United States"), [region for region in REGIONS if region[0].startswith("US")]),
        ],
    )

    class Meta:
        model = Address
        fields = FIELDS
        labels = {
            "line1": _("Street and number"),
            "line2": _("Apartment, unit or floor (optional)"),
            "city": _("City"),
            "postal_code": _("Postal code"),
        }
        error_messages = {
            "line1": {"required": _("Enter the street and number, for example 17 Trent Lane.")},
            "city": {"required": _("Enter the city.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() & set(FIELDS):  # who may only look at it in the office has none of them
            widget = self.fields[name].widget
            look = "form-select" if isinstance(widget, forms.Select) else "form-control"
            widget.attrs.update({"class": look, "autocomplete": AUTOCOMPLETE[name]})

    def clean(self) -> dict[str, Any]:
        """Province and postal code belong to the country."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        country = cleaned.get("country")
        if country is None:
            return cleaned
        region = cleaned.get("region", "")
        if country not in WITH_REGIONS:
            cleaned["region"] = ""
        elif not region.startswith(country) and "region" not in self.errors:
            self.add_error("region", _("Choose the province or state of this country."))
        if "postal_code" in cleaned:
            try:
                cleaned["postal_code"] = clean_postal_code(cleaned["postal_code"], country=country)
            except ValueError:
                self.add_error(
                    "postal_code",
                    POSTAL_CODE_LIKE.get(
                        country, _("Enter the postal code with letters and digits, or leave it empty.")
                    ),
                )
        return cleaned

    def answers(self) -> dict[str, Any]:
        """What the service stores."""
        return {name: self.cleaned_data[name] for name in FIELDS}
