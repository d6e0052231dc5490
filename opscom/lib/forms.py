"""How the portal renders a form: Django's own field groups with the portal's markup; and fields that several forms have."""

from datetime import date
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opscom.lib.spreadsheets import decoded

LARGEST_FILE = 5 * 1024 * 1024


class PortalFormRenderer(TemplatesSetting):
    """Field groups from templates/components/field.html, lists of errors from components/errors.html."""

    field_template_name = "components/field.html"
    form_template_name = "components/form.html"


def reason_field(*, required: Any, help_text: Any = "") -> forms.CharField:
    """Why staff do something, of 200 characters at most; `required` is said where it is missing."""
    return forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=help_text,
        error_messages={"required": required},
    )


class CsvForm(forms.Form):
    """A CSV file, or the text of one that was looked at."""

    file = forms.FileField(label=_("CSV file"), required=False)
    text = forms.CharField(required=False, widget=forms.HiddenInput, strip=False, max_length=LARGEST_FILE)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        file = cleaned.get("file")
        if file and file.size > LARGEST_FILE:
            self.add_error("file", _("The file is too large; 5 MB fit."))
        elif file:
            cleaned["text"] = decoded(file.read())
        elif not cleaned.get("text"):
            self.add_error("file", _("Choose the file first."))
        return cleaned


class PeriodForm(forms.Form):
    """From one day through another."""

    first = forms.DateField(
        label=_("From"), widget=forms.DateInput({"type": "date", "class": "form-control"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=_("Through"),
        widget=forms.DateInput({"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and not date(1990, 1, 1) <= first <= last <= date(2200, 1, 1):
            self.add_error("last", gettext("Choose a last day that is not before the first."))
        return cleaned
