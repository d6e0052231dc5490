"""Is this car allowed here? Asked by whoever parks: all about the own vehicles, and, where the office says so, yes or no about
others in a lot for which one holds a permit oneself."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from payments.models import Charge
from permits.errors import PermitRefused
from permits.lot_words import debts_words
from permits.models import Lot, Permit, PlateCheck
from permits.plate_words import sentence
from permits.services.plate_check import Answer, answer_if_free, check_plate, record_check
from vehicles.models import VehicleOwner
from vehicles.plates import normalise_plate


@dataclass(frozen=True)
class Told:
    """The answer: `why` tells nothing of others' vehicles."""

    plate: str
    lot: Lot
    allowed: bool
    why: str = ""


def ask_about(user: User, *, plate: str, lot: Lot, at: datetime | None = None) -> Told:
    """Whether the plate may stand in the lot now; written down. PermitRefused where it is not theirs to ask."""
    at, plate = at or timezone.now(), normalise_plate(plate)
    own = VehicleOwner.objects.for_user(user).filter(vehicle__plate=plate).select_related("vehicle").first()
    neighbour = office().neighbours_ask and _has_permit_for(user, lot, at)
    if own is None and not neighbour:
        raise PermitRefused(_not_theirs(), code="not-theirs")
    answer = check_plate(plate, region=own.vehicle.region if own else "", lot=lot, at=at)
    record_check(replace(answer, permit=None, other=None), by=user)  # no look of an officer's: it warns of nothing
    mine = own and answer.permit and Permit.objects.for_user(user).filter(pk=answer.permit.pk).exists()
    needed = mine and lot.free_without_debts and answer.verdict == PlateCheck.Verdict.COVERED
    if (free := answer_if_free(answer)) and not needed:
        return _told_free(user, free, lot) if own else Told(plate, lot, True, _debts_words(lot))
    if mine:
        return Told(plate, lot, answer.covered, sentence(answer))
    covered = answer.covered and neighbour  # of others' permits nothing is told, not even whether there are any
    hint = own is not None and not covered
    return Told(plate, lot, covered, _("None of your permits covers this vehicle here now.") if hint else "")


def _told_free(user: User, free: Answer, lot: Lot) -> Told:
    """That nobody needs a permit now; where that is not for who owes tickets, by what this person owes: of the plate nothing is
    told, which may be another's."""
    if not lot.free_without_debts:
        return Told(free.plate, lot, allowed=True, why=sentence(free))
    owes = Charge.objects.for_user(user).to_pay().filter(kind="violation").exists()
    return Told(free.plate, lot, not owes, f"{sentence(free)} {debts_words()}")


def _debts_words(lot: Lot) -> str:
    """For whom its times without a permit are not, where the office says so."""
    return debts_words() if lot.free_without_debts else ""


def _has_permit_for(user: User, lot: Lot, at: datetime) -> bool:
    held = Permit.objects.for_user(user).active_on(today(at)).filter(lot=lot)
    return any(permit.has_begun(at) and not permit.is_over(at) for permit in held)


def _not_theirs() -> str:
    if office().neighbours_ask:
        return _("About this vehicle only those can ask who hold a permit for this lot.")
    return _("You can ask about your own vehicles. Add yours under Vehicles, or call the office.")
