"""The combinations of built-in locks: kept encrypted, shown to whom they belong, and every look written down."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from lockers.errors import LockerRefused
from lockers.models import CombinationView, Locker, LockerCombination, LockerTerm
from lockers.services.creation import lock_locker
from opscom.lib.acting import current_actor
from opscom.lib.dates import today
from opscom.lib.sealed import can_seal, seal, unseal


@transaction.atomic
def set_combinations(locker: Locker, combinations: Sequence[str]) -> None:
    """The combinations that the lock can be set to, the present one first; none: the holder brings a lock. LockerRefused
    where the operator has set no key."""
    if combinations and not can_seal():
        raise LockerRefused(
            _("Combinations cannot be kept yet. Ask the operator of the portal to set SEALING_KEYS."), code="no-key"
        )
    locker = lock_locker(locker.pk)
    locker.combinations.all().delete()
    LockerCombination.objects.bulk_create(
        LockerCombination(locker=locker, position=position, sealed=seal(text))
        for position, text in enumerate(combinations)
    )
    locker.in_use, locker.to_change = 0, False
    locker.save(update_fields=["in_use", "to_change"])


@transaction.atomic
def note_changed_lock(locker: Locker) -> Locker:
    """Somebody has set the lock to its next combination."""
    locker = lock_locker(locker.pk)
    count = locker.combinations.count()
    if count and locker.to_change:
        locker.in_use, locker.to_change = (locker.in_use + 1) % count, False
        locker.save(update_fields=["in_use", "to_change"])
    return locker


def may_see(term: LockerTerm, *, at: datetime) -> bool:
    """Whether the term is paid and holds today: its holder is the present one."""
    return term.state == LockerTerm.State.ACTIVE and term.starts_on <= today(at) < term.ends_before


@transaction.atomic
def show_to_holder(term: LockerTerm, *, by: User, at: datetime | None = None) -> str:
    """The combination for the present holder; the look is written down. LockerRefused says why not, and what to do."""
    at = at or timezone.now()
    if by.pk != term.user_id or current_actor() is not None or not may_see(term, at=at):
        raise LockerRefused(_("Only who has the locker now sees its combination."), code="not-holder")
    locker = lock_locker(term.locker_id)
    left = LockerTerm.objects.over(today(at)).filter(locker=locker).exclude(user=term.user_id)
    if locker.to_change or left.exists():
        raise LockerRefused(
            _(
                "Somebody else had this locker before, so the office changes its lock first. Look again tomorrow, or call."
            ),
            code="to-change",
        )
    return _read(locker, by=by, term=term, at=at)


@transaction.atomic
def show_to_staff(locker: Locker, *, by: User, at: datetime | None = None) -> str:
    """The combination for staff with the right; the look is written down."""
    return _read(lock_locker(locker.pk), by=by, term=None, at=at or timezone.now())


def _read(locker: Locker, *, by: User, term: LockerTerm | None, at: datetime) -> str:
    combination = locker.combinations.filter(position=locker.in_use).first()
    if combination is None:
        raise LockerRefused(_("This locker has no built-in lock. Bring your own."), code="none")
    CombinationView.objects.create(locker=locker, term=term, by=by, at=at)
    return unseal(combination.sealed)
