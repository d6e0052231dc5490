"""Write a new permit and what is owed for it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.dates import Period, as_moment, end_of_day, start_of_day, today, written_period
from opscom.lib.prepared import prepared
from payments.models import Charge
from payments.services.charges import create_charge, create_free_charge
from permits.models import Permit, PermitType, PermitVehicle, SalesWindow
from permits.models.permit import PermitEvent
from permits.services.bans import refuse_banned
from permits.services.conflicts import lock_person, refuse_debts, refuse_second_permit
from permits.services.needed_forms import refuse_without_form, review_of
from permits.services.needed_permits import refuse_without_other
from permits.services.numbers import take_number
from vehicles.models import Vehicle

KIND = "permit"
GIVEN, PASSED_ON = "free of charge", "passed on"


def create_permit(
    user: User,
    *,
    permit_type: PermitType,
    vehicles: Sequence[Vehicle],
    period: Period,
    amount: Decimal,
    held_until: datetime,
    at: datetime,
    window: SalesWindow | None = None,
    step: int | None = None,
    because: Iterable[object] = (),
    replaces: Permit | None = None,
    renews: Permit | None = None,
    hours: Charge | None = None,
    instead_of: Permit | None = None,
) -> Permit:
    """A hold of a place for this person, for days or (temporary permits) from one moment to another. The caller has locked the
    lot and found a place free; needs `lot` of the permit type. `because` says, in the holder's language once it is written, how the
    amount came about (Quote.reasons), and `step` which permit of its household it is. Who pays for it ends the permit that it
    `replaces`: an exchange; the one that it `renews` runs to its end before it. A numbered type gives a free number. Where the form
    that it needs is only submitted, it may hold for some days meanwhile (`review`).
    The place of the one that it is `instead_of` is another person's until now: it keeps that one's number from stock, and nothing is
    owed. Nor is it where visitor hours pay for it: `hours` is the charge that they were bought with. LotFull, PermitRefused."""
    _lock_buyer(user, at)
    review = review_of(user, permit_type) if window and instead_of is None else None
    if review is None:
        refuse_without_form(user, permit_type)
    refuse_without_other(user, permit_type, day=today(as_moment(period.start)), apart_from=replaces)
    refuse_second_permit(user, vehicles, lot=permit_type.lot, period=period, apart_from=replaces)
    permit = Permit(
        holder=user,
        lot=permit_type.lot,
        permit_type=permit_type,
        window=window,
        held_until=held_until,
        reserved_at=at,
        serial=next_serial(permit_type),
        replaces=replaces or instead_of,
        renews=renews,
        step=step,
        on_hours=hours is not None,
        review=review,
    )
    set_period(permit, period)
    if review is not None:
        permit.provisional_before = _provisional_end(permit, at)
    if instead_of is not None:
        permit.stock = instead_of.stock
    elif permit_type.numbered:
        permit.stock = take_number(permit_type, period, after=renews)
    permit.number = permit.stock.number if permit.stock else f"{permit_type.prefix}-{permit.serial}"
    with override(user.language):
        permit.price_note = "; ".join(map(str, because))[:200]
        permit.charge = hours or _charge(permit, amount, at, given=PASSED_ON if instead_of else GIVEN)
    permit.save()
    PermitVehicle.objects.bulk_create(PermitVehicle(permit=permit, vehicle=vehicle, from_at=at) for vehicle in vehicles)
    PermitEvent.objects.create(permit=permit, at=at, by=user, to_state=permit.state)
    return permit


def _lock_buyer(user: User, at: datetime) -> None:
    """Who may have permits. PermitRefused."""
    lock_person(user.pk)
    refuse_banned(user, at=at)
    refuse_debts(user, at=at)


def _charge(permit: Permit, amount: Decimal, at: datetime, *, given: str) -> Charge:
    """What is owed for it, in the language in force; of what is `given` a charge of nothing, whose history says why."""
    said: dict[str, Any] = {
        "payer": permit.holder,
        "description": _("Permit %(number)s, %(lot)s") % {"number": permit.number, "lot": permit.lot.name},
        "detail": "; ".join(filter(None, [written_period(permit.period), permit.price_note])),
        "link": reverse("permits:detail", args=[permit.code]),
        "at": at,
    }
    if not amount and (permit.permit_type.free or given == PASSED_ON):
        return create_free_charge(KIND, reason=given, **said)
    return create_charge(KIND, amount=amount, held_until=permit.held_until, **said)


def _provisional_end(permit: Permit, at: datetime) -> date:
    """Before which day it ends while its form is not approved: the office's days count from its first one."""
    first = max(permit.valid_from, today(at))
    return min(first + timedelta(days=permit.permit_type.review_days or 0), permit.valid_before)


def set_period(permit: Permit, period: Period) -> None:
    """Its days; of moments, the days that they touch."""
    permit.valid_from, permit.valid_before = period.start, period.end
    if isinstance(period.start, datetime) and isinstance(period.end, datetime):
        permit.starts_at, permit.ends_at = period.start, period.end
        last = today(period.end)
        permit.valid_from = today(period.start)
        permit.valid_before = last if period.end == start_of_day(last) else today(end_of_day(last))


def next_serial(permit_type: PermitType) -> int:
    """The next number of this type; the lot's lock keeps others from taking it. A raised first number is honoured."""
    return max([permit_type.first_number, *(last + 1 for last in _last_serial(permit_type))])


@prepared
def _last_serial(permit_type: PermitType) -> QuerySet[Permit, int]:
    return Permit.objects.filter(permit_type=permit_type).order_by("-serial").values_list("serial", flat=True)[:1]
