"""Pages of vehicles: the list, the disclaimer, adding and editing one."""

from copy import copy
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import current_user
from vehicles.errors import VehicleRefused
from vehicles.forms import VehicleForm
from vehicles.models import VehicleOwner
from vehicles.services import add_vehicle as add_for
from vehicles.services import change_vehicle, reason_to_keep_plate, set_active
from vehicles.uses import uses_of

AGREED = "vehicle_disclaimer_at"
SHOWN = 200


@require_safe
@login_required
def list_vehicles(request: HttpRequest) -> HttpResponse:
    """This person's vehicles, the active ones first (VEH-1)."""
    links = list(VehicleOwner.objects.for_user(request.user)[:SHOWN])
    return render(request, "vehicles/list.html", {"links": links, "next": safe_next(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def agree_to_disclaimer(request: HttpRequest) -> HttpResponse:
    """What one agrees to before a vehicle is added; the session keeps the moment until one is."""
    if request.method == "POST":
        request.session[AGREED] = timezone.now().isoformat()
        return redirect(_with_next("vehicles:add", safe_next(request)))
    return render(request, "vehicles/disclaimer.html", {"next": safe_next(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add_vehicle(request: HttpRequest) -> HttpResponse:
    """Add New Vehicle, after the disclaimer (VEH-1)."""
    back = safe_next(request)
    if AGREED not in request.session:
        return redirect(_with_next("vehicles:disclaimer", back))
    form = VehicleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            link = add_for(
                current_user(request), vehicle=form.instance, agreed_at=datetime.fromisoformat(request.session[AGREED])
            )
        except VehicleRefused as error:
            form.add_error("plate", str(error))
        else:
            del request.session[AGREED]
            messages.success(request, _("%(plate)s is added.") % {"plate": link.vehicle})
            return redirect(back or "vehicles:list")
    return render(request, "vehicles/add.html", {"form": form, "next": back})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit_vehicle(request: HttpRequest, code: str) -> HttpResponse:
    """Edit → Save (VEH-2)."""
    link = get_object_or_404(VehicleOwner.objects.for_user(request.user), code=code)
    form = VehicleForm(request.POST or None, instance=copy(link.vehicle), keep_plate=reason_to_keep_plate(link.vehicle))
    if request.method == "POST" and form.is_valid():
        try:
            vehicle = change_vehicle(link, changes=form.instance)
        except VehicleRefused as error:
            form.add_error("plate", str(error))
        else:
            messages.success(request, _("%(plate)s is saved.") % {"plate": vehicle})
            return redirect("vehicles:list")
    return render(request, "vehicles/edit.html", {"form": form, "link": link})


@require_POST
@login_required
def toggle_active(request: HttpRequest, code: str) -> HttpResponse:
    """Active on or off, as the button says, so that a second click changes nothing (VEH-3). What hangs on the vehicle is
    said before it is turned off."""
    link = get_object_or_404(VehicleOwner.objects.for_user(request.user), code=code)
    active = request.POST.get("active") == "1"
    if not active and not request.POST.get("sure") and (uses := uses_of(link)):
        return render(request, "vehicles/deactivate.html", {"link": link, "uses": uses, "next": safe_next(request)})
    set_active(link, active=active)
    text = (
        _("%(plate)s is active.")
        if link.active
        else _("%(plate)s is inactive. Permits that you have for it stay valid.")
    )
    messages.success(request, text % {"plate": link.vehicle})
    return redirect(_with_next("vehicles:list", safe_next(request)))


def safe_next(request: HttpRequest) -> str:
    """The page of ours to go on to, or nothing."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    return (
        target
        if url_has_allowed_host_and_scheme(
            target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        else ""
    )


def _with_next(name: str, target: str) -> str:
    return reverse(name) + (f"?{urlencode({'next': target})}" if target else "")
