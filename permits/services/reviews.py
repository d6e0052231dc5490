"""What becomes of a permit that was given while the office reviews its form (`needed_forms.review_of`): it goes on, or it ends.

Its place is kept for its whole time from the beginning. The plate check and the permit itself know its last provisional day, so
nothing has to run for it to end.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from forms_module.models import Submission
from opscom.lib.dates import today
from permits import emails
from permits.errors import PermitRefused
from permits.models import Permit
from permits.services.activation import put_on_paper
from permits.services.cancel import UNAPPROVED, end_unapproved
from permits.services.forfeits import withdraw_promises
from permits.services.needed_forms import approved_forms
from permits.services.renewal import note
from permits.services.reserve import take_hold_back

APPROVED = "form approved"


def conclude_reviews(*, at: datetime | None = None, limit: int = 500) -> int:
    """Let those go on whose holder has the form approved, and end those whose form is refused or was not decided on in time;
    answers how many. What is being paid, or waits for an exchange, is looked at again later."""
    at = at or timezone.now()
    approved = approved_forms(OuterRef("holder")).filter(form=OuterRef("review__form"))
    stands = Q(state=Permit.State.HELD) | Q(state=Permit.State.ACTIVE, valid_before__gt=today(at))
    due = Permit.objects.annotate(approved=Exists(approved)).filter(
        stands,
        Q(approved=True) | Q(review__state=Submission.State.REFUSED) | Q(provisional_before__lte=today(at)),
        provisional_before__isnull=False,
    )
    found = list(due.select_related("review__form", "holder", "lot").order_by("pk")[:limit])
    return sum(_go_on(permit.pk, at) if permit.approved else _end(permit, at) for permit in found)


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
            return _take_back(permit, at)
        end_unapproved(permit, at=at)
    except PermitRefused:
        return False
    return True


@transaction.atomic
def _take_back(permit: Permit, at: datetime) -> bool:
    """A place that is not paid is free again, promised or not, and its holder reads why."""
    withdraw_promises([permit.charge_id], reason=UNAPPROVED)
    taken = take_hold_back(permit.pk, reason=UNAPPROVED, at=at)
    if taken and permit.review is not None:
        emails.send_hold_lapsed(permit, form=permit.review.form.name)
    return taken
