"""Home: where somebody stands, in one look (HOME-1)."""

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.current import current_user
from lockers.models import LockerTerm
from opscom.lib.dates import today
from opscom.lib.money import ZERO
from opscom.lib.office import office
from payments.models import Charge
from payments.services.quotes import price_now
from permits.models import Permit, PermitVehicle
from permits.services.early import with_renewal
from permits.services.waitlists.standing import offers_in_hand
from vehicles.models import VehicleOwner
from violations.models import BootAssignment, Violation


@login_required
@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    """This person's unpaid violations, active permits, vehicles and lockers."""
    user, at = current_user(request), timezone.now()
    day = today(at)
    charges = list(Charge.objects.for_user(user).open().with_standing())
    for charge in charges:
        charge.price = price_now(charge, at)  # type: ignore[attr-defined]
    by_key = {charge.pk: charge for charge in charges}
    violations = list(Violation.objects.filter(charge__in=by_key).unpaid().select_related("offence", "lot"))
    for violation in violations:
        violation.owed = by_key[violation.charge_id]  # type: ignore[attr-defined,index]
    held = Permit.objects.for_user(user).filter(valid_before__gt=day).exclude(ends_at__lte=at).taking_space(at)
    payable = [charge for charge in charges if not charge.blocked and not charge.promised and not charge.planned]
    plates = Prefetch("plates", PermitVehicle.objects.select_related("vehicle"))
    permits = list(
        with_renewal(held, at).select_related("lot", "permit_type").prefetch_related(plates).order_by("valid_from")
    )
    context = {
        "today": day,
        "violations": violations,
        "permits": permits,
        "may_park": any(permit.is_valid_on(day) and permit.has_begun(at) for permit in permits),
        "vehicles": list(VehicleOwner.objects.for_user(user)[:50]),
        "lockers": list(LockerTerm.objects.for_user(user).active_on(day).select_related("locker__site"))
        if office().lockers_enabled
        else None,
        "offers": offers_in_hand(user),
        "boots": list(BootAssignment.objects.open().about(user).select_related("boot", "violation").distinct()),
        "payable": payable,
        "to_pay": len(payable),  # the tab's count: the charges are at hand
        "sum_due": sum((charge.price for charge in payable), start=ZERO),  # type: ignore[attr-defined]
    }
    return render(request, "home.html", context)
