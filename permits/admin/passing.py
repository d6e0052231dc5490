"""Pass a permit on to another person, or swap two: what would happen first, and only then the deed."""

from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.current import current_user
from accounts.models import User
from opscom.lib.forms import reason_field
from permits.errors import PermitRefused
from permits.models import Permit
from permits.services.passing import pass_on, swap
from vehicles.models import Vehicle
from vehicles.plates import normalise_plate


class PassOnForm(forms.Form):
    """To whom, or for which other permit, and why."""

    person = forms.ModelChoiceField(
        User.objects.filter(is_active=True),
        label=gettext_lazy("Person"),
        required=False,
        widget=AutocompleteSelect(Permit._meta.get_field("holder"), admin.site),
    )
    plate = forms.CharField(
        label=gettext_lazy("Plate of that person"),
        max_length=15,
        required=False,
        help_text=gettext_lazy("The vehicle that the permit is for from now on. Others can be put on it later."),
    )
    other = forms.CharField(
        label=gettext_lazy("Or the number of the permit to swap with"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("Each person takes the place of the other, with the plates of their own permit."),
    )
    reason = reason_field(required=gettext_lazy("Say why; it stands in the history of both permits."))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(cleaned.get("person")) == bool(cleaned.get("other")):
            raise forms.ValidationError(_("Choose a person, or give the number of the other permit."))
        return cleaned


class Begun(NamedTuple):
    """A permit that begins, and for which vehicles."""

    permit: Permit
    vehicles: list[Vehicle]


class PassingVerbs:
    """Before the permits' admin class."""

    admin_site: admin.AdminSite
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.pass_on_view)
        return [path("<int:pk>/pass-on/", view, name="permits_permit_pass_on"), *super().get_urls()]  # type: ignore[misc]

    def pass_on_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What would happen, done and taken back; then, confirmed, it happens."""
        if not request.user.has_perm("permits.move_permit"):
            raise PermissionDenied
        permit = get_object_or_404(Permit.objects.select_related("holder", "lot"), pk=pk)
        form = PassOnForm(request.POST or None)
        if not request.user.has_perm("accounts.view_user"):
            form.fields["person"].queryset = User.objects.none()  # type: ignore[attr-defined]
        begun: list[Begun] = []
        if request.method == "POST" and form.is_valid():
            confirmed = "confirmed" in request.POST
            try:
                begun = _do(permit, form.cleaned_data, current_user(request), keep=confirmed)
            except PermitRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                if confirmed:
                    messages.success(request, _("It is done, and both people were written to."))
                    return redirect("admin:permits_permit_change", begun[0].permit.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Pass %(number)s on") % {"number": permit.number},
            "original": permit,
            "opts": self.opts,
            "form": form,
            "media": form.media,
            "begun": begun,
        }
        return render(request, "admin/permits/permit/pass_on.html", context)


def _do(permit: Permit, said: dict[str, Any], by: User, *, keep: bool) -> list[Begun]:
    """What begins. Unless it is to be kept, all of it is taken back. PermitRefused."""
    with transaction.atomic():
        if said["person"]:
            new = [pass_on(permit, to=said["person"], vehicles=_vehicles(said), reason=said["reason"], by=by)]
        else:
            new = list(swap(permit, _other(said["other"]), reason=said["reason"], by=by))
        begun = [Begun(each, [link.vehicle for link in each.plates.select_related("vehicle")]) for each in new]
        transaction.set_rollback(not keep)
    return begun


def _vehicles(said: dict[str, Any]) -> list[Vehicle]:
    plate = normalise_plate(said["plate"])
    links = said["person"].vehicle_links.filter(active=True, vehicle__plate=plate).select_related("vehicle")
    return [link.vehicle for link in links][:1]


def _other(number: str) -> Permit:
    found = Permit.objects.filter(number=number.strip().upper(), state=Permit.State.ACTIVE).order_by("-valid_from")
    if (other := found.select_related("holder").first()) is None:
        raise PermitRefused(_("There is no valid permit with that number."), code="unknown")
    return other
