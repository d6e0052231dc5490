"""What the office types on its own pages of lockers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lockers.errors import LockerRefused
from lockers.models import Locker, LockerSite
from lockers.services.numbering import locker_numbers
from lockers.tree import read_tree
from opscom.lib.forms import reason_field

TEXT = {"class": "vTextField"}


class SiteField(forms.ModelChoiceField):
    """Sites by their whole path."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(LockerSite.objects.all(), label=_("site"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        """Building › area; the tree is read once a form."""
        if not hasattr(self, "tree"):
            self.tree = read_tree()
        return self.tree.label(obj)


class RangeForm(forms.Form):
    """A range of numbers."""

    site = SiteField(error_messages={"required": _("Choose where the lockers stand.")})
    first = forms.IntegerField(
        label=_("first number"), min_value=0, error_messages={"required": _("Enter the first number, for example 1.")}
    )
    last = forms.IntegerField(
        label=_("last number"), min_value=0, error_messages={"required": _("Enter the last number, for example 60.")}
    )
    digits = forms.IntegerField(
        label=_("digits"), min_value=1, max_value=6, initial=3, help_text=_("3: 7 becomes 007.")
    )
    before = forms.CharField(label=_("before the number"), max_length=6, required=False, widget=forms.TextInput(TEXT))
    after = forms.CharField(label=_("after the number"), max_length=6, required=False, widget=forms.TextInput(TEXT))
    size = forms.CharField(
        label=_("size or kind"),
        max_length=60,
        required=False,
        help_text=_("Empty: as its site says."),
        widget=forms.TextInput(TEXT),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            said = {name: cleaned[name] for name in ("first", "last", "digits", "before", "after")}
            try:
                cleaned["numbers"] = locker_numbers(**said)
            except LockerRefused as refusal:
                self.add_error("last", refusal.message)
        return cleaned


class CombinationForm(forms.Form):
    """The combinations of a built-in lock."""

    combinations = forms.CharField(
        label=_("combinations"),
        required=False,
        max_length=600,
        strip=True,
        widget=forms.Textarea({"rows": 5, "autocomplete": "off"}),
        help_text=_("One a line, the present one first. They replace those that are kept. Empty: no built-in lock."),
    )

    def clean_combinations(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["combinations"].splitlines()]
        return [line for line in lines if line]


class EndForm(forms.Form):
    """Why a term ends."""

    reason = reason_field(required=_("Say why; the holder reads it."))


class MoveForm(EndForm):
    """Which locker somebody gets instead, and why."""

    locker = forms.ModelChoiceField(
        Locker.objects.filter(condition=Locker.Condition.GOOD).select_related("site"),
        label=_("new locker"),
        error_messages={"required": _("Choose the locker that the person gets.")},
    )
    field_order = ("locker", "reason")
