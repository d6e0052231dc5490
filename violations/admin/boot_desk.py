"""One boot in the hand: what it is on, and what can be done with it. The label's code leads staff here, on a phone."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.current import current_user
from opscom.lib.money import format_money
from opscom.lib.office import office
from violations.errors import ViolationRefused
from violations.forms.boots import CodeForm, FitForm, ReasonForm, ReturnForm
from violations.models import Boot, BootAssignment, Violation
from violations.services.boots.fitting import fit_boot
from violations.services.boots.releasing import release_unpaid, show_to_staff
from violations.services.boots.returning import Outcome, days_late, forfeit_deposit, take_boot_back
from violations.services.boots.stock import put_back, set_code

RETURN, RELEASE, CODE, STOCK = (
    "violations.change_bootassignment",
    "violations.release_bootassignment",
    "violations.change_boot",
    "violations.change_boot",
)
Act = Callable[[HttpRequest, Boot, BootAssignment | None, dict[str, Any]], str]


@never_cache
def desk_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The boot with a form for each thing that can be done now, each a POST; the code appears once, in the answer alone."""
    if not request.user.has_perm(RETURN):
        raise PermissionDenied
    boot = get_object_or_404(Boot, pk=pk)
    found = boot.assignments.open().select_related("violation", "deposit")
    assignment: BootAssignment | None = found.first()
    possible = _possible(request, boot, assignment)
    name = request.POST.get("do", "")
    if request.method == "POST" and name == "show":
        return _show_code(request, boot, assignment)
    form = possible.get(name)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            messages.success(request, ACTS[name](request, boot, assignment, form.cleaned_data))
        except ViolationRefused as refusal:
            messages.error(request, refusal.message)
        return redirect("admin:violations_boot_desk", boot.pk)
    return _render(request, boot, assignment, possible)


