"""Change Plates and Courtesy Car: which vehicles may use a permit, now and for some days."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.current import current_user
from opscom.lib.dates import today
from opscom.lib.office import office
from permits.errors import PermitRefused
from permits.forms import CourtesyForm, PlatesForm
from permits.models import Permit
from permits.services.courtesy import courtesy_cars, courtesy_left, end_courtesy_car, put_courtesy_car
from permits.services.plates import change_plates, is_changeable, plates_left
from vehicles.models import VehicleOwner


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_permit_plates(request: HttpRequest, code: str) -> HttpResponse:
    """Tick the plates that the permit has from now on."""
    permit = _permit(request, code)
    if not is_changeable(permit):
        return _over(request, permit)
    present = [link.vehicle for link in permit.plates.filter(courtesy=False).select_related("vehicle")]
    active = VehicleOwner.objects.for_user(request.user).filter(active=True).exclude(vehicle__in=present)
    form = PlatesForm(
        request.POST if request.method == "POST" else None, present=present, offered=[link.vehicle for link in active]
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_plates(permit, vehicles=form.chosen(), by=current_user(request))
        except PermitRefused as refusal:
            form.add_error("plates", str(refusal))
        else:
            messages.success(request, _("The plates are changed. It holds at once."))
            return redirect("permits:detail", permit.code)
    return render(request, "permits/plates.html", {"permit": permit, "form": form, "left": plates_left(permit)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add_courtesy_car(request: HttpRequest, code: str) -> HttpResponse:
    """A plate for some days."""
    permit = _permit(request, code)
    if not office().courtesy_days:
        raise Http404
    if not is_changeable(permit):
        return _over(request, permit)
    form = CourtesyForm(request.POST or None, initial={"first": max(today(), permit.valid_from), "region": "CA-ON"})
    if request.method == "POST" and form.is_valid():
        try:
            car = put_courtesy_car(permit, **form.cleaned_data, by=current_user(request))
        except PermitRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(plate)s is on the permit for these days.") % {"plate": car.vehicle})
            return redirect("permits:detail", permit.code)
    context = {"permit": permit, "form": form, "cars": courtesy_cars(permit), "left": courtesy_left(permit)}
    return render(request, "permits/courtesy.html", context)


@require_POST
@login_required
def stop_courtesy_car(request: HttpRequest, code: str) -> HttpResponse:
    """Take it off before its last day."""
    permit, car = _permit(request, code), request.POST.get("car", "")
    try:
        end_courtesy_car(permit, link=int(car) if car.isdecimal() else 0, by=current_user(request))
    except PermitRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The courtesy car is off the permit."))
    return redirect("permits:detail", permit.code)


def _permit(request: HttpRequest, code: str) -> Permit:
    return get_object_or_404(Permit.objects.for_user(request.user).select_related("lot"), code=code)


def _over(request: HttpRequest, permit: Permit) -> HttpResponse:
    messages.error(request, _("This permit is over, so its plates stay as they were. Reserve a new one."))
    return redirect("permits:detail", permit.code)
