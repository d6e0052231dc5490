"""RULES 17: a person has one permit of a plate at a time.

It covers permits for days, in whatever lots, and permits for hours in one lot. A temporary permit elsewhere is allowed for a
plate that has a standard one; in the same lot at the same moments it is not. Held permits count like paid ones, but for a
hold that is to replace a permit (an exchange), and so does a month that Permit Rollover is about to pay. A courtesy car does
not count, nor does a plate that was taken off, from then on. On PostgreSQL the constraint permit_plate_once says the same of
permits of one sort, whoever writes them (migration 0018); on SQLite these checks under an IMMEDIATE transaction are all.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import Period, as_moment, today
from opscom.lib.office import office
from opscom.lib.prepared import prepared
from opscom.models import SystemSettings
from payments.models import Charge
from permits.errors import PermitRefused
from permits.models import Lot, Permit, PermitTerm, PermitVehicle
from vehicles.models import Vehicle

FinesBlock = SystemSettings.FinesBlock


def refuse_debts(user: User, *, at: datetime) -> None:
    """PermitRefused where the person owes a ticket for which the office sells them no permit meanwhile."""
    if debt := debt_of(user, at=at):
        raise PermitRefused(debt_words(debt), code=debt_code(debt))


def debt_of(user: User, *, at: datetime) -> Charge | None:
    """The first ticket for which the office sells them no permit meanwhile. No query where it has no such rule."""
    rules = office()
    if rules.collections_days and rules.collections_block_permits:
        debt = Charge.objects.for_user(user).open().filter(in_collections=True).first()
        if debt is not None:
            return debt
    if rules.fines_block_permits == FinesBlock.NONE:
        return None
    fines = Charge.objects.for_user(user).to_pay().filter(kind="violation")
    if rules.fines_block_permits == FinesBlock.OVERDUE:
        fines = fines.filter(due_on__lt=today(at))
    return fines.order_by("pk").first()


def debt_code(debt: Charge) -> str:
    """A stable word for why it stands in the way."""
    return "collections" if debt.in_collections else "fines"


def debt_words(debt: Charge) -> str:
    """What its debtor reads."""
    if debt.in_collections:
        text = _(
            "%(what)s is at a collection agency. Once it is paid, or the office takes it back, you can get a permit."
        )
    else:
        text = _("%(what)s is not paid. Pay it under Violations, then you can get a permit.")
    return text % {"what": debt.description}


def lock_person(pk: int) -> User:
    """Who buys in two lots at once does so one after the other, and either before privileges are lost or after it."""
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def refuse_second_permit(
    user: User, vehicles: Iterable[Vehicle], *, lot: Lot, period: Period, apart_from: Permit | None = None
) -> None:
    """PermitRefused where the person, who is locked, has a permit of one of these plates at some moment of the period."""
    plates = kept_plates(user.pk, {vehicle.pk for vehicle in vehicles}, apart_from)
    found = next(in_the_way(plates, lot.pk, period), None)
    if found is not None:
        other = found.permit
        raise PermitRefused(
            _(
                "Permit %(number)s (%(lot)s, until %(day)s) is for the same plate at the same time. Choose another vehicle, or cancel that permit first."
            )
            % {"number": other.number, "lot": other.lot.name, "day": date_format(other.last_day)},
            code="same-plate",
        )


def second_permit_in(permit: Permit, period: Period) -> bool:
    """Whether the holder has another permit of one of this one's plates in the period, so that this one cannot go on."""
    vehicles = set(PermitVehicle.every.own().filter(permit=permit, until_at=None).values_list("vehicle", flat=True))
    plates = kept_plates(permit.holder_id, vehicles, permit)
    return next(in_the_way(plates, permit.lot_id, period), None) is not None


def kept_plates(holder: int, vehicles: Iterable[int], apart_from: Permit | None = None) -> list[PermitVehicle]:
    """These vehicles on the person's unreleased permits, each with until when the permit is owed; for `in_the_way`. One
    query."""
    return [
        row for row in _kept_plates(holder, sorted(vehicles)) if apart_from is None or row.permit_id != apart_from.pk
    ]


@prepared
def _kept_plates(holder: int, vehicles: list[int]) -> QuerySet[PermitVehicle]:
    owed = PermitTerm.objects.filter(permit=OuterRef("permit"), state=PermitTerm.State.DUE).values("ends_before")
    theirs = PermitVehicle.every.own().filter(
        vehicle__pk__in=vehicles, permit__holder=holder, permit__state__in=Permit.UNRELEASED
    )
    theirs = theirs.exclude(permit__state=Permit.State.HELD, permit__replaces__isnull=False)
    theirs = theirs.select_related("permit__lot").annotate(owed_until=Subquery(owed[:1]))
    return theirs.order_by("permit__valid_from", "permit")


def in_the_way(plates: Iterable[PermitVehicle], lot: int, period: Period) -> Iterator[PermitVehicle]:
    """Those whose permit a new one in that lot would meet at some moment of the period; asks the database nothing."""
    by_moments = isinstance(period.start, datetime)
    for plate in plates:
        other = plate.permit
        if (by_moments or other.starts_at) and other.lot_id != lot:
            continue
        until = max(other.valid_before, plate.owed_until or other.valid_before)  # type: ignore[attr-defined]
        start = max(as_moment(other.starts_at or other.valid_from), plate.from_at)
        end = as_moment(other.ends_at or until)
        end = min(end, plate.until_at or end)
        if start < end and _overlap(period, Period(start, end)):
            yield plate


def _overlap(one: Period, other: Period) -> bool:
    return as_moment(one.start) < as_moment(other.end) and as_moment(other.start) < as_moment(one.end)
