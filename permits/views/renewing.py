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
from permits.gate import first_things_first, held_message, vehicles_for
from permits.models import Permit, SalesWindow
from permits.services.early import windows_after
from permits.services.offers import offers_after
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
    if not permit.lot.opens_with(keys_of(request)):
        return redirect("permits:lot", permit.lot.code)
    links = vehicles_for(request, permit)
    if gate := first_things_first(request, links):
        return gate
    wanted, form = request.GET.get("window"), _form(request, links)
    if request.method == "POST" and form.is_valid() and (window := _chosen(permit, wanted)):
        return _renew(request, permit, window, form)
    offers = offers_after(permit)
    offer = next((one for one in offers if one.window.code == wanted or not wanted), None)
    if offer is None or not offer.sells:
        messages.error(request, _("This permit cannot be renewed now. Look at what the lots sell today."))
        return redirect("permits:detail", permit.code)
    context = {
        "permit": permit,
        "offer": offer,
        "lot": permit.lot,
        "form": form,
        "others": [one.window for one in offers if one is not offer],
        "to_pay": links[0].to_pay,  # type: ignore[attr-defined]
    }
    return render(request, "permits/renew.html", context)


def _chosen(permit: Permit, code: str | None) -> SalesWindow | None:
    """The window of that code, or the next one, among those that go on from the permit."""
    windows = windows_after(permit, at=timezone.now())
    return (windows.filter(code=code) if code else windows).first()


def _form(request: HttpRequest, links: list[VehicleOwner]) -> PlatesForm:
    """The plates of the old permit are ticked, as far as their vehicles are still turned on."""
    return PlatesForm(
        request.POST if request.method == "POST" else None,
        present=[link.vehicle for link in links if link.on_permit],  # type: ignore[attr-defined]
        offered=[link.vehicle for link in links if not link.on_permit],  # type: ignore[attr-defined]
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
