"""What people write in an appeal, and what the office answers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vehicles.widgets import PlateInput
from violations.models import Appeal, CannedText
from violations.models.appeal import LONGEST

DECISIONS = (
    (Appeal.State.UPHELD.value, _("Uphold: the ticket stands")),
    (Appeal.State.REDUCED.value, _("Reduce to the amount below")),
    (Appeal.State.CANCELLED.value, _("Cancel the ticket")),
)
TOO_LONG = _("Up to 4,000 characters fit. Shorten the text, or add a file.")
UNPRINTABLE = {"null_characters_not_allowed": _("Write letters, digits and signs only.")}


class ReasonForm(forms.Form):
    """Reason for Appeal. A draft may be empty; submitting it is the service's to refuse."""

    reason = forms.CharField(
        label=_("Reason for Appeal"),
        required=False,
        max_length=LONGEST,
        help_text=_(
            "What happened, where you had parked and what shows it. The officer's photos are on file already. Up to 4,000 "
            "characters."
        ),
        error_messages={"max_length": TOO_LONG, **UNPRINTABLE},
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 7}),
    )


class GuestReasonForm(ReasonForm):
    """The same from somebody without an account: where the decision goes."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        required=False,
        error_messages=UNPRINTABLE,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Your e-mail"),
        required=False,
        help_text=_("The decision goes there, with a link that shows how your appeal stands."),
        error_messages={"invalid": _("Add the part after the dot, as in name@campus.edu."), **UNPRINTABLE},
        widget=forms.EmailInput(attrs={"class": "form-control", "autocomplete": "email"}),
    )

    field_order = ("name", "email", "reason")


class AnswerForm(forms.Form):
    """The answer to what the office asks."""

    answer = forms.CharField(
        label=_("Your answer"),
        required=False,
        max_length=LONGEST,
        error_messages={"max_length": TOO_LONG, **UNPRINTABLE},
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 5}),
    )


class PlateOrTicketForm(forms.Form):
    """Search Plate or Ticket: one field for either."""

    wanted = forms.CharField(
        label=_("Search Plate or Ticket"),
        max_length=60,
        help_text=_("A plate such as CKRT 418, or a ticket number such as TT-10133."),
        error_messages={
            "required": _("Enter a plate or a ticket number, for example TT-10133."),
            "max_length": _("Plates and ticket numbers are shorter than this."),
            **UNPRINTABLE,
        },
        widget=PlateInput,
    )


class DecisionForm(forms.Form):
    """What a reviewer decides, or asks."""

    decision = forms.ChoiceField(label=_("Decision"), choices=DECISIONS, widget=forms.RadioSelect, required=False)
    amount = forms.DecimalField(label=_("Reduce to"), required=False, min_value=0, max_digits=10, decimal_places=2)
    canned: forms.ModelChoiceField = forms.ModelChoiceField(
        CannedText.objects.none(),
        label=_("Canned text"),
        required=False,
        help_text=_("Put before what you write, in the language of whoever appealed."),
    )
    response = forms.CharField(
        label=_("Reasons, or your question"),
        required=False,
        max_length=LONGEST,
        help_text=_("Whoever appealed reads this."),
        widget=forms.Textarea(attrs={"rows": 7, "class": "vLargeTextField"}),
    )

    owed = forms.DecimalField(required=False, widget=forms.HiddenInput)  # what the preview showed, brought back
    back = forms.DecimalField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["canned"].queryset = CannedText.objects.filter(active=True)  # type: ignore[attr-defined]
