"""Pages of temporary permits: the lots that have them, Get Temp Permit → Check Availability → Reserve Permit (PER-4)."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.current import current_user
from opscom.lib.dates import Period
from opscom.lib.office import office
from permits.errors import PermitRefused
from permits.gate import active_vehicles, first_things_first, held_message, words_against
from permits.lot_words import times_words
from permits.models import Lot, Permit, PermitType
from permits.services.temporary import check_availability, list_temporary, reserve_temporary, temporary_types
from permits.temporary_forms import WALL, ReserveTimeForm, TimeForm
from permits.views.visiting import keys_of
from vehicles.models import VehicleOwner


@require_safe
@login_required
def list_lots(request: HttpRequest) -> HttpResponse:
    """Every lot with parking by the hour or the day (PER-3)."""
    if not office().temporary_permits:
        raise Http404
    vehicles = active_vehicles(request)
    if gate := first_things_first(request, vehicles):
        return gate
    offers = list_temporary(Lot.objects.visible_to(request.user))
    context = {"offers": offers, "vehicles": vehicles, "against": words_against(vehicles)}
    return render(request, "permits/temporary_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def get_temp_permit(request: HttpRequest, code: str) -> HttpResponse:
    """Get Temp Permit: when and with what, whether a place is free, and take it."""
    if not office().temporary_permits:
        raise Http404
    sold = temporary_types(Lot.objects.open_to(current_user(request)))
    permit_type: PermitType = get_object_or_404(sold, code=code)
    if not permit_type.lot.opens_with(keys_of(request)):
        return redirect("permits:lot", permit_type.lot.code)
    links = list(VehicleOwner.objects.for_user(request.user))
    if gate := first_things_first(request, [link for link in links if link.active]):
        return gate
    if request.method == "POST":
        return _reserve(request, permit_type, ReserveTimeForm(request.POST, permit_type=permit_type, links=links))
    form = TimeForm(request.GET if "starts" in request.GET else None, permit_type=permit_type, links=links)
    return _show(request, permit_type, form)


def _show(request: HttpRequest, permit_type: PermitType, form: TimeForm) -> HttpResponse:
    """The form, and below it what is free then and what it costs."""
    times = list(times_words(permit_type.lot, permit_type))
    context: dict[str, object] = {"form": form, "permit_type": permit_type, "lot": permit_type.lot, "times": times}
    if form.is_bound and form.is_valid():
        try:
            found = check_availability(
                current_user(request), permit_type=permit_type, period=form.period, vehicle=form.chosen
            )
        except PermitRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            vehicle = form.cleaned_data["vehicle"]
            query = urlencode(_fields(found.period, vehicle))
            context |= {
                "found": found,
                "wanted": _fields(found.period, vehicle),
                "times": [(period, urlencode(_fields(period, vehicle))) for period in found.times],
                "elsewhere": [
                    (other, f"{reverse('permits:get_temp', args=[other.code])}?{query}") for other in found.elsewhere
                ],
            }
    return render(request, "permits/temporary.html", context)


def _reserve(request: HttpRequest, permit_type: PermitType, form: ReserveTimeForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, permit_type, form)
    try:
        permit = reserve_temporary(
            current_user(request),
            permit_type=permit_type,
            vehicle=form.chosen,
            period=form.period,
            expected=form.cleaned_data["expected"],
            keys=keys_of(request),
        )
    except PermitRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{request.path}?{urlencode(_fields(form.period, form.cleaned_data['vehicle']))}")
    if permit.state == Permit.State.ACTIVE:
        messages.success(request, _("Permit %(number)s is valid. It costs nothing.") % {"number": permit.number})
        return redirect("permits:detail", permit.code)
    messages.success(request, held_message(permit))
    return redirect("payments:list")


def _fields(period: Period, vehicle: str) -> dict[str, str]:
    """What asks for these moments, whatever was typed."""
    fields = {"vehicle": vehicle}
    for name, moment in (("starts", period.start), ("ends", period.end)):
        local = timezone.localtime(moment)  # type: ignore[arg-type]
        fields |= {name: local.strftime(WALL), f"{name}_second": str(1 + local.fold)}
    return fields
