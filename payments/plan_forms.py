"""Forms of payment plans."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from opscom.lib.acting import current_actor
from opscom.lib.office import office
from payments.models import StoredCard
from payments.services.cards import cards_offered
from payments.services.plans.terms import MOST_INSTALMENTS


class CountForm(forms.Form):
    """Into how many instalments."""

    count = forms.TypedChoiceField(
        label=_("How many instalments"), coerce=int, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = office().plan_instalments
        self.fields["count"].choices = [  # type: ignore[attr-defined]
            (n, ngettext("%(n)s instalment", "%(n)s instalments", n) % {"n": n}) for n in range(2, most + 1)
        ]
        self.fields["count"].initial = min(3, most)


class Choices(forms.RadioSelect):
    """One below the other, each a target of its own."""

    template_name = "components/choices.html"


class CardForm(forms.Form):
    """Who pays each instalment: the person, or a stored card. Nobody who acts for somebody spends their card."""

    card = forms.ChoiceField(
        label=_("How it is paid"), required=False, widget=Choices(attrs={"class": "form-check-input"})
    )

    def __init__(self, *args: Any, user: User | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = user is not None and cards_offered() and current_actor() is None
        self.cards = {card.code: card for card in StoredCard.objects.for_user(user).kept()} if offered else {}
        by_hand = ("", _("I pay each instalment myself, here or at the office"))
        charged = [(code, _("Charge %(card)s on each day") % {"card": card}) for code, card in self.cards.items()]
        self.fields["card"].choices = [by_hand, *charged]  # type: ignore[attr-defined]

    def clean_card(self) -> StoredCard | None:
        """The card itself, or none."""
        return self.cards.get(self.cleaned_data["card"])


class AgreeForm(CardForm):
    """Agree to the plan that was shown."""

    count = forms.IntegerField(widget=forms.HiddenInput(attrs={"id": "id_agreed_count"}))
    shown = forms.DecimalField(widget=forms.HiddenInput, max_digits=10, decimal_places=2)


class AskForm(forms.Form):
    """Have a plan that was shown offered by e-mail, without an account."""

    count = forms.IntegerField(widget=forms.HiddenInput(attrs={"id": "id_agreed_count"}))
    shown = forms.DecimalField(widget=forms.HiddenInput, max_digits=10, decimal_places=2)
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("You agree by a link that we send there, and reminders go there."),
        widget=forms.EmailInput(attrs={"class": "form-control", "autocomplete": "email"}),
        error_messages={
            "required": _("Enter your address, as in name@campus.edu."),
            "invalid": _("Add the part after the dot, as in name@campus.edu."),
        },
    )


class OfferForm(forms.Form):
    """What the office offers."""

    count = forms.IntegerField(label=_("How many instalments"), min_value=2, max_value=MOST_INSTALMENTS)
    first_percent = forms.IntegerField(label=_("Paid at once, percent"), min_value=0, max_value=90)


class ReasonForm(forms.Form):
    """Why a plan is cancelled."""

    reason = forms.CharField(
        label=_("Reason; the person reads it"), max_length=250, widget=forms.TextInput(attrs={"class": "vTextField"})
    )
