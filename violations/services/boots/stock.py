"""The boots of the office: their codes, and their way back into stock."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.sealed import can_seal, seal
from opscom.lib.states import change_state
from violations.errors import ViolationRefused
from violations.models import Boot

State = Boot.State


def lock_boot(pk: int) -> Boot:
    """The boot, locked: it comes after charges and assignment."""
    return Boot.objects.select_for_update().get(pk=pk)


@transaction.atomic
def set_code(boot: Boot, code: str, *, by: User, at: datetime | None = None) -> Boot:
    """Keep what the lock of a boot in the office opens with now. ViolationRefused where it is out, or without a key of the
    operator."""
    if not can_seal():
        raise ViolationRefused(
            _("Release codes cannot be kept yet. Ask the operator of the portal to set SEALING_KEYS."), code="no-key"
        )
    boot = lock_boot(boot.pk)
    if boot.state not in (State.STOCK, State.DAMAGED):
        raise ViolationRefused(_("This boot is not in the office. Take it back first."), code="not-here")
    boot.sealed = seal(code)
    boot.save(update_fields=["sealed"])
    note(boot, "new release code", by=by, at=at)
    return boot


@transaction.atomic
def put_back(boot: Boot, *, by: User, reason: str, damaged: bool = False, at: datetime | None = None) -> Boot:
    """A boot without an open assignment: found again, repaired, or put aside. ViolationRefused while it is assigned."""
    boot = lock_boot(boot.pk)
    if boot.assignments.open().exists():
        raise ViolationRefused(_("This boot is on a vehicle or out. Note its return instead."), code="assigned")
    if boot.state == (State.DAMAGED if damaged else State.STOCK):
        raise ViolationRefused(_("The boot is in this state already."), code="same")
    change_state(boot, "damage" if damaged else "take_back", by=by, at=at, reason=reason.strip()[:250])
    return boot


def note(boot: Boot, reason: str, *, by: User | None, at: datetime | None = None) -> None:
    """An event that changes no state."""
    boot.events.create(at=at or timezone.now(), by=by, from_state=boot.state, to_state=boot.state, reason=reason)
