"""Which moments a temporary permit may have, and what a sale by moments asks."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from opscom.lib.acting import current_actor
from opscom.lib.dates import Period, today
from opscom.lib.office import office
from permits.capacity import occupancy
from permits.errors import PermitRefused
from permits.models import Lot, Permit, PermitType
from permits.models.lot import Keys
from permits.services.sale import Asked
from permits.services.waitlists.places import kept_for_queue

AHEAD = timedelta(days=366)
DAY = timedelta(days=1)
TEXTED_LATE = timedelta(minutes=30)  # from the price in a text until it is confirmed


def check_period(
    permit_type: PermitType, period: Period, at: datetime, *, texted: bool = False, goes_on: bool = False
) -> None:
    """Whether these moments can be had of this type at all; `goes_on` where they follow what is parked already. PermitRefused,
    a sentence for each reason."""
    start, end = moments_of(period)
    late = timedelta(minutes=office().temporary_grace)
    if end <= start:
        raise PermitRefused(_("The end comes before the start. Choose a later end."), code="backwards")
    if start < at - (max(late, TEXTED_LATE) if texted else late):
        raise PermitRefused(_("The start has passed. Choose a time from now on."), code="past")
    if end <= at:
        raise PermitRefused(_("The end has passed. Choose a later end."), code="past-end")
    if not goes_on:
        _check_ahead(permit_type, start, at)
    if not texted and not all(is_on_step(moment) for moment in (start, end)):
        raise PermitRefused(
            ngettext(
                "Times go in steps of %(n)s minute. Choose the next one.",
                "Times go in steps of %(n)s minutes, for example 14:00 or 15:00. Choose the next one.",
                office().temporary_step,
            )
            % {"n": office().temporary_step},
            code="step",
        )
    check_length(permit_type, period)


def check_length(permit_type: PermitType, period: Period) -> None:
    """Whether it is not too long: for who buys it, or for staff who act in that person's name. PermitRefused."""
    start, end = moments_of(period)
    most = min(permit_type.most_days, 30)
    if permit_type.office_days and current_actor() is not None:
        most = max(most, permit_type.office_days)
    if (timezone.localtime(start) + most * DAY) < end:
        raise PermitRefused(
            ngettext(
                "A temporary permit here is valid for %(n)s day at most. Choose an earlier end, or a standard permit.",
                "A temporary permit here is valid for %(n)s days at most. Choose an earlier end, or a standard permit.",
                most,
            )
            % {"n": most},
            code="long",
        )


def _check_ahead(permit_type: PermitType, start: datetime, at: datetime) -> None:
    """Whether it is sold so early. PermitRefused."""
    if start > at + AHEAD:
        raise PermitRefused(_("That is more than a year away. Choose an earlier start."), code="far")
    most = permit_type.days_ahead
    if most is None or today(start) <= today(at) + most * DAY:
        return
    if not most:
        raise PermitRefused(_("This permit is sold only on the day on which it begins. Come back then."), code="far")
    raise PermitRefused(
        ngettext(
            "This permit is sold at most %(n)s day ahead. Choose an earlier start.",
            "This permit is sold at most %(n)s days ahead. Choose an earlier start.",
            most,
        )
        % {"n": most},
        code="far",
    )


def is_on_step(moment: datetime) -> bool:
    """The office's steps lead to it."""
    local = timezone.localtime(moment)
    return not (local.minute % office().temporary_step or local.second or local.microsecond)


def moments_of(period: Period) -> tuple[datetime, datetime]:
    """Its two moments, on the world's clock."""
    if not (isinstance(period.start, datetime) and isinstance(period.end, datetime)):
        raise TypeError("a temporary permit goes by moments")
    return period.start.astimezone(UTC), period.end.astimezone(UTC)


def lock_type(pk: int) -> PermitType:
    """The permit type with its lot, which is locked: of many who want its places each counts what the last one left."""
    lot = Lot.objects.select_for_update(of=("self",)).get(permit_types=pk)
    permit_type = PermitType.objects.get(pk=pk)
    permit_type.lot = lot
    return permit_type


def asked_for(
    user: User,
    permit_type: PermitType,
    period: Period,
    *,
    keys: Keys,
    owned: Collection[int],
    chosen: Collection[int],
    at: datetime,
    apart_from: Permit | None = None,
) -> Asked:
    """What is known of somebody who wants a place for those moments; needs `lot`, locked where the answer is written down."""
    lot = permit_type.lot
    return Asked(
        user=user,
        lot=lot,
        at=at,
        for_type=Lot.objects.for_type_of(user).filter(pk=lot.pk).exists(),
        keys=keys,
        permit_type=permit_type,
        occupancy=occupancy(permit_type, period, apart_from=apart_from),
        queued=kept_for_queue(lot, period, at),
        owned=owned,
        chosen=chosen,
    )
