"""What who has lost the parking privileges had not paid: it goes back, so that others can have the place."""

from datetime import datetime

from django.utils import timezone

from permits.models import Permit, PermitBan, PermitTerm
from permits.services.renewal import lapse_term
from permits.services.reserve import take_hold_back


def give_back_of_banned(*, at: datetime | None = None, limit: int = 500) -> int:
    """Free their held places and end their owed months; answers how many. What is being paid is waited for: who began to pay
    before the privileges were lost gets it, and where the payment fails the next look takes it back."""
    at = at or timezone.now()
    banned = PermitBan.objects.in_force(at).values("user")
    held = Permit.objects.filter(state=Permit.State.HELD, holder__in=banned).order_by("pk")
    owed = PermitTerm.objects.filter(state=PermitTerm.State.DUE, permit__holder__in=banned).order_by("pk")
    done = sum(take_hold_back(pk, reason="lost privileges", at=at) for pk in held.values_list("pk", flat=True)[:limit])
    return done + sum(lapse_term(pk, at=at, banned=True) for pk in owed.values_list("pk", flat=True)[:limit])
