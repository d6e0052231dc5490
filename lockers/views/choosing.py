"""Locker Disclaimer → location → Get Locker → number → Reserve Locker → Cart (LOC-1)."""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import current_user
from lockers.errors import LockerRefused
from lockers.models import LockerSite, LockerTerm, LockerWindow
from lockers.services.ending import cancel_hold
from lockers.services.offers import list_locations, windows_on_sale
from lockers.services.reserve import period_from, reserve_locker
from lockers.views.gate import disclaimer_first, lockers_on
from lockers.views.grid import choose_number, show_grid
from opscom.lib.dates import day_before, today
from opscom.lib.office import office


@require_http_methods(["GET", "HEAD", "POST"])
@lockers_on
def agree_to_disclaimer(request: HttpRequest) -> HttpResponse:
    """Locker Disclaimer → I Agree, once a person."""
    user = current_user(request)
    if request.method == "POST" and user.locker_disclaimer_at is None:
        user.locker_disclaimer_at = timezone.now()
        user.save(update_fields=["locker_disclaimer_at"])
    if user.locker_disclaimer_at is not None or not office().locker_disclaimer:
        return redirect("lockers:list")
    return render(request, "lockers/disclaimer.html")


@require_safe
@lockers_on
@disclaimer_first
def list_lockers(request: HttpRequest) -> HttpResponse:
    """The person's lockers, and where others can be had."""
    user, at = current_user(request), timezone.now()
    mine = LockerTerm.objects.for_user(user).filter(state__in=LockerTerm.TAKING).select_related("locker__site")
    windows = windows_on_sale(at, user)
    window = _chosen(request, windows)
    context = {
        "terms": mine.order_by("starts_on", "pk"),
        "today": today(at),
        "windows": windows,
        **({"to_pay": windows[0].to_pay} if windows else {}),  # type: ignore[attr-defined]
        "window": window,
        "last": day_before(window.period.end) if window else None,
        "offers": list_locations(user, window, at=at) if window else [],
    }
    return render(request, "lockers/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@lockers_on
@disclaimer_first
def get_locker(request: HttpRequest) -> HttpResponse:
    """The numbers of one location, and the one that is reserved."""
    user, at = current_user(request), timezone.now()
    window = _chosen(request, windows_on_sale(at, user))
    site = LockerSite.objects.filter(code=request.GET.get("site", "")).first()
    if window is None or site is None:
        return redirect("lockers:list")
    if request.method == "POST":
        return choose_number(request, lambda locker: reserve_locker(user, locker=locker, window=window))
    return show_grid(request, site, window, period=period_from(window, at))


@require_safe
@lockers_on
def show_cart(request: HttpRequest) -> HttpResponse:
    """Cart → Next: what is held and not paid."""
    terms = LockerTerm.objects.for_user(request.user).filter(state=LockerTerm.State.HELD)
    held = list(terms.filter(held_until__gt=timezone.now()).select_related("locker__site", "charge").order_by("pk"))
    total = sum((term.charge.amount for term in held if term.charge), start=Decimal(0))
    return render(request, "lockers/cart.html", {"terms": held, "total": total})


@require_POST
@lockers_on
def take_out(request: HttpRequest, code: str) -> HttpResponse:
    """Take a locker out of the cart."""
    term = get_object_or_404(LockerTerm.objects.for_user(request.user), code=code)
    try:
        cancel_hold(term, by=current_user(request))
    except LockerRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("lockers:cart")


def _chosen(request: HttpRequest, windows: list[LockerWindow]) -> LockerWindow | None:
    wanted = request.GET.get("window", "")
    return next((window for window in windows if window.code == wanted), windows[0] if windows else None)
