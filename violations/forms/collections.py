"""What the office enters about tickets at the collection agency."""

from decimal import Decimal
from typing import ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class RecallForm(forms.Form):
    """Why a ticket comes back."""

    text: ClassVar[str | Promise] = _(
        "The office has the ticket back: it can be paid here again, late fees count on, and it does not go to the agency a "
        "second time by itself. Tell the agency."
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


class AgencyPaymentForm(forms.Form):
    """What the agency passed on."""

    text: ClassVar[str | Promise] = _(
        "Money that the agency passed on for this ticket. A part leaves the rest at the agency; more than is owed becomes a "
        "surplus."
    )
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=8, decimal_places=2)
    reference = forms.CharField(label=_("Reference of the agency"), max_length=60, help_text=_("Each is booked once."))
