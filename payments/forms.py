"""Forms of payments."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.models import Checkout, PaymentMethod
from payments.models.payment import ReceivedAs


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
        kinds = {line.charge.kind for line in checkout.lines.all()}
        self.methods = {method.code: method for method in PaymentMethod.objects.offered_to(checkout.user, kinds)}
        field = cast(forms.ChoiceField, self.fields["method"])
        field.choices = [(code, method.name) for code, method in self.methods.items()]
        field.error_messages["required"] = _("Choose how you want to pay.")
        self.initial.setdefault("method", next(iter(self.methods), None))
        self.initial.setdefault("email", checkout.email)
        for name in self.errors:
            self.fields[name].widget.attrs["class"] = "form-control is-invalid"

    def clean_method(self) -> PaymentMethod:
        """The method itself."""
        return self.methods[self.cleaned_data["method"]]

    def clean_email(self) -> str:
        """In small letters, as the office searches for it."""
        return str(self.cleaned_data["email"]).lower()


class ProcessForm(forms.Form):
    """What a cashier was handed."""

    received = forms.DecimalField(
        label=_("Amount received"), max_digits=10, decimal_places=2, min_value=Decimal("0.01")
    )
    received_as = forms.ChoiceField(label=_("Received as"), choices=ReceivedAs.choices)
