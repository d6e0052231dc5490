"""Home: where somebody stands, in one look (HOME-1)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, F, FilteredRelation, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.current import current_user
from accounts.models import User
from lockers.models import LockerTerm
from opscom.lib.dates import today
from opscom.lib.money import ZERO
from opscom.lib.office import office
from opscom.lib.prepared import prepared
from payments.services.charges import open_charges
from payments.services.quotes import price_now
from permits.models import Permit, WaitlistOffer
from permits.services.early import with_renewal
from permits.services.waitlists.standing import offers_in_hand
from vehicles.models import Vehicle, VehicleOwner
from violations.models import BootAssignment, Violation

MOST_VEHICLES = 50


@login_required
@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    """This person's unpaid violations, active permits, vehicles and lockers."""
    user, at = current_user(request), timezone.now()
    day = today(at)
    charges = open_charges(user)
    for charge in charges:
        charge.price = price_now(charge, at)  # type: ignore[attr-defined]
    by_key = {charge.pk: charge for charge in charges}
    violations = _violations(list(by_key))
    for violation in violations:
        violation.owed = by_key[violation.charge_id]  # type: ignore[attr-defined,index]
    payable = [charge for charge in charges if not charge.blocked and not charge.promised and not charge.planned]
    permits = _with_plates(_permits(user, at, day))
    rare = _rare(user.pk)[0]
    context = {
        "today": day,
        "violations": violations,
        "permits": permits,
        "may_park": any(permit.is_valid_on(day) and permit.has_begun(at) for permit in permits),
        "vehicles": _vehicles(user),
        "lockers": _lockers(user, day) if office().lockers_enabled else None,
        "offers": offers_in_hand(user) if rare.has_offers else [],
        "boots": _boots(user) if rare.has_boots else [],
        "payable": payable,
        "to_pay": len(payable),  # the tab's count: the charges are at hand
        "sum_due": sum((charge.price for charge in payable), start=ZERO),  # type: ignore[attr-defined]
    }
    return render(request, "home.html", context)


@prepared
def _violations(charges: list[int]) -> QuerySet[Violation]:
    """Unpaid tickets of which these are the charges."""
    return Violation.objects.filter(charge__pk__in=charges).unpaid().select_related("offence", "lot")


@prepared
def _permits(user: User, at: datetime, day: date) -> QuerySet[Permit]:
    """Permits that are not over, with their lot; a row for each plate that is in force."""
    held = Permit.objects.for_user(user).filter(valid_before__gt=day).exclude(ends_at__lte=at).taking_space(at)
    now = Q(plates__from_at__lte=at) & (Q(plates__until_at=None) | Q(plates__until_at__gt=at))
    with_plates = with_renewal(held, at, day).annotate(
        covering=FilteredRelation("plates", condition=now),
        plate=F("covering__vehicle__plate"),
        region=F("covering__vehicle__region"),
    )
    return with_plates.select_related("lot").order_by("valid_from", "pk", "covering")


def _with_plates(rows: Iterable[Any]) -> list[Any]:
    """Each permit once, with its vehicles as far as their plates tell them (`cars`)."""
    permits: dict[int, Any] = {}
    for row in rows:
        permit = permits.setdefault(row.pk, row)
        cars = permit.__dict__.setdefault("cars", [])
        if row.plate is not None:
            cars.append(Vehicle(plate=row.plate, region=row.region))
    return list(permits.values())


@prepared
def _vehicles(user: User) -> QuerySet[VehicleOwner]:
    return VehicleOwner.objects.for_user(user)[:MOST_VEHICLES]


@prepared
def _lockers(user: User, day: date) -> QuerySet[LockerTerm]:
    return LockerTerm.objects.for_user(user).active_on(day).select_related("locker__site")


@prepared
def _rare(user: Any) -> QuerySet[Any]:
    """Whether the person has anything of what few people have: one question for all of it."""
    return (
        User.objects.filter(pk=user)
        .annotate(
            has_offers=Exists(WaitlistOffer.objects.for_user(user).filter(state__in=WaitlistOffer.UNFINISHED)),
            has_boots=Exists(BootAssignment.objects.open().about(user)),
        )
        .only("pk")
    )


@prepared
def _boots(user: User) -> QuerySet[BootAssignment]:
    return BootAssignment.objects.open().about(user).select_related("boot", "violation").distinct()
