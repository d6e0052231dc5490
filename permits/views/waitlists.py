"""Pages of waitlists: the own ones, joining, and answering an offer."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import current_user
from accounts.models import User
from opscom.lib.office import office
from payments.services.taxes import Priced, price_with, taxes_for
from permits.errors import PermitRefused
from permits.forms import ReserveForm
from permits.models import Lot, Permit, Waitlist, WaitlistEntry, WaitlistOffer
from permits.services.creation import KIND
from permits.services.exchangeable import instead_of
from permits.services.quotes import quote_permit
from permits.services.waitlists import answering, joining
from permits.services.waitlists.links import answer_path, read_link
from permits.services.waitlists.places import places_of
from permits.services.waitlists.standing import offers_in_hand, own_standings
from permits.waiting import explain_wait
from vehicles.models import VehicleOwner


@require_safe
@login_required
def list_own(request: HttpRequest) -> HttpResponse:
    """My waitlists: offers first, then each list with its live position (PER-7)."""
    _only_where_offered()
    user = current_user(request)
    offers, standings, at = offers_in_hand(user), own_standings(user), timezone.now()
    for offer in offers:
        offer.answer_path = answer_path(offer)  # type: ignore[attr-defined]
    places = places_of([standing.waitlist for standing in standings], at)
    why = [(standing, explain_wait(places[standing.waitlist.pk], standing.waitlist)) for standing in standings]
    return render(request, "waitlists/list.html", {"offers": offers, "standings": why})


@require_POST
@login_required
def join(request: HttpRequest, code: str) -> HttpResponse:
    """Join Waitlist (PER-6)."""
    _only_where_offered()
    user = current_user(request)
    visible = Waitlist.objects.filter(permit_types__lot__in=Lot.objects.open_to(user)).distinct()
    try:
        entry = joining.join_waitlist(user, get_object_or_404(visible, code=code))
    except PermitRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("permits:list")
    messages.success(request, _("You are on the waitlist %(list)s.") % {"list": entry.waitlist.name})
    return redirect("waitlists:list")


@require_POST
@login_required
def leave(request: HttpRequest, code: str) -> HttpResponse:
    """Wait no longer."""
    user = current_user(request)
    entry = get_object_or_404(WaitlistEntry.objects.for_user(user).select_related("waitlist"), code=code)
    try:
        joining.leave_waitlist(entry, by=user)
    except PermitRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("You left the waitlist %(list)s.") % {"list": entry.waitlist.name})
    return redirect("waitlists:list")


@require_POST
@login_required
def move(request: HttpRequest, code: str) -> HttpResponse:
    """A choice up or down among the own ones."""
    entry = get_object_or_404(WaitlistEntry.objects.for_user(request.user), code=code)
    joining.move_choice(entry, up=request.POST.get("to") == "up")
    return redirect("waitlists:list")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def accept(request: HttpRequest, code: str) -> HttpResponse:
    """The place with its price; the vehicle; then on to Payments."""
    user = current_user(request)
    related = ("permit_type__lot", "window__permit_type", "entry__waitlist", "permit")
    offer = get_object_or_404(WaitlistOffer.objects.for_user(user).select_related(*related), code=code)
    links, at = list(VehicleOwner.objects.for_user(user).filter(active=True)), timezone.now()
    over = offer.is_over(at)
    form = ReserveForm(request.POST or None, links=links)
    if request.method == "POST" and form.is_valid():
        return _accept(request, offer, form)
    context = {
        "offer": offer,
        "lot": offer.permit_type.lot,
        "over": over,
        "priced": None if over else _price(offer, user, at),
        "form": form,
        "vehicles": links,
        "answer_path": answer_path(offer),
        "instead": [] if over else instead_of(offer, user, at=at),
    }
    return render(request, "waitlists/accept.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """What the links in the e-mail open. Nothing happens before a button is pressed; accepting leads through the login."""
    offer = read_link(token)
    if offer is None:
        return render(request, "waitlists/answer.html", {"offer": None}, status=404)
    if request.method == "POST":
        return _answer(request, offer)
    context = {
        "offer": offer,
        "lot": offer.window.permit_type.lot,
        "over": offer.is_over(timezone.now()),
        "asked": request.GET.get("answer", ""),
        "stranger": request.user.is_authenticated and request.user.pk != offer.entry.user_id,
        "can_snooze": offer.entry.snoozes < offer.entry.waitlist.most_snoozes,
    }
    return render(request, "waitlists/answer.html", context)


def _price(offer: WaitlistOffer, user: User, at: datetime) -> Priced | None:
    """What it costs today with taxes; nothing where no price holds."""
    try:
        quote = quote_permit(offer.window, user=user, at=at)
    except PermitRefused:
        return None
    return price_with(taxes_for(KIND, payer=user.pk, at=at), quote.amount)


def _answer(request: HttpRequest, offer: WaitlistOffer) -> HttpResponse:
    """Decline or snooze, by whoever has the link; said on the page that follows, with or without a session."""
    by = current_user(request) if request.user.is_authenticated else None
    if by and by.pk != offer.entry.user_id:
        return redirect(answer_path(offer))  # the page says that it is for somebody else
    try:
        if request.POST.get("answer") == "snooze":
            answering.snooze_offer(offer, by=by)
            messages.success(request, _("The place goes to the next person. You keep your place in the queue."))
        elif request.POST.get("answer") == "decline":
            answering.decline_offer(offer, by=by)
            messages.success(request, _("You declined the place and are no longer on this waitlist."))
    except PermitRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(answer_path(offer))


def _accept(request: HttpRequest, offer: WaitlistOffer, form: ReserveForm) -> HttpResponse:
    try:
        permit = answering.accept_offer(offer, current_user(request), vehicles=form.chosen())
    except PermitRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("waitlists:accept", offer.code)
    if permit.state != Permit.State.HELD:
        return redirect("permits:detail", permit.code)
    messages.success(
        request,
        _("The place is yours as soon as it is paid. Permit %(number)s is held for you.") % {"number": permit.number},
    )
    return redirect("payments:list")


def _only_where_offered() -> None:
    if not office().waitlists_enabled:
        raise Http404
