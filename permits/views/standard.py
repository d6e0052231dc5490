"""Pages of permits: what is on offer, reserving a place, and the permit itself."""

from datetime import date, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Prefetch, QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.current import current_user
from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from opscom.lib.prepared import prepared
from payments.services.charges import counted_to_pay
from permits.errors import PermitRefused
from permits.forms import ReserveForm, TagForm
from permits.gate import active_vehicles, first_things_first, held_message, words_against
from permits.lot_words import covers_words, review_words, times_words
from permits.models import HangTag, Lot, Permit, PermitTerm, PermitType, PermitVehicle, SalesWindow
from permits.services.closures import closures_of
from permits.services.courtesy import courtesy_cars
from permits.services.early import with_renewal
from permits.services.exchange import can_exchange
from permits.services.extending import can_extend
from permits.services.offers import find_offer, list_offers
from permits.services.reserve import reserve_permit
from permits.services.tags import address_of, want_tag, ways_of
from permits.views.printing import on_paper
from permits.views.rolling import standing_of
from permits.views.visiting import keys_of
from vehicles.views import safe_next


@require_safe
@login_required
def list_lots(request: HttpRequest) -> HttpResponse:
    """Every lot that this person may see, and what it sells (PER-3)."""
    vehicles = active_vehicles(request)
    if gate := first_things_first(request, vehicles):
        return gate
    cards = list_offers(current_user(request), keys=keys_of(request))
    context = {
        "cards": cards,
        "vehicles": vehicles,
        "to_pay": vehicles[0].to_pay,  # type: ignore[attr-defined]
        "against": words_against(vehicles),
    }
    return render(request, "permits/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def agree_to_disclaimer(request: HttpRequest) -> HttpResponse:
    """Permit Disclaimer → I Agree, once a person (PER-2)."""
    user = current_user(request)
    back = safe_next(request)
    if request.method == "POST" and user.permit_disclaimer_at is None:
        user.permit_disclaimer_at = timezone.now()
        user.save(update_fields=["permit_disclaimer_at"])
    if user.permit_disclaimer_at is not None or not office().permit_disclaimer:
        return redirect(back or "permits:list")
    return render(request, "permits/disclaimer.html", {"next": back})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reserve(request: HttpRequest, code: str) -> HttpResponse:
    """Details → Reserve Permit → Payments (PER-3)."""
    user = current_user(request)
    window = next(iter(_sold(code, user.user_type_id)), None)
    if window is None:
        raise Http404
    if not window.permit_type.lot.opens_with(keys_of(request)):
        return redirect("permits:lot", window.permit_type.lot.code)
    vehicles = active_vehicles(request)
    if gate := first_things_first(request, vehicles):
        return gate
    form = ReserveForm(request.POST or None, links=vehicles)
    tag = _tag_form(request, window.permit_type)
    if request.method == "POST" and form.is_valid() and (tag is None or tag.is_valid()):
        return _reserve(request, window, form, tag)
    offer = find_offer(user, window)
    if offer is None or not offer.another or not offer.sells:
        return _cannot_reserve(request, offer.permit.code if offer and offer.permit else None)
    lot, permit_type = window.permit_type.lot, window.permit_type
    context = {
        "offer": offer,
        "lot": lot,
        "form": form,
        "tag": tag,
        "times": [*covers_words(lot), *times_words(lot, permit_type), *review_words(permit_type)],
    }
    return render(request, "permits/reserve.html", context)


@prepared
def _sold(code: str, user_type: int | None) -> QuerySet[SalesWindow]:
    """The window of that code with its lot, where it sells to people of that type."""
    lots = Lot.objects.open_to_type(user_type)
    return SalesWindow.objects.filter(code=code, permit_type__lot__in=lots).select_related("permit_type__lot")


@require_safe
@login_required
def show_permit(request: HttpRequest, code: str) -> HttpResponse:
    """Permit Information (HOME-2)."""
    permit = next(iter(_shown(current_user(request), code, timezone.now(), today())), None)
    if permit is None:
        raise Http404
    prefetch_related_objects([permit], Prefetch("plates", PermitVehicle.objects.select_related("vehicle")), "events")
    unfinished = permit.state in (Permit.State.HELD, Permit.State.ACTIVE) and not permit.is_over()
    context = {
        "permit": permit,
        "to_pay": permit.to_pay,  # type: ignore[attr-defined]
        "rolling": standing_of(permit),
        **on_paper(permit),
        "closures": closures_of(permit),
        "today": today(),
        "unfinished": unfinished,
        "can_cancel": office().cancelling and unfinished and not permit.on_hours,
        "can_change": unfinished and not permit.on_hours,
        "can_end": unfinished and permit.on_hours and permit.state == Permit.State.ACTIVE,
        "can_exchange": can_exchange(permit),
        "can_extend": can_extend(permit),
        "cars": courtesy_cars(permit) if unfinished else [],
        "times": list(times_words(permit.lot, permit.permit_type)),
    }
    return render(request, "permits/detail.html", context)


@prepared
def _shown(user: User, code: str, at: datetime, day: date) -> QuerySet[Permit]:
    """One permit of theirs with all that its page asks of it."""
    mine = Permit.objects.for_user(user).filter(code=code)
    related = mine.select_related("lot", "permit_type", "window", "charge", "replaces", "renews")
    owed = PermitTerm.objects.filter(permit=OuterRef("pk"), state=PermitTerm.State.DUE)
    tags = HangTag.objects.filter(permit=OuterRef("pk")).exclude(state=HangTag.State.DROPPED)
    known = related.annotate(to_pay=counted_to_pay(user), owes=Exists(owed), tagged=Exists(tags))
    return with_renewal(known, at, day)


def _tag_form(request: HttpRequest, permit_type: PermitType) -> TagForm | None:
    """Where the office makes hang tags: how its holder gets this one."""
    if not ways_of(permit_type):
        return None
    address = address_of(current_user(request)) if permit_type.post else ""
    return TagForm(request.POST or None, permit_type=permit_type, address=address)


def _reserve(request: HttpRequest, window: SalesWindow, form: ReserveForm, tag: TagForm | None) -> HttpResponse:
    """Take the place, or say on the Permits page why it cannot be had."""
    by = current_user(request)
    try:
        permit = reserve_permit(by, window=window, vehicles=form.chosen(), keys=keys_of(request))
        if tag is not None and permit.state == Permit.State.HELD:
            want_tag(permit, way=tag.way, address=tag.cleaned_data.get("address", ""), by=by)
    except PermitRefused as error:
        messages.error(request, str(error))
        return redirect("permits:list")
    if permit.state != Permit.State.HELD:
        return redirect("permits:detail", permit.code)
    messages.success(request, held_message(permit))
    return redirect("payments:list")


def _cannot_reserve(request: HttpRequest, permit: str | None) -> HttpResponse:
    """To the permit that the person has already, or back to the lots with the reason."""
    if permit:
        return redirect("permits:detail", permit)
    messages.error(
        request, _("This permit is not on sale now, or its last place is taken. Look at what the lots sell today.")
    )
    return redirect("permits:list")
