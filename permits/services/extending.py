"""Park longer: a temporary permit that runs is followed by another one of the same type and vehicle, from its end on.

Both together cost what one permit for the whole time would have cost: what was paid for the first hours counts against the
prices of a day or a week.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import Period
from opscom.lib.money import ZERO
from opscom.lib.office import office
from payments.services.taxes import Priced, TaxAmount, price_with, taxes_for
from permits.errors import PermitRefused
from permits.models import Lot, Permit, PermitType
from permits.services.bans import refuse_banned
from permits.services.conflicts import lock_person, second_permit_in
from permits.services.creation import KIND, create_permit, set_period
from permits.services.moments import asked_for, check_length, check_period, is_on_step
from permits.services.numbers import keeps_number
from permits.services.plates import draw_anew
from permits.services.renewal import note
from permits.services.reserve import release_lapsed_holds, take_place
from permits.services.sale import Asked, check_sale
from permits.services.temporary import hold_ends, quote_period
from permits.services.yearly import check_days


@dataclass(frozen=True)
class ExtensionQuote:
    """The time that is added, and what it costs with its taxes; nothing where the prices of a day or week cover it."""

    period: Period
    amount: Decimal
    priced: Priced | None
    held_until: datetime

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        return self.priced.total if self.priced else ZERO

    @property
    def added(self) -> list[TaxAmount]:
        """The taxes that come on top."""
        return [part for part in self.priced.taxes if not part.tax.inclusive] if self.priced else []


def can_extend(permit: Permit, *, at: datetime | None = None) -> bool:
    """Whether its page offers it: a paid temporary permit that is not over, nor free of charge."""
    paid = permit.state == Permit.State.ACTIVE and permit.ends_at is not None and not permit.on_hours
    return paid and not permit.permit_type.free and office().temporary_permits and not permit.is_over(at)


def quote_extension(
    permit: Permit, *, until: datetime, texted: bool = False, at: datetime | None = None
) -> ExtensionQuote:
    """What parking until then costs more, if a place is free. It holds nothing. PermitRefused, LotFull."""
    return _quote(permit, until, texted, at or timezone.now())


def extend_temporary(
    permit: Permit,
    *,
    until: datetime,
    expected: Decimal,
    by: User,
    texted: bool = False,
    at: datetime | None = None,
) -> Permit:
    """Hold the place from the permit's end until then, at the price that its holder saw; where nothing is owed for it, the
    permit itself ends later. The same again answers the same hold. PermitRefused, LotFull."""
    at = at or timezone.now()
    release_lapsed_holds(at=at, holder=permit.holder)
    return take_place(permit.lot, partial(_extend, permit.pk, until, expected, by, texted, at), at=at)


@transaction.atomic
def _extend(pk: int, until: datetime, expected: Decimal, by: User, texted: bool, at: datetime) -> Permit:
    lot = Lot.objects.select_for_update(of=("self",)).get(permits=pk)
    permit = Permit.objects.select_for_update(of=("self",)).select_related("holder", "permit_type").get(pk=pk)
    permit.lot = permit.permit_type.lot = lot
    held = permit.renewals.filter(state=Permit.State.HELD).first()
    if held is not None and held.ends_at == until:
        return held
    quote = _quote(permit, until, texted, at)
    if quote.total != expected:
        raise PermitRefused(_("The price has changed meanwhile. Look at it again before you extend."), code="changed")
    if not quote.total:
        refuse_banned(lock_person(permit.holder_id), at=at)
        set_period(permit, Period(permit.period.start, until))
        permit.save(update_fields=["valid_from", "valid_before", "starts_at", "ends_at"])
        note(permit, "extended", at=at, by=by)
        draw_anew(permit)
        return permit
    return create_permit(
        permit.holder,
        permit_type=permit.permit_type,
        vehicles=[link.vehicle for link in permit.plates.filter(courtesy=False).select_related("vehicle")],
        period=quote.period,
        amount=quote.amount,
        held_until=quote.held_until,
        at=at,
        renews=permit,
    )


def _quote(permit: Permit, until: datetime, texted: bool, at: datetime) -> ExtensionQuote:
    """The rules of every temporary permit for the time that is added, and its price; needs `permit_type__lot`. What was once
    parked to the minute goes on so."""
    _check(permit, at)
    permit_type, period = permit.permit_type, Period(permit.period.end, until)
    check_period(permit_type, period, at, texted=texted or not is_on_step(_end(permit)), goes_on=True)
    first = _first_start(permit)
    check_length(permit_type, Period(first, until))
    if second_permit_in(permit, period) or not keeps_number(permit, period):
        raise PermitRefused(
            _("Another permit for the same plate or number begins before that. Choose fewer hours."), code="same-plate"
        )
    for link in permit.plates.filter(courtesy=False).select_related("vehicle") if permit_type.year_days else ():
        check_days(permit.holder, permit_type=permit_type, vehicle=link.vehicle, period=period)
    check_sale(_asked(permit, permit_type, period, at))
    amount = quote_period(permit_type, Period(first, until)).amount
    amount -= quote_period(permit_type, Period(first, permit.period.end)).amount
    taxes = taxes_for(KIND, payer=permit.holder_id, at=at)
    return ExtensionQuote(
        period=period,
        amount=amount,
        priced=price_with(taxes, amount) if amount else None,
        held_until=hold_ends(period, at),
    )


def _end(permit: Permit) -> datetime:
    if permit.ends_at is None:
        raise TypeError("only what goes by moments is extended")
    return permit.ends_at


def _check(permit: Permit, at: datetime) -> None:
    if not can_extend(permit, at=at):
        raise PermitRefused(
            _("Only a paid temporary permit that has not ended can be extended. Get a new one."), code="over"
        )
    other = permit.renewals.filter(state__in=Permit.UNRELEASED).first()
    if other is not None:
        raise PermitRefused(
            _("You extended this permit already: %(number)s follows it.") % {"number": other.number}, code="extended"
        )


def _first_start(permit: Permit) -> date:
    """When the parking began of which this permit is the last part."""
    while permit.renews is not None:
        permit = permit.renews
    return permit.period.start


def _asked(permit: Permit, permit_type: PermitType, period: Period, at: datetime) -> Asked:
    """The place stays the holder's own between the two, so its rest after the first permit is not counted."""
    lot, vehicles = permit_type.lot, set(permit.plates.filter(courtesy=False).values_list("vehicle", flat=True))
    keys = {str(lot.pk): lot.key}
    return asked_for(
        permit.holder, permit_type, period, keys=keys, owned=vehicles, chosen=vehicles, at=at, apart_from=permit
    )
