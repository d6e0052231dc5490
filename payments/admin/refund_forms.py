"""Forms of refunds."""

from decimal import Decimal
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import format_money
from payments.models import Charge, Payment, Refund
from payments.models.refund import HandedAs
from payments.services.refundable import Way, most_refundable, standing_of


class RefundForm(forms.Form):
    """What of a payment goes back, and why."""

    charge = forms.ChoiceField(label=_("For"), required=False)
    amount = forms.DecimalField(label=_("Amount"), max_digits=10, decimal_places=2, min_value=Decimal("0.01"))
    way = forms.ChoiceField(label=_("How"), choices=Way.choices)
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"class": "vTextField"}))

    def __init__(self, *args: Any, payment: Payment, chosen: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = standing_of(payment)
        keys = [pk for pk, left in standing.charges.items() if left > 0]
        self.charges = Charge.objects.exclude(state=Charge.State.OPEN).in_bulk(keys)
        surplus = [("", _("Surplus: %(left)s") % {"left": format_money(standing.surplus)})]
        cast(forms.ChoiceField, self.fields["charge"]).choices = (surplus if standing.surplus > 0 else []) + [
            (str(pk), f"{charge.description}: {format_money(most_refundable(charge, standing))}")
            for pk, charge in self.charges.items()
        ]
        own = self.charges.get(int(chosen)) if chosen.isdecimal() else None
        if own or standing.surplus > 0 or self.charges:
            own = own or (None if standing.surplus > 0 else next(iter(self.charges.values())))
            self.initial.update(charge=str(own.pk) if own else "", amount=most_refundable(own, standing))

    def wanted(self) -> dict[str, Any]:
        """The arguments of the service."""
        data = self.cleaned_data
        return {
            "charge": self.charges[int(data["charge"])] if data["charge"] else None,
            "amount": data["amount"],
            "way": Way(data["way"]),
            "reason": data["reason"],
        }


class DecisionForm(forms.Form):
    """What becomes of a refund that waits, failed, or is to be handed out."""

    CHOICES: ClassVar[dict[str, list[tuple[str, Any]]]] = {
        "requested": [("approve", _("Approve")), ("reject", _("Reject"))],
        "failed": [
            ("retry", _("Try again")),
            (Way.OFFICE, _("Hand it out at the office instead")),
            (Way.CREDIT, _("Give it as credit instead")),
            ("drop", _("Give nothing back")),
        ],
        "created": [
            ("", _("How was it handed out?")),
            (HandedAs.CASH, HandedAs.CASH.label),
            (HandedAs.CHEQUE, HandedAs.CHEQUE.label),
            (HandedAs.OTHER, HandedAs.OTHER.label),
        ],
    }
    what = forms.ChoiceField(label=_("Decision"))
    reason = forms.CharField(
        label=_("Reason or note"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args: Any, refund: Refund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        due = refund.state != Refund.State.CREATED or refund.target == Refund.Target.OFFICE
        self.choices = self.CHOICES.get(refund.state, []) if due else []
        if refund.external:  # it was made at the provider: there is nothing of ours to try
            self.choices = [choice for choice in self.choices if choice[0] == "drop"]
        cast(forms.ChoiceField, self.fields["what"]).choices = self.choices
