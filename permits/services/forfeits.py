"""What who has lost the parking privileges had not paid: it goes back, so that others can have the place."""

from datetime import datetime
from itertools import chain

from django.utils import timezone

from payments.models import Charge, Payment
from payments.services.promises import withdraw_promise
from permits.models import HourBlock, Permit, PermitBan, PermitTerm
from permits.services.renewal import lapse_term
from permits.services.reserve import take_hold_back
from permits.services.visitors.wallet import take_hours_back

REASON = "lost privileges"


def give_back_of_banned(*, at: datetime | None = None, limit: int = 500) -> int:
    """Free their held places, and end their owed months and the visitor hours in their baskets, promised ones too; answers how many. A card that is being charged is
    waited for: who began to pay before the privileges were lost gets it, and where the payment fails the next look takes it
    back. Cash that was promised for it is promised no more; what else that promise was for is owed again."""
    at = at or timezone.now()
    banned = PermitBan.objects.in_force(at).values("user")
    held = dict(
        Permit.objects.filter(state=Permit.State.HELD, holder__in=banned)
        .order_by("pk")
        .values_list("pk", "charge")[:limit]
    )
    owed = dict(
        PermitTerm.objects.filter(state=PermitTerm.State.DUE, permit__holder__in=banned)
        .order_by("pk")
        .values_list("pk", "charge")[:limit]
    )
    hours = list(
        HourBlock.objects.filter(user__in=banned, charge__state=Charge.State.OPEN, charge__held_until__isnull=False)
        .order_by("pk")
        .values_list("charge", flat=True)[:limit]
    )
    if not (held or owed or hours):
        return 0
    withdraw_promises([*held.values(), *owed.values(), *hours], reason=REASON)
    return sum(
        chain(
            (take_hold_back(pk, reason=REASON, at=at) for pk in held),
            (lapse_term(pk, at=at, banned=True) for pk in owed),
            (take_hours_back(pk, reason=REASON, at=at) for pk in hours),
        )
    )


def withdraw_promises(charges: list[int], *, reason: str) -> None:
    """Of cash or a cheque for any of these charges."""
    promised = Payment.objects.filter(state=Payment.State.PROMISED, checkout__lines__charge__in=charges)
    for payment in promised.distinct().order_by("pk"):
        withdraw_promise(payment, reason=reason)
