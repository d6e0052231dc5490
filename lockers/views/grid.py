"""The page of numbers: to reserve one, or to switch to it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.current import current_user
from lockers.errors import LockerRefused
from lockers.forms import ChooseForm
from lockers.models import Locker, LockerSite, LockerTerm, LockerWindow
from lockers.services.offers import FREE, Group, read_grid
from lockers.tree import read_tree
from opscom.lib.dates import Period, day_before


def show_grid(
    request: HttpRequest, site: LockerSite, window: LockerWindow, *, period: Period, term: LockerTerm | None = None
) -> HttpResponse:
    """The lockers at a site for those days, narrowed down to a size; `term`: the one that is switched."""
    tree = read_tree([window])
    groups = read_grid(current_user(request), site, window, tree=tree, period=period, at=timezone.now())
    sizes = sorted({cell.size for group in groups for cell in group.cells})
    size = request.GET.get("size", "")
    if size in sizes:
        groups = [Group(group.offer, [cell for cell in group.cells if cell.size == size]) for group in groups]
    context: dict[str, Any] = {
        "window": window,
        "term": term,
        "first": period.start,
        "last": day_before(period.end),
        "site": site,
        "label": tree.label(site),
        "areas": [
            (area.code, tree.label(area))
            for area in tree.below(tree.path(site)[-1])
            if tree.is_open_to(area, request.user)
        ],
        "sizes": sizes if len(sizes) > 1 else [],
        "size": size,
        "groups": [group for group in groups if group.cells],
        "free": sum(cell.state == FREE for group in groups for cell in group.cells),
    }
    return render(request, "lockers/grid.html", context)


def choose_number(request: HttpRequest, take: Callable[[Locker], LockerTerm]) -> HttpResponse:
    """Take the number that was chosen; or say why not, where another one can be chosen."""
    form = ChooseForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["locker"][0]))
        return redirect(request.get_full_path())
    try:
        return after_taking(take(form.cleaned_data["locker"]))
    except LockerRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(request.get_full_path() if refusal.code in ("taken", "broken") else "lockers:list")


def after_taking(term: LockerTerm) -> HttpResponse:
    """To the cart, or to the locker itself where nothing is to be paid."""
    if term.state == LockerTerm.State.HELD:
        return redirect("lockers:cart")
    return redirect("lockers:detail", term.code)
