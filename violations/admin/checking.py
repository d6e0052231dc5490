"""Check a plate on the lot, with one hand: one big field, one word as the answer, one way to a ticket."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.places import REGIONS
from permits.models import Lot, PlateCheck
from permits.plate_forms import clean_plate
from permits.plate_words import notes, sentence
from permits.services.plate_check import Answer, check_plate, record_check
from vehicles.widgets import PlateInput

LOT = "plate_check_lot"
SHOWN = 8
Verdict = PlateCheck.Verdict
LOOKS = {
    Verdict.COVERED: ("check-circle", "is-paid"),
    Verdict.ELSEWHERE: ("arrows-right-left", "is-owed"),
    Verdict.UNPAID: ("clock", "is-owed"),
    Verdict.LATER: ("clock", "is-owed"),
    Verdict.SUSPENDED: ("no-symbol", "is-overdue"),
    Verdict.OFF_HOURS: ("clock", "is-owed"),
    Verdict.FREE: ("check-circle", "is-paid"),
    Verdict.CLOSED: ("no-symbol", "is-overdue"),
    Verdict.EXPIRED: ("x-circle", "is-overdue"),
    Verdict.UNKNOWN: ("question-mark-circle", "is-overdue"),
}


class CheckForm(forms.Form):
    """The plate that stands there, and in which lot."""

    plate = forms.CharField(
        label=_("Plate"),
        max_length=20,
        error_messages={"required": _("Enter the plate, for example CKRT 418.")},
        widget=PlateInput({"class": "plate-field plate-big", "autofocus": True}),
    )
    lot: forms.ModelChoiceField = forms.ModelChoiceField(
        Lot.objects.none(), label=_("Lot"), required=False, empty_label=_("Any lot")
    )
    region = forms.ChoiceField(
        label=_("Province or state"), choices=[("", _("Any province or state")), *REGIONS], required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lot"].queryset = Lot.objects.all()  # type: ignore[attr-defined]

    def clean_plate(self) -> str:
        """The plate as the office compares it."""
        return clean_plate(self.cleaned_data["plate"])


def check_page(request: HttpRequest) -> HttpResponse:
    """The form; after a POST the answer above it, logged. The session keeps the lot, no address holds a plate."""
    if not request.user.has_perm("permits.check_platecheck"):
        raise PermissionDenied
    form = CheckForm(request.POST or None, initial={"lot": request.session.get(LOT)})
    answer = None
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        answer = check_plate(asked["plate"], region=asked["region"], lot=asked["lot"])
        record_check(answer, by=current_user(request))
        lot = asked["lot"].pk if asked["lot"] else None
        if request.session.get(LOT) != lot:
            request.session[LOT] = lot
        form = CheckForm(initial={"lot": lot})
    latest = PlateCheck.objects.filter(by=current_user(request)).exclude(plate="").select_related("lot")[:SHOWN]
    context = {
        **admin.site.each_context(request),
        "title": _("Check a plate"),
        "form": form,
        "result": shown_answer(request, answer) if answer else None,
        "latest": [(check, *LOOKS[Verdict(check.verdict)]) for check in latest],
    }
    return render(request, "violations/office/check.html", context)


def shown_answer(request: HttpRequest, answer: Answer) -> dict[str, Any]:
    """The answer at one glance, and where to go from it."""
    icon, colour = LOOKS[answer.verdict]
    said = notes(answer)
    if answer.other:
        icon, colour = "exclamation-triangle", "is-owed"
    query = {"plate": answer.plate, "plate_region": answer.region, "lot": answer.lot.pk if answer.lot else ""}
    ticket = f"{reverse('admin:violations_violation_write')}?{urlencode({k: v for k, v in query.items() if v})}"
    return {
        "answer": answer,
        "word": answer.verdict.label,
        "icon": icon,
        "colour": colour,
        "sentence": sentence(answer),
        "notes": list(said.values()),
        "ticket": ticket if request.user.has_perm("violations.add_violation") else "",
        "permit": answer.permit if request.user.has_perm("permits.view_permit") else None,
    }
