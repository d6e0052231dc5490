"""Pages of visitors: the hours that one has, buying more, booking a visitor's plate, and ending a visit."""

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import current_user
from opscom.lib.dates import today
from opscom.lib.office import office
from opscom.lib.passes import written_stock
from permits.errors import PermitRefused
from permits.gate import active_vehicles
from permits.models import HourBlock, Lot, Permit, PermitType, PermitVehicle, VisitorPlate
from permits.services.visitors.booking import book_visit, end_visit, visitor_types
from permits.services.visitors.wallet import buy_hours, minutes_left, offer_hours
from permits.views.visiting import keys_of
from permits.visitor_forms import VisitForm


class BuyForm(forms.Form):
    """The price that the person saw."""

    expected = forms.DecimalField(max_digits=10, decimal_places=2, min_value=Decimal(0))


@require_safe
@login_required
def show_visitors(request: HttpRequest) -> HttpResponse:
    """The wallet, the visits to come, the lots that take hours, and the visitors known by name."""
    _check_on()
    user, at = current_user(request), timezone.now()
    vehicles = active_vehicles(request)
    blocks = list(HourBlock.objects.for_user(user).usable_on(today(at)).with_left().select_related("charge"))
    visits = Permit.objects.for_user(user).filter(on_hours=True, state=Permit.State.ACTIVE, ends_at__gt=at)
    plates = Prefetch("plates", PermitVehicle.objects.select_related("vehicle"))
    context = {
        "vehicles": vehicles,
        **({"to_pay": vehicles[0].to_pay} if vehicles else {}),  # type: ignore[attr-defined]
        "blocks": [block for block in blocks if block.left],
        "left": sum(block.left for block in blocks),
        "offer": offer_hours(user, at=at),
        "visits": visits.select_related("lot").prefetch_related(plates).order_by("starts_at"),
        "types": visitor_types(Lot.objects.visible_to(user)),
        "kept": VisitorPlate.objects.filter(user=user).select_related("vehicle"),
    }
    return render(request, "permits/visitors.html", context)


@require_POST
@login_required
def buy_visitor_hours(request: HttpRequest) -> HttpResponse:
    """Hours into the basket, beside whatever is in it."""
    _check_on()
    form = BuyForm(request.POST)
    if not form.is_valid():
        return redirect("permits:visitors")
    try:
        buy_hours(current_user(request), expected=form.cleaned_data["expected"])
    except PermitRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("permits:visitors")
    return redirect("payments:list")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def book_visitor(request: HttpRequest, code: str) -> HttpResponse:
    """Which visitor comes to that lot, and when."""
    _check_on()
    user = current_user(request)
    permit_type: PermitType = get_object_or_404(visitor_types(Lot.objects.open_to(user)), code=code)
    if not permit_type.lot.opens_with(keys_of(request)):
        return redirect("permits:lot", permit_type.lot.code)
    kept = list(VisitorPlate.objects.filter(user=user).select_related("vehicle"))
    form = VisitForm(request.POST or None, permit_type=permit_type, kept=kept)
    if request.method == "POST" and form.is_valid():
        try:
            return _book(request, permit_type, form)
        except PermitRefused as refusal:
            form.add_error(None, refusal.message)
    left = minutes_left(user, today())
    return render(request, "permits/visit.html", {"form": form, "permit_type": permit_type, "left": left})


@require_POST
@login_required
def end_visitor(request: HttpRequest, code: str) -> HttpResponse:
    """Give a visit up before it begins, or end it early; the hours come back."""
    permit = get_object_or_404(Permit.objects.for_user(request.user).filter(on_hours=True), code=code)
    try:
        ended = end_visit(permit, by=current_user(request))
    except PermitRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("permits:detail", permit.code)
    text = _("Visit %(number)s is cancelled.") if ended.cancelled else _("Visit %(number)s is ended.")
    back = _("Given back: %(hours)s.") % {"hours": written_stock(ended.minutes)}
    messages.success(request, f"{text} {back}" % {"number": permit.number})
    return redirect("permits:detail", permit.code)


@require_POST
@login_required
def forget_visitor(request: HttpRequest, code: str) -> HttpResponse:
    """A visitor does not come any more."""
    get_object_or_404(VisitorPlate, user=request.user, code=code).delete()
    return redirect("permits:visitors")


def _book(request: HttpRequest, permit_type: PermitType, form: VisitForm) -> HttpResponse:
    user = current_user(request)
    permit = book_visit(
        user, permit_type=permit_type, vehicle=form.take_vehicle(user), period=form.period, keys=keys_of(request)
    )
    messages.success(request, _("Visit %(number)s is booked: the plate may park.") % {"number": permit.number})
    return redirect("permits:detail", permit.code)


def _check_on() -> None:
    if not office().visitor_hours:
        raise Http404
