"""What comes before every way to a permit, and what is said after."""

from datetime import date, datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.current import current_user
from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from opscom.lib.prepared import prepared
from payments.services.charges import counted_to_pay
from permits.models import Permit, PermitBan, PermitVehicle
from permits.services.bans import ban_words
from vehicles.models import VehicleOwner


def active_vehicles(request: HttpRequest) -> list[VehicleOwner]:
    """The person's vehicles that are turned on. Each knows how much there is to pay, which the tabs show, and what keeps the
    person from permits: two queries less a page."""
    return _active_vehicles(current_user(request), today())


@prepared
def _active_vehicles(user: User, day: date) -> QuerySet[VehicleOwner]:
    links = VehicleOwner.objects.for_user(user).filter(active=True)
    bans = PermitBan.objects.filter(user=OuterRef("user")).in_force_on(day).values("pk")[:1]
    return links.annotate(to_pay=counted_to_pay(user), ban=Subquery(bans))


def vehicles_for(request: HttpRequest, permit: Permit) -> list[VehicleOwner]:
    """The same, each with whether it is on that permit now (`on_permit`)."""
    return _vehicles_for(current_user(request), permit, timezone.now(), today())


@prepared
def _vehicles_for(user: User, permit: Permit, at: datetime, day: date) -> QuerySet[VehicleOwner]:
    on_it = PermitVehicle.every.own().in_force(at).filter(permit=permit, vehicle=OuterRef("vehicle"))
    return _active_vehicles.queryset(user, day).annotate(on_permit=Exists(on_it))


def words_against(vehicles: list[VehicleOwner]) -> str:
    """What who has lost the privileges reads above the lots; needs `active_vehicles`."""
    ban = next((link.ban for link in vehicles), None)  # type: ignore[attr-defined]
    return ban_words(PermitBan.objects.get(pk=ban)) if ban else ""


def first_things_first(request: HttpRequest, vehicles: list[VehicleOwner]) -> HttpResponse | None:
    """Vehicles first (PER-1), then the disclaimer (PER-2)."""
    if not vehicles:
        messages.info(request, _("Permits go by plate. Use Add New Vehicle first, or turn one on with Active."))
        return redirect(f"{reverse('vehicles:list')}?{urlencode({'next': request.path})}")
    if office().permit_disclaimer and current_user(request).permit_disclaimer_at is None:
        return redirect(f"{reverse('permits:disclaimer')}?{urlencode({'next': request.path})}")
    return None


def held_message(permit: Permit) -> str:
    """Until when the place of a new hold waits: the time, with its day where that is not today."""
    local = timezone.localtime(permit.held_until)
    clock = date_format(local, "TIME_FORMAT" if local.date() == today() else "DATETIME_FORMAT")
    return _("Permit %(number)s is held until %(time)s: pay by then, or the place is free again.") % {
        "number": permit.number,
        "time": clock,
    }
