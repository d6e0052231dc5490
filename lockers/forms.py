"""What people choose about lockers."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from lockers.models import Locker


class ChooseForm(forms.Form):
    """A number of the grid."""

    locker = forms.ModelChoiceField(
        Locker.objects.select_related("site"),
        error_messages={
            "required": _("Choose a number first."),
            "invalid_choice": _("This number is not there any more. Choose another one."),
        },
    )


class GiveBackForm(forms.Form):
    """The amount that the holder saw."""

    back = forms.DecimalField(max_digits=10, decimal_places=2, min_value=Decimal(0))
