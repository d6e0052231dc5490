"""Forms of the office's counter: take a payment, add credit, open and close a drawer."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opscom.lib.codes import new_code
from opscom.lib.money import ZERO, format_money
from payments.forms import MethodForm, lines_of
from payments.models import Adjustment, Checkout, PaymentMethod
from payments.models.payment import ReceivedAs
from payments.services.drawers import PIECES

CENT = Decimal("0.01")
MOST = Decimal("99999999.99")


class TakeForm(MethodForm):
    """By what the person pays at the counter, or through payroll and the like."""

    method = forms.ChoiceField(label=_("Payment Method"))
    email = None  # type: ignore[assignment]  # the receipt goes to the person's own address

    def _offered(self) -> list[PaymentMethod]:
        if self._shown() >= self.checkout.total:
            return list(PaymentMethod.objects.filter(code=PaymentMethod.CREDIT, active=True))
        return staff_methods(self.checkout)


class CreditForm(forms.Form):
    """Add Credit (FLEX-1). `once` makes a form that is sent twice one credit."""

    method = forms.ChoiceField(label=_("Payment Method"))
    amount = forms.DecimalField(label=_("Amount"), max_digits=10, decimal_places=2, min_value=CENT)
    received_as = forms.ChoiceField(
        label=_("Received as"),
        choices=[("", "---------"), *ReceivedAs.choices],
        required=False,
        help_text=_("For what is brought to the counter: only cash belongs in the drawer."),
    )
    comment = forms.CharField(
        label=_("Comment"), max_length=200, required=False, widget=forms.TextInput(attrs={"class": "vTextField"})
    )
    once = forms.SlugField(max_length=12, widget=forms.HiddenInput, initial=new_code)

    def __init__(self, *args: Any, kinds: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.methods = {method.code: method for method in PaymentMethod.objects.taken_by_staff(kinds)}
        self.fields["method"].choices = [(code, method.name) for code, method in self.methods.items()]  # type: ignore[attr-defined]

    def clean_method(self) -> PaymentMethod:
        """The method itself."""
        return self.methods[self.cleaned_data["method"]]

    def clean(self) -> dict[str, Any]:
        """What is brought to the counter is said to be cash, a cheque or a card; nothing else is."""
        given = super().clean() or self.cleaned_data
        method, received_as = given.get("method"), given.get("received_as")
        if method is None or method.code != PaymentMethod.CASH:
            return {**given, "received_as": None}
        if not received_as:
            self.add_error("received_as", _("Say as what the money was received."))
        return {**given, "received_as": ReceivedAs(received_as) if received_as else None}

    def clean_once(self) -> str:
        """A code of this form's own, not that of some other credit."""
        once: str = self.cleaned_data["once"]
        if Adjustment.objects.filter(code=once, amount__gt=0).exists():
            raise forms.ValidationError(_("Open this page again."))
        return once


class OpenDrawerForm(forms.Form):
    """What is in the drawer before the first payment."""

    float_amount = forms.DecimalField(label=_("Float"), max_digits=10, decimal_places=2, min_value=ZERO, max_value=MOST)


class CloseDrawerForm(forms.Form):
    """How many of each note and coin; the reason where the sum is not what it should be."""

    reason = forms.CharField(
        label=_("Reason for a difference"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counts = {
            _field(piece): forms.IntegerField(
                label=format_money(piece), min_value=0, max_value=99999, required=False, initial=0
            )
            for piece in PIECES
        }
        self.fields = counts | self.fields

    def counts(self) -> dict[Decimal, int]:
        """How many of each."""
        return {piece: self.cleaned_data[_field(piece)] or 0 for piece in PIECES}


def _field(piece: Decimal) -> str:
    return f"n{int(piece * 100)}"


def staff_methods(checkout: Checkout) -> list[PaymentMethod]:
    """What the office may be given for the items of this checkout."""
    return PaymentMethod.objects.taken_by_staff({line.charge.kind for line in lines_of(checkout)})
