"""Take a place, and give it back."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import Period, start_of_day, today
from opscom.lib.office import office
from opscom.lib.prepared import prepared
from opscom.lib.states import change_state
from payments.models import Charge
from payments.services.charges import is_being_paid, lock_charges, void_charge
from payments.services.moves import move_back
from permits import emails
from permits.capacity import occupancy
from permits.errors import LotFull
from permits.models import Lot, Permit, PermitVehicle, SalesWindow, WaitlistOffer
from permits.models.lot import Keys
from permits.models.sale import price_ends, sold_to
from permits.services.creation import create_permit
from permits.services.early import lock_renewed
from permits.services.households import lock_household
from permits.services.limits import check_limits
from permits.services.quotes import Quote, quote_permit, rest_of
from permits.services.sale import Asked, check_sale
from permits.services.waitlists.ending import (
    claim_offer,
    hold_for_offer,
    lose_offer,
    offer_in_hand,
    take_offer_back,
)
from permits.services.waitlists.queue import people_waiting
from vehicles.models import Vehicle, VehicleOwner

Taken = TypeVar("Taken")


def reserve_permit(
    user: User,
    *,
    window: SalesWindow,
    vehicles: Sequence[Vehicle],
    keys: Keys | None = None,
    at: datetime | None = None,
    offer: WaitlistOffer | None = None,
    renews: Permit | None = None,
) -> Permit:
    """Hold a place for this person and write what is owed for it. The same again answers the same hold. `keys` are the lots'
    passwords that the person's session has entered; `offer` is the place that a waitlist kept for the person; `renews` is the permit
    that the new one follows, from the day after its end.

    The lot's row is locked, so that of many who ask at once no more get a place than there are (RULES 1). The hold ends
    after the office's minutes, or when the quoted price does (RULES 8). LotFull, PermitRefused.
    """
    at = at or timezone.now()
    release_lapsed_holds(at=at, holder=user)
    return take_place(
        window.permit_type.lot, partial(_take_place, user, window, vehicles, keys or {}, offer, renews, at), at=at
    )


def take_place(lot: Lot, take: Callable[[], Taken], *, at: datetime) -> Taken:
    """What `take` does; where the lot is full, once more after its lapsed holds are released. They keep their places until
    then, and releasing locks their charges, which come before the lot. LotFull."""
    try:
        return take()
    except LotFull:
        if not release_lapsed_holds(at=at, lot=lot):
            raise
        return take()


@transaction.atomic
def _take_place(
    user: User,
    window: SalesWindow,
    vehicles: Sequence[Vehicle],
    keys: Keys,
    offer: WaitlistOffer | None,
    renews: Permit | None,
    at: datetime,
) -> Permit:
    window, lot = _lock_window(window, user, at)
    if existing := _same_again(user, window, vehicles):
        return existing
    period = rest_of(window, today(at))
    if renews is not None:
        period = lock_renewed(renews, window, at=at)
    else:
        offer = offer or offer_in_hand(user, window)
    queued = 0 if offer or renews else window.queued  # type: ignore[attr-defined]  # who renews keeps a place, as a rollover does
    keys = {str(lot.pk): lot.key} if offer else keys
    check_sale(_asked(user, window, None if offer else period, vehicles, keys, queued, at))
    quote = _quote(user, window, period, at)
    if offer is not None:
        offer = claim_offer(offer, user, at=at)  # it has taken a space since it was made
    permit = create_permit(
        user,
        vehicles=vehicles,
        permit_type=window.permit_type,
        window=window,
        period=period,
        amount=quote.amount,
        step=quote.nth,
        because=quote.reasons,
        held_until=hold_until(window, at),
        at=at,
        renews=renews,
    )
    if offer is not None:
        hold_for_offer(offer, permit, at=at)
    return permit


def _lock_window(window: SalesWindow, user: User, at: datetime) -> tuple[SalesWindow, Lot]:
    """The window as it is now with its prices, whether its lot and it are sold to people of this type (`for_type`,
    `window_for_type`) and how many are asked before its places go on open sale (`queued`), and its lot, which is locked."""
    lot = Lot.objects.select_for_update(of=("self",)).select_related("group").get(permit_types__windows=window)
    (window,) = _window_now(window.pk, user.user_type_id, at, today(at))
    window.permit_type.lot = lot
    return window, lot


@prepared
def _window_now(pk: int, user_type: int | None, at: datetime, day: date) -> QuerySet[SalesWindow]:
    for_type = Lot.objects.for_type(user_type).filter(pk=OuterRef("permit_type__lot"))
    known = SalesWindow.objects.select_related("permit_type").prefetch_related("prices")
    return known.filter(pk=pk).annotate(
        for_type=Exists(for_type), window_for_type=sold_to(user_type), queued=people_waiting(at, day)
    )


def _quote(user: User, window: SalesWindow, period: Period, at: datetime) -> Quote:
    """What one more permit costs this person, who may have one more. PermitRefused."""
    if window.permit_type.household_counts:
        lock_household(user)
    quote = quote_permit(window, user=user, at=at, period=period)
    check_limits(user, window, period=period, step=quote.step)
    return quote


def _asked(
    user: User,
    window: SalesWindow,
    period: Period | None,
    vehicles: Sequence[Vehicle],
    keys: Keys,
    queued: int,
    at: datetime,
) -> Asked:
    """What is known of a sale, with its lot locked; the quote refuses what has no price. Without a period it needs no free
    place: an offer keeps one."""
    lot = window.permit_type.lot
    return Asked(
        user=user,
        lot=lot,
        at=at,
        for_type=window.for_type,  # type: ignore[attr-defined]
        keys=keys,
        permit_type=window.permit_type,
        window=window,
        window_for_type=window.window_for_type,  # type: ignore[attr-defined]
        occupancy=occupancy(window.permit_type, period) if period else None,
        queued=queued,
        owned=set(_owned(user)),
        chosen={vehicle.pk for vehicle in vehicles},
    )


@prepared
def _owned(user: User) -> QuerySet[VehicleOwner, int]:
    return VehicleOwner.objects.filter(user=user, active=True).values_list("vehicle", flat=True)


def _same_again(user: User, window: SalesWindow, vehicles: Sequence[Vehicle]) -> Permit | None:
    """What the person has of this window: the one permit, or where the office sells several the one with these plates."""
    mine = _unreleased(user, window)
    if window.permit_type.per_window == 1 or not mine:
        return mine[0] if mine else None
    wanted = {vehicle.pk for vehicle in vehicles}
    return next((permit for permit in mine if _plates(permit) == wanted), None)


@prepared
def _unreleased(user: User, window: SalesWindow) -> QuerySet[Permit]:
    return Permit.objects.for_user(user).filter(window=window, state__in=Permit.UNRELEASED).order_by("pk")


def _plates(permit: Permit) -> set[int]:
    plates = PermitVehicle.every.own().filter(permit=permit, until_at=None)
    return set(plates.values_list("vehicle", flat=True))


def release_lapsed_holds(
    *, at: datetime | None = None, holder: User | None = None, lot: Lot | None = None, limit: int = 500
) -> int:
    """Free the places of holds that nobody paid in time, and tell their holders: all of them, one person's, or those in
    a lot. Answers how many."""
    at = at or timezone.now()
    return sum(release_hold(pk, at=at) for pk in _lapsed(at, holder, lot, limit=limit))


@prepared
def _lapsed(at: datetime, holder: User | None, lot: Lot | None, *, limit: int) -> QuerySet[Permit, int]:
    lapsed = Permit.objects.lapsed(at).order_by("held_until", "pk")
    if holder is not None:
        lapsed = lapsed.filter(holder=holder)
    if lot is not None:
        lapsed = lapsed.filter(lot=lot)
    return lapsed.values_list("pk", flat=True)[:limit]


@transaction.atomic
def release_hold(pk: int, *, at: datetime) -> bool:
    """Release one hold, unless it has been paid or extended meanwhile."""
    charge_pk = Permit.objects.values_list("charge", flat=True).get(pk=pk)
    charge = lock_charges([charge_pk])[charge_pk]
    permit = (
        Permit.objects.select_for_update(of=("self",)).select_related("holder", "lot").lapsed(at).filter(pk=pk).first()
    )
    if permit is None or charge.state != Charge.State.OPEN:
        return False
    _release(permit, charge, by=None, reason="not paid in time", at=at)
    return True


@transaction.atomic
def release_before_time(pk: int, *, by: User, reason: str, at: datetime) -> bool:
    """Staff release an unpaid hold before its time is over, and its holder is told. Not while somebody pays, nor what is paid."""
    permit = _lock_unpaid(pk)
    if permit is None:
        return False
    _release(permit, permit.charge, by=by, reason=reason, at=at)
    return True


@transaction.atomic
def take_hold_back(pk: int, *, reason: str, at: datetime) -> bool:
    """Release the unpaid hold of somebody who has heard why; who has it from a waitlist waits on. Not while somebody pays, nor
    what is paid."""
    permit = _lock_unpaid(pk)
    if permit is None:
        return False
    _free(permit, permit.charge, by=None, reason=reason, at=at)
    take_offer_back(permit, at=at, reason=reason)
    return True


def _lock_unpaid(pk: int) -> Permit | None:
    """The hold after its charge, both locked; None where it is paid, being paid or given back."""
    charge_pk = Permit.objects.values_list("charge", flat=True).get(pk=pk)
    charge = lock_charges([charge_pk])[charge_pk]
    held = Permit.objects.select_for_update(of=("self",)).select_related("holder", "lot")
    permit = held.filter(pk=pk, state=Permit.State.HELD).first()
    if permit is None or charge.state != Charge.State.OPEN or is_being_paid(charge.pk):
        return None
    permit.charge = charge
    return permit


def _release(permit: Permit, charge: Charge, *, by: User | None, reason: str, at: datetime) -> None:
    """The place is free, nothing is owed for it, and its holder reads so. Both are locked."""
    _free(permit, charge, by=by, reason=reason, at=at)
    lose_offer(permit, at=at)
    emails.send_hold_lapsed(permit)


def _free(permit: Permit, charge: Charge, *, by: User | None, reason: str, at: datetime) -> None:
    change_state(permit, "release", by=by, at=at, reason=reason)
    if permit.replaces_id:  # an exchange that nobody paid: the old permit has its money again
        move_back(charge, at=at)
    void_charge(charge, by=by, at=at, reason="hold lapsed")


@transaction.atomic
def give_hold_back(permit: Permit, *, at: datetime, reason: str) -> bool:
    """Release a hold before its time: its holder cannot pay for it. Not while somebody pays, nor what is paid."""
    charge = lock_charges([permit.charge_id])[permit.charge_id]
    permit = Permit.objects.select_for_update(of=("self",)).get(pk=permit.pk)
    if permit.state != Permit.State.HELD or charge.state != Charge.State.OPEN or is_being_paid(charge.pk):
        return False
    change_state(permit, "release", at=at, reason=reason)
    void_charge(charge, at=at, reason=reason)
    return True


def extend_hold(charge: Charge, *, until: datetime) -> None:
    """Keep the hold of a locked charge at least until then; never shorter. The charge shows the same moment."""
    held = Permit.objects.filter(charge=charge, state=Permit.State.HELD, held_until__lt=until)
    if held.update(held_until=until):
        Charge.objects.filter(pk=charge.pk).update(held_until=until)


def hold_until(window: SalesWindow, at: datetime) -> datetime:
    """Until when a hold may last: the office's minutes, the end of the sale or, if that is sooner, of the price (RULES 8)."""
    ends = [at + timedelta(minutes=office().hold_minutes), window.sale_ends]
    changes = price_ends(list(window.prices.all()), today(at))
    if changes:
        ends.append(start_of_day(changes))
    return min(ends)
