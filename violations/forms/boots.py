"""What staff type about boots."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opscom.lib.office import office
from violations.models import Boot

SAY_WHY = {"required": _("Say why, for the boot's history.")}


class BootForm(forms.ModelForm):
    """A boot, with what opens it at first."""

    release_code = forms.CharField(
        label=_("Release code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("What its lock opens with. It is kept encrypted and not shown here again."),
        error_messages={"required": _("Enter the code that opens the lock.")},
    )

    class Meta:
        model = Boot
        fields = ("number", "condition", "release_code")


class CodeForm(forms.Form):
    """The lock opens with another code now."""

    release_code = forms.CharField(
        label=_("Release code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the code that opens the lock.")},
    )


class FitForm(forms.Form):
    """Which boot stands there."""

    boot: forms.ModelChoiceField = forms.ModelChoiceField(
        Boot.objects.none(),
        label=_("Boot"),
        help_text=_("Those in stock that have a release code."),
        error_messages={"required": _("Choose the boot that you have put on the wheel.")},
    )
    location = forms.CharField(label=_("Where"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ready = Boot.objects.filter(state=Boot.State.STOCK).exclude(sealed="")
        self.fields["boot"].queryset = ready  # type: ignore[attr-defined]


class ReturnForm(forms.Form):
    """The boot is here, in which condition."""

    damaged = forms.BooleanField(label=_("It is damaged"), required=False)
    damage = forms.DecimalField(
        label=_("Fee for the damage"), min_value=Decimal(0), max_digits=8, decimal_places=2, required=False
    )
    waive_late = forms.BooleanField(label=_("Ask for no late fee"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=250,
        required=False,
        help_text=_("Needed for a fee for damage, and where no late fee is asked for. The driver reads it."),
    )

    def __init__(self, *args: Any, late: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["damage"].initial = office().boot_damage_fee
        if not late:
            del self.fields["waive_late"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("damaged") and cleaned.get("damage") is None and "damage" not in self.errors:
            self.add_error("damage", _("Enter the fee, or 0 where none is asked for."))
        if (cleaned.get("damaged") or cleaned.get("waive_late")) and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Say why; the driver reads it."))
        return cleaned


class ReasonForm(forms.Form):
    """Why something is done that nobody expects."""

    reason = forms.CharField(label=_("Reason"), max_length=250, error_messages=SAY_WHY)
