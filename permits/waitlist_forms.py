"""What staff choose about a queue."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opscom.lib.forms import reason_field
from permits.models import SalesWindow, WaitlistEntry, WaitlistOffer


class ActForm(forms.Form):
    """One deed with one person of a queue, and why."""

    do = forms.ChoiceField(label=_("What"), widget=forms.RadioSelect)
    position = forms.IntegerField(label=_("Position"), min_value=1, max_value=1_000_000, required=False)
    window: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("Sales window"), queryset=SalesWindow.objects.none(), required=False
    )
    hours = forms.IntegerField(label=_("Hours more"), min_value=1, max_value=720, required=False)
    reason = reason_field(required=_("Say why: it stays in the person's history."))

    NEEDS = {"move": "position", "offer": "window", "extend": "hours"}

    def __init__(self, *args: Any, entry: WaitlistEntry, offer: WaitlistOffer | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["do"].choices = self._deeds(entry, offer)  # type: ignore[attr-defined]
        windows = SalesWindow.objects.filter(permit_type__waitlists=entry.waitlist_id, active=True)
        self.fields["window"].queryset = windows.select_related("permit_type")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        needed = self.NEEDS.get(cleaned.get("do", ""))
        if needed and not cleaned.get(needed) and needed not in self.errors:
            self.add_error(needed, _("Fill this in, too."))
        return cleaned

    def _deeds(self, entry: WaitlistEntry, offer: WaitlistOffer | None) -> list[tuple[str, Any]]:
        note = ("note", _("Note the reason, and change nothing else"))
        if offer and offer.state == WaitlistOffer.State.OPEN:
            return [
                ("extend", _("Give more time to answer the offer")),
                ("withdraw", _("Take the offer back; the person waits on")),
                ("remove", _("Take the person off the list; the offer ends")),
                note,
            ]
        if entry.state == WaitlistEntry.State.WAITING:
            return [
                ("move", _("Move to a position")),
                ("offer", _("Offer a free place now, out of order")),
                ("remove", _("Take the person off the list")),
                note,
            ]
        gone = entry.state not in (WaitlistEntry.State.TAKEN, WaitlistEntry.State.OFFERED)
        return [("back", _("Put the person back on the old place")), note] if gone else [note]


class NextForm(forms.Form):
    """How many of the next people are asked."""

    number = forms.IntegerField(label=_("How many"), min_value=1, max_value=100, initial=1)
