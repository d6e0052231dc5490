"""A locker that somebody has: its information, its combination, renewing and switching it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import current_user
from lockers.errors import LockerRefused
from lockers.forms import GiveBackForm
from lockers.models import LockerSite, LockerTerm, LockerWindow
from lockers.services.combinations import may_see, show_to_holder
from lockers.services.giving_back import give_back, is_unfinished, quote_giving_back
from lockers.services.offers import list_renewals
from lockers.services.reserve import renew_locker
from lockers.services.switching import can_switch, rest_of, switch_locker
from lockers.tree import read_tree
from lockers.views.gate import lockers_on
from lockers.views.grid import after_taking, choose_number, show_grid
from opscom.lib.dates import today
from opscom.lib.office import office


@require_safe
@lockers_on
def show_locker(request: HttpRequest, code: str) -> HttpResponse:
    """Locker Information."""
    return render(request, "lockers/detail.html", _about(_term(request, code)))


@require_POST
@never_cache
@lockers_on
def show_combination(request: HttpRequest, code: str) -> HttpResponse:
    """The combination of the lock, for its holder; the look is written down."""
    term = _term(request, code)
    try:
        combination = show_to_holder(term, by=current_user(request))
    except LockerRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("lockers:detail", term.code)
    return render(request, "lockers/detail.html", _about(term) | {"combination": combination})


@require_POST
@lockers_on
def renew(request: HttpRequest, code: str) -> HttpResponse:
    """The same locker for the next term, into the cart."""
    term = _term(request, code)
    window = get_object_or_404(LockerWindow, code=request.POST.get("window", ""))
    try:
        return after_taking(renew_locker(term, window=window, by=current_user(request)))
    except LockerRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("lockers:detail", term.code)


@require_http_methods(["GET", "HEAD", "POST"])
@lockers_on
def switch(request: HttpRequest, code: str) -> HttpResponse:
    """Another number for the rest of the term."""
    term, at = _term(request, code), timezone.now()
    if term.window is None or not _may_switch(term):
        raise Http404
    if request.method == "POST":
        by = current_user(request)
        return choose_number(request, lambda locker: switch_locker(term, to=locker, by=by))
    site = LockerSite.objects.filter(code=request.GET.get("site", "")).first() or term.locker.site
    return show_grid(request, site, term.window, period=rest_of(term, at=at), term=term)


@require_http_methods(["GET", "HEAD", "POST"])
@lockers_on
def give_back_locker(request: HttpRequest, code: str) -> HttpResponse:
    """The exact quote, and the button that takes it."""
    term = _term(request, code)
    if not office().locker_releasing:
        raise Http404
    try:
        if request.method == "POST":
            return _give_back(request, term)
        quote = quote_giving_back(term)
    except LockerRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("lockers:give_back" if refusal.code == "changed" else "lockers:detail", term.code)
    return render(request, "lockers/give_back.html", {"term": term, "quote": quote})


def _give_back(request: HttpRequest, term: LockerTerm) -> HttpResponse:
    form = GiveBackForm(request.POST)
    if not form.is_valid():
        return redirect("lockers:give_back", term.code)
    give_back(term, expected=form.cleaned_data["back"], by=current_user(request))
    messages.success(request, _("Locker %(name)s is given back. Leave it empty and open.") % {"name": term.locker})
    return redirect("lockers:detail", term.code)


def _term(request: HttpRequest, code: str) -> LockerTerm:
    terms = LockerTerm.objects.for_user(request.user).select_related("locker__site", "window", "charge", "user")
    term: LockerTerm = get_object_or_404(terms, code=code)
    return term


def _may_switch(term: LockerTerm) -> bool:
    return office().locker_switching and can_switch(term, at=timezone.now())


def _about(term: LockerTerm) -> dict[str, Any]:
    at, tree = timezone.now(), read_tree()
    site = tree.sites[term.locker.site_id]
    return {
        "term": term,
        "today": today(at),
        "label": tree.label(site),
        "size": term.locker.size or tree.inherited(site, "size").value,
        "rules": tree.inherited(site, "disclaimer").value,
        "built_in": may_see(term, at=at) and term.locker.combinations.exists(),
        "renewals": list_renewals(term, at=at),
        "can_switch": _may_switch(term),
        "can_give_back": office().locker_releasing and is_unfinished(term, at=at),
    }
