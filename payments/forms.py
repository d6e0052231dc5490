"""Forms of payments."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from opscom.lib.office import office
from payments.models import Checkout
from payments.models.payment import Method, ReceivedAs


class MethodForm(forms.Form):
    """How to pay, and where the receipt goes."""

    method = forms.ChoiceField(label=_("How do you want to pay?"), widget=forms.RadioSelect)
    email = forms.EmailField(
        label=_("Email for the receipt"),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "form-control", "autocomplete": "email"}),
        error_messages={
            "required": _("Enter the address for the receipt, as in name@campus.edu."),
            "invalid": _("Add the part after the dot, as in name@campus.edu."),
        },
    )

    def __init__(self, *args: Any, checkout: Checkout, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cash = office().cash_enabled if checkout.user_id else office().cash_for_guests
        methods = [Method.CARD, *([Method.CASH] if cash else [])]
        field = cast(forms.ChoiceField, self.fields["method"])
        field.choices = [(method.value, method.label) for method in methods]
        field.error_messages["required"] = _("Choose how you want to pay.")
        self.initial.setdefault("method", methods[0].value)
        self.initial.setdefault("email", checkout.email)
        for name in self.errors:
            self.fields[name].widget.attrs["class"] = "form-control is-invalid"

    def clean_email(self) -> str:
        """In small letters, as the office searches for it."""
        return str(self.cleaned_data["email"]).lower()


class ProcessForm(forms.Form):
    """What a cashier was handed."""

    received = forms.DecimalField(
        label=_("Amount received"), max_digits=10, decimal_places=2, min_value=Decimal("0.01")
    )
    received_as = forms.ChoiceField(label=_("Received as"), choices=ReceivedAs.choices)
