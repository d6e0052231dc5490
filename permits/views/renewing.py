"""Renew: the permit that follows the one that runs, from the day after its end."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.current import current_user
from permits.errors import PermitRefused
from permits.forms import PlatesForm
from permits.gate import first_things_first, held_message
from permits.models import Permit, SalesWindow
from permits.services.early import windows_after
from permits.services.offers import find_offer
from permits.services.plates import check_number
from permits.services.reserve import reserve_permit
from permits.views.visiting import keys_of
from vehicles.models import VehicleOwner


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def renew(request: HttpRequest, code: str) -> HttpResponse:
    """What follows, for how much, and for which plates; then on to Payments."""
    user = current_user(request)
    permit = get_object_or_404(Permit.objects.for_user(user).select_related("lot", "holder"), code=code)
    windows = list(windows_after(permit, at=timezone.now()))
    wanted = request.GET.get("window")
    window = next((one for one in windows if one.code == wanted or not wanted), None)
    if not permit.lot.opens_with(keys_of(request)):
        return redirect("permits:lot", permit.lot.code)
    links = list(VehicleOwner.objects.for_user(user).filter(active=True).select_related("vehicle"))
    if gate := first_things_first(request, links):
        return gate
    form = _form(request, permit, links)
    if request.method == "POST" and window and form.is_valid():
        return _renew(request, permit, window, form)
    offer = find_offer(user, window, renewing=True) if window else None
    if offer is None or not offer.renews or offer.renews.code != permit.code or not offer.sells:
        messages.error(request, _("This permit cannot be renewed now. Look at what the lots sell today."))
        return redirect("permits:detail", permit.code)
    others = [one for one in windows if one != window]
    context = {"permit": permit, "offer": offer, "lot": permit.lot, "form": form, "others": others}
    return render(request, "permits/renew.html", context)


def _form(request: HttpRequest, permit: Permit, links: list[VehicleOwner]) -> PlatesForm:
    """The plates of the old permit are ticked, as far as their vehicles are still turned on."""
    old = set(permit.plates.filter(courtesy=False).values_list("vehicle", flat=True))
    vehicles = [link.vehicle for link in links]
    return PlatesForm(
        request.POST if request.method == "POST" else None,
        present=[vehicle for vehicle in vehicles if vehicle.pk in old],
        offered=[vehicle for vehicle in vehicles if vehicle.pk not in old],
    )


def _renew(request: HttpRequest, permit: Permit, window: SalesWindow, form: PlatesForm) -> HttpResponse:
    user, vehicles = current_user(request), form.chosen()
    try:
        check_number(len(vehicles))
        new = reserve_permit(user, window=window, vehicles=vehicles, keys=keys_of(request), renews=permit)
    except PermitRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("permits:detail", permit.code)
    if new.state == Permit.State.HELD:
        messages.success(request, held_message(new))
        return redirect("payments:list")
    return redirect("permits:detail", new.code)
