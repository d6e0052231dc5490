"""How the portal renders a form: Django's own field groups with the portal's markup; and fields that several forms have."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _


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