def fit_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A boot for a ticket: which one stands there."""
    if not request.user.has_perm("violations.add_bootassignment"):
        raise PermissionDenied
    violation = get_object_or_404(Violation.objects.select_related("lot"), pk=pk)
    where = violation.lot.name if violation.lot else violation.location
    form = FitForm(request.POST or None, initial={"location": where})
    if request.method == "POST" and form.is_valid():
        try:
            made = fit_boot(violation, by=current_user(request), **form.cleaned_data)
        except ViolationRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Boot %(boot)s is on the vehicle.") % {"boot": made.boot})
            return redirect("admin:violations_violation_change", violation.pk)
    context = admin.site.each_context(request) | {
        "title": _("Fit a boot"),
        "intro": _("Ticket %(number)s. Fee and deposit are owed with it from now on.") % {"number": violation.number},
        "form": form,
        "opts": Violation._meta,
    }
    return render(request, "admin/lockers/form.html", context)


def _possible(request: HttpRequest, boot: Boot, assignment: BootAssignment | None) -> dict[str, forms.Form]:
    """The forms of what can be done now by this member of staff; the one that was sent holds what was typed."""
    may, at = request.user.has_perm, timezone.now()
    here = boot.state in (Boot.State.STOCK, Boot.State.DAMAGED)
    names: dict[str, tuple[bool, type[forms.Form]]] = {
        "return": (assignment is not None, ReturnForm),
        "release": (assignment is not None and assignment.state == "fitted" and may(RELEASE), ReasonForm),
        "forfeit": (assignment is not None and assignment.is_late(at) and may(RELEASE), ReasonForm),
        "lost": (assignment is not None and may(RELEASE), ReasonForm),
        "back": (assignment is None and boot.state != Boot.State.STOCK and may(STOCK), ReasonForm),
        "aside": (assignment is None and boot.state == Boot.State.STOCK and may(STOCK), ReasonForm),
        "code": (here and may(CODE), CodeForm),
    }
    made: dict[str, forms.Form] = {}
    for name, (can, form_class) in names.items():
        if can:
            data = request.POST if request.POST.get("do") == name else None
            ids = f"{name}_%s"
            if assignment is not None and name == "return":
                made[name] = ReturnForm(data, auto_id=ids, late=assignment.is_late(at))
            else:
                made[name] = form_class(data, auto_id=ids)
    return made


def _render(
    request: HttpRequest,
    boot: Boot,
    assignment: BootAssignment | None,
    possible: dict[str, forms.Form],
    code: str = "",
) -> HttpResponse:
    late = days_late(assignment, timezone.now()) if assignment else 0
    out = assignment is not None and assignment.state in BootAssignment.OUT
    context = admin.site.each_context(request) | {
        "title": _("Boot %(number)s") % {"number": boot.number},
        "opts": Boot._meta,
        "boot": boot,
        "assignment": assignment,
        "forms": possible,
        "late": late,
        "late_fee": office().boot_late_fee * late,
        "shows": out and not code and not assignment.seen_at and request.user.has_perm(RELEASE)
        if assignment
        else False,
        "release_code": code,
    }
    return render(request, "violations/office/boot.html", context)


def _show_code(request: HttpRequest, boot: Boot, assignment: BootAssignment | None) -> HttpResponse:
    if not request.user.has_perm(RELEASE):
        raise PermissionDenied
    code = ""
    try:
        code = show_to_staff(assignment, by=current_user(request)) if assignment else ""
    except ViolationRefused as refusal:
        messages.error(request, refusal.message)
    return _render(request, boot, assignment, {}, code)


def _return(request: HttpRequest, boot: Boot, assignment: BootAssignment | None, data: dict[str, Any]) -> str:
    damage = data["damage"] if data["damaged"] else None
    waive = data.get("waive_late", False)
    made, outcome = take_boot_back(
        _there(assignment), by=current_user(request), damage=damage, waive_late=waive, reason=data["reason"]
    )
    return _words(_("Boot %(boot)s is back.") % {"boot": boot}, outcome) + (f" {made.problem}" if made.problem else "")


def _release(request: HttpRequest, boot: Boot, assignment: BootAssignment | None, data: dict[str, Any]) -> str:
    release_unpaid(_there(assignment), by=current_user(request), reason=data["reason"])
    return _("The code of boot %(boot)s is given. You can show it here once.") % {"boot": boot}


def _forfeit(request: HttpRequest, boot: Boot, assignment: BootAssignment | None, data: dict[str, Any]) -> str:
    _done, outcome = forfeit_deposit(_there(assignment), by=current_user(request), reason=data["reason"])
    return _words(_("Boot %(boot)s did not come back.") % {"boot": boot}, outcome)


def _lost(request: HttpRequest, boot: Boot, assignment: BootAssignment | None, data: dict[str, Any]) -> str:
    _done, outcome = forfeit_deposit(_there(assignment), by=current_user(request), reason=data["reason"], lost=True)
    return _words(_("Boot %(boot)s is lost.") % {"boot": boot}, outcome)


def _back(request: HttpRequest, boot: Boot, assignment: BootAssignment | None, data: dict[str, Any]) -> str:
    put_back(boot, by=current_user(request), reason=data["reason"])
    return _("Boot %(boot)s is in stock.") % {"boot": boot}


def _aside(request: HttpRequest, boot: Boot, assignment: BootAssignment | None, data: dict[str, Any]) -> str:
    put_back(boot, by=current_user(request), reason=data["reason"], damaged=True)
    return _("Boot %(boot)s is put aside as damaged.") % {"boot": boot}


def _code(request: HttpRequest, boot: Boot, assignment: BootAssignment | None, data: dict[str, Any]) -> str:
    set_code(boot, data["release_code"], by=current_user(request))
    return _("The new code of boot %(boot)s is kept, encrypted.") % {"boot": boot}


ACTS: dict[str, Act] = {
    "return": _return,
    "release": _release,
    "forfeit": _forfeit,
    "lost": _lost,
    "back": _back,
    "aside": _aside,
    "code": _code,
}


def _there(assignment: BootAssignment | None) -> BootAssignment:
    if assignment is None:
        raise ViolationRefused(_("This boot is back already, or was written off."), code="not-out")
    return assignment


def _words(first: str, outcome: Outcome) -> str:
    """What became of the deposit, in a sentence for each sum."""
    said = [first]
    if outcome.back:
        said.append(_("%(sum)s of the deposit goes back.") % {"sum": format_money(outcome.back)})
    if outcome.kept:
        said.append(_("%(sum)s of the deposit is kept.") % {"sum": format_money(outcome.kept)})
    if outcome.owed:
        said.append(_("%(sum)s is owed beyond it.") % {"sum": format_money(outcome.owed)})
    return " ".join(said)
