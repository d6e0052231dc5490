"""Boots for those who drive: on the ticket's page, the page with the release code, and the label on the boot itself."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from opscom.lib.money import ZERO
from opscom.lib.office import office
from payments.models import Charge
from payments.services.quotes import price_now
from violations.models import Boot, BootAssignment, Violation
from violations.services.boots.owing import boot_of, charges_to_pay
from violations.services.boots.releasing import code_for_driver


@dataclass(frozen=True)
class BootCard:
    """What a ticket's page says of its boot: what is to be paid for the code, or by when the boot is due back. `open` leads
    whoever paid, or answers for the ticket, to the code; while an appeal runs, the boot `stays`
    and nothing is paid."""

    assignment: BootAssignment
    owed: list[Charge]
    total: Decimal
    deposit: Decimal
    open: bool
    late: bool
    stays: bool
    towed_from: datetime | None
    may_be_towed: bool


def session_checkout(violation: Violation) -> str:
    """Where a browser's session keeps the checkout that it was given for a ticket."""
    return f"checkout of {violation.number}"


def boot_card(request: HttpRequest, violation: Violation, charge: Charge | None) -> BootCard | None:
    """The card of a ticket with a boot; None without one, and then no query."""
    assignment, at = boot_of(violation) if violation.booted else None, timezone.now()
    if assignment is None:
        return None
    fitted = assignment.state == BootAssignment.State.FITTED
    appeals = violation.appeals.all()
    stays = fitted and any(appeal.is_running for appeal in appeals)
    decided_at = max((appeal.decided_at for appeal in appeals if appeal.decided_at), default=None)
    tows = fitted and not stays
    towed_from = assignment.towed_from(hours=office().boot_tow_hours, decided_at=decided_at) if tows else None
    owed = [] if stays else list(charges_to_pay(assignment).with_standing())
    for row in owed:
        row.price = price_now(row, at)  # type: ignore[attr-defined]
    deposit = assignment.deposit
    return BootCard(
        assignment=assignment,
        owed=owed,
        total=sum((row.price for row in owed), start=ZERO),  # type: ignore[attr-defined]
        deposit=deposit.amount if deposit and deposit.state != Charge.State.VOID else ZERO,
        open=_may_open(request, violation, assignment, charge),
        late=assignment.is_late(at),
        stays=stays,
        towed_from=towed_from,
        may_be_towed=towed_from is not None and towed_from <= at,
    )


def _may_open(request: HttpRequest, violation: Violation, assignment: BootAssignment, charge: Charge | None) -> bool:
    """Whoever answers for the ticket, and the browser that paid; not everybody who has read the paper on the windscreen."""
    if assignment.state == BootAssignment.State.FITTED:
        return False
    user = request.user
    checkout = assignment.checkout
    if checkout is not None and checkout.code == request.session.get(session_checkout(violation)):
        return True
    if not user.is_authenticated:
        return False
    return user.pk in {charge.payer_id if charge else None, checkout.user_id if checkout else None}


@never_cache
@require_safe
def show_release(request: HttpRequest, code: str) -> HttpResponse:
    """The release code with what to do, and how long there is to bring the boot back (BOOT-3)."""
    shown = BootAssignment.objects.shown_to(request.user).exclude(state=BootAssignment.State.FITTED)
    assignment = get_object_or_404(
        shown.select_related("boot", "violation", "deposit", "penalty").distinct(), code=code
    )
    at: datetime = timezone.now()
    context = {
        "assignment": assignment,
        "release_code": code_for_driver(assignment),
        "late": assignment.is_late(at),
        "out": assignment.state in BootAssignment.OUT,
        "office": office(),
    }
    return render(request, "violations/release.html", context)


@require_safe
def scan_boot(request: HttpRequest, code: str) -> HttpResponse:
    """The label on a boot: staff come to its page in the office, a driver to the door of the ticket. Nothing is said about
    whose vehicle it is on."""
    boot = get_object_or_404(Boot, code=code)
    if request.user.is_staff and request.user.has_perm("violations.change_bootassignment"):
        return redirect("admin:violations_boot_desk", boot.pk)
    return render(request, "violations/boot.html", {"boot": boot})
