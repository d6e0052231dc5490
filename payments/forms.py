"""Forms of payments."""

from decimal import Decimal
from functools import cached_property
from typing import Any, cast

from django import forms
from django.db.models import Prefetch, prefetch_related_objects
from django.forms.boundfield import BoundWidget
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import ZERO
from payments.models import Adjustment, Checkout, CheckoutLine, Payment, PaymentMethod, StoredCard
from payments.models.payment import ReceivedAs
from payments.services.cards import card_for, purposes_offered
from payments.services.credits import credit_for

STORED = "stored-"  # and the card's code, among the choices alone: a payment on a stored card is one by card


class MethodForm(forms.Form):
    """How to pay, and where the receipt goes. `credit` is the credit that the page showed: the sum on its button holds."""

    credit = forms.DecimalField(max_digits=10, decimal_places=2, min_value=ZERO, required=False)
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
        self.checkout = checkout
        self.card: StoredCard | None = None
        self.methods = {method.code: method for method in self._offered()}
        field = cast(forms.ChoiceField, self.fields["method"])
        field.choices = [(code, method.name) for code, method in self.methods.items()]
        field.error_messages["required"] = _("Choose how you want to pay.")
        if str(self.data.get("method", "")).startswith(STORED):
            choose, other = _("Choose how you want to pay."), _("You have another primary card now.")
            field.error_messages["invalid_choice"] = f"{other} {choose}" if self.card else choose
        self.initial.setdefault("method", next(iter(self.methods), None))
        self.initial.setdefault("email", checkout.email)
        for name in self.errors:
            self.fields[name].widget.attrs["class"] = "form-control is-invalid"

    def _offered(self) -> list[PaymentMethod]:
        """Credit alone where it covers everything, else what this payer may choose for these items."""
        if self._shown() >= self.checkout.total:
            return list(PaymentMethod.objects.filter(code=PaymentMethod.CREDIT, active=True))
        offered = PaymentMethod.objects.offered_to(
            self.checkout.user, lambda: {line.charge.kind for line in lines_of(self.checkout)}
        )
        self.card = None if self._shown() else card_for(self.checkout)
        if self.card and any(method.code == PaymentMethod.CARD for method in offered):
            stored = _("Stored card %(card)s") % {"card": self.card}
            offered.insert(0, PaymentMethod(code=self.stored, name=stored))
        return offered

    @property
    def stored(self) -> str:
        """The choice of the stored card; it names the card, so that no other one is charged than the page showed."""
        return f"{STORED}{self.card.code}" if self.card else ""

    @property
    def chosen_card(self) -> StoredCard | None:
        """The stored card, where the payer chose it."""
        return self.card if self.cleaned_data["method"].code == self.stored else None

    def _shown(self) -> Decimal:
        """The credit that the page showed, or will show."""
        if not self.is_bound:
            return self.available
        try:
            return self.fields["credit"].clean(self.data.get("credit")) or ZERO
        except forms.ValidationError:
            return ZERO

    @cached_property
    def credits(self) -> list[Adjustment]:
        """What the payer could spend here."""
        return credit_for(self.checkout)

    @property
    def available(self) -> Decimal:
        """All of that together."""
        return sum((credit.credit for credit in self.credits), start=ZERO)

    @property
    def spent(self) -> Decimal:
        """As much of it as this checkout needs."""
        return min(self.available, self.checkout.total)

    @property
    def left(self) -> Decimal:
        """What is to be paid in another way."""
        return self.checkout.total - self.spent

    @property
    def kept(self) -> Decimal:
        """The credit that stays for next time."""
        return self.available - self.spent

    def options(self) -> list[tuple[BoundWidget, PaymentMethod]]:
        """Each radio button with its method."""
        return [(radio, self.methods[radio.data["value"]]) for radio in self["method"]]

    def clean_method(self) -> PaymentMethod:
        """The method itself."""
        return self.methods[self.cleaned_data["method"]]

    def clean_credit(self) -> Decimal:
        """Nothing where the page showed none."""
        return self.cleaned_data["credit"] or ZERO

    def clean_email(self) -> str:
        """In small letters, as the office searches for it."""
        return str(self.cleaned_data["email"]).lower()


def lines_of(checkout: Checkout) -> list[CheckoutLine]:
    """The lines of a checkout with their charges and whose they are, read once."""
    prefetch_related_objects([checkout], Prefetch("lines", CheckoutLine.objects.select_related("charge__payer")))
    return list(checkout.lines.all())


class ProcessForm(forms.Form):
    """What a cashier was handed."""

    received = forms.DecimalField(
        label=_("Amount received"), max_digits=10, decimal_places=2, min_value=Decimal("0.01")
    )
    received_as = forms.ChoiceField(label=_("Received as"), choices=ReceivedAs.choices)

    def __init__(self, *args: Any, payment: Payment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payment = payment
        self.initial["received"] = payment.amount
        if not payment.amount:
            del self.fields["received"]
        if payment.method_id != PaymentMethod.CASH:
            del self.fields["received_as"]

    def clean(self) -> dict[str, Any]:
        """Nothing is handed over where credit covers everything; only what is brought is cash, a cheque or a card."""
        given = super().clean() or self.cleaned_data
        kind = given.get("received_as")
        received = given.get("received") if self.payment.amount else ZERO
        return {**given, "received": received, "received_as": ReceivedAs(kind) if kind else None}


class PaymentMethodTypeForm(forms.Form):
    """What a card that is about to be stored may pay (CARD-1, CARD-4)."""

    purpose = forms.ChoiceField(
        label=_("Payment Subscription type"),
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={
            "required": _("Choose what the card may pay."),
            "invalid_choice": _("Choose what the card may pay."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = purposes_offered()
        cast(forms.ChoiceField, self.fields["purpose"]).choices = [(choice.value, choice.label) for choice in offered]
        self.initial.setdefault("purpose", offered[0].value)
