"""What becomes of a permit that was given while the office reviews its form (`conflicts.review_of`): it goes on, or it ends.

Its place is kept for its whole time from the beginning. The plate check and the permit itself know its last provisional day, so
nothing has to run for it to end.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from forms_module.models import Submission
from opscom.lib.dates import today
from permits.errors import PermitRefused
from permits.models import Permit
from permits.services.activation import put_on_paper
from permits.services.cancel import UNAPPROVED, end_unapproved
from permits.services.forfeits import withdraw_promises
from permits.services.renewal import note
from permits.services.reserve import take_hold_back

APPROVED = "form approved"


def conclude_reviews(*, at: datetime | None = None, limit: int = 500) -> int:
    """Let those go on whose form is approved, and end those whose form is refused or was not decided on in time; answers how
    many. What is being paid, or waits for an exchange, is looked at again later."""
    at = at or timezone.now()
    decided = Q(review__state__in=[Submission.State.APPROVED, Submission.State.REFUSED])
    late = Q(provisional_before__lte=today(at), valid_before__gt=today(at))
    due = Permit.objects.filter(
        decided | late, provisional_before__isnull=False, state__in=[Permit.State.HELD, Permit.State.ACTIVE]
    )
    found = list(due.select_related("review").order_by("pk")[:limit])
    return sum(_go_on(permit.pk, at) if _is_approved(permit) else _end(permit, at) for permit in found)


def _is_approved(permit: Permit) -> bool:
    return permit.review is not None and permit.review.state == Submission.State.APPROVED


@transaction.atomic
def _go_on(pk: int, at: datetime) -> bool:
    """The permit is like any other from now on."""
    permits = Permit.objects.select_for_update(of=("self",)).select_related("holder", "permit_type")
    permit = permits.filter(pk=pk, provisional_before__isnull=False).first()
    if permit is None:
        return False
    permit.provisional_before = None
    permit.save(update_fields=["provisional_before"])
    note(permit, APPROVED, at=at)
    if permit.state == Permit.State.ACTIVE:
        put_on_paper(permit, at=at)
    return True


def _end(permit: Permit, at: datetime) -> bool:
    try:
        if permit.state == Permit.State.HELD:
            withdraw_promises([permit.charge_id], reason=UNAPPROVED)
            return take_hold_back(permit.pk, reason=UNAPPROVED, at=at)
        end_unapproved(permit, at=at)
    except PermitRefused:
        return False
    return True
