"""Is this car allowed here? A lot and a plate, and the answer above them."""

from typing import Any

from allauth.core.ratelimit import consume
from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.current import current_user
from accounts.models import User
from opscom.lib.office import office
from permits.errors import PermitRefused
from permits.gate import active_vehicles
from permits.models import Lot, Permit
from permits.plate_forms import clean_plate
from permits.services.asking import ask_about
from vehicles.widgets import PlateInput

TOO_MANY_REQUESTS = 429


class AskForm(forms.Form):
    """Where, and which car."""

    lot: forms.ModelChoiceField = forms.ModelChoiceField(
        Lot.objects.none(),
        label=gettext_lazy("Lot"),
        to_field_name="code",
        empty_label=gettext_lazy("Choose a lot."),
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose a lot.")),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    plate = forms.CharField(
        label=gettext_lazy("Plate"),
        max_length=20,
        error_messages={"required": gettext_lazy("Enter the plate, for example CKRT 418.")},
        widget=PlateInput({"list": "own-plates"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = Lot.objects.visible_to(user).values("pk")
        held = Permit.objects.for_user(user).filter(state=Permit.State.ACTIVE).values("lot")
        lots = Lot.objects.filter(Q(pk__in=shown) | Q(pk__in=held))
        self.fields["lot"].queryset = lots  # type: ignore[attr-defined]

    def clean_plate(self) -> str:
        """The plate as the office compares it."""
        return clean_plate(self.cleaned_data["plate"])


@sensitive_post_parameters("plate")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask_if_allowed(request: HttpRequest) -> HttpResponse:
    """The form, and after a POST the answer: no address holds a plate."""
    user, told, status = current_user(request), None, 200
    vehicles = active_vehicles(request)
    initial = {"lot": request.GET.get("lot", ""), "plate": vehicles[0].vehicle.plate if len(vehicles) == 1 else ""}
    form = AskForm(request.POST if request.method == "POST" else None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        if not consume(request, action="plate_question", user=user):
            form.add_error(None, _("Too many questions. Wait an hour, or call the office at %s.") % office().phone)
            status = TOO_MANY_REQUESTS
        else:
            try:
                told = ask_about(user, plate=form.cleaned_data["plate"], lot=form.cleaned_data["lot"])
            except PermitRefused as refusal:
                form.add_error("plate", str(refusal))
    return render(request, "permits/allowed.html", {"form": form, "told": told, "vehicles": vehicles}, status=status)
