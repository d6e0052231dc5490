"""A permit becomes valid: it is paid, or nothing is owed for it."""

from datetime import datetime

from accounts.models import User
from opscom.lib.states import change_state
from permits.models import Permit
from permits.services.plates import draw_anew
from permits.services.tags import ensure_tag
from permits.services.waitlists.ending import pay_offer


def activate_permit(permit: Permit, *, at: datetime, by: User | None = None, reason: str = "") -> None:
    """What is held is valid from now on: its tag is made, the offer that it came from is taken, and its file is drawn. The
    caller has locked the permit, or has just made it."""
    change_state(permit, "activate", by=by, at=at, held_until=None, reason=reason)
    pay_offer(permit, at=at)
    put_on_paper(permit, at=at)


def put_on_paper(permit: Permit, *, at: datetime) -> None:
    """Its tag is made and its file drawn, unless the form that it needs is still reviewed. The caller has locked the permit."""
    if permit.provisional_before is None:
        ensure_tag(permit, at=at)
        draw_anew(permit)
