"""A permit type may need a form of the person's that the office has approved. Where the type says so, the permit is theirs for
some days while the form is reviewed, once for each form."""

from datetime import datetime

from django.db.models import OuterRef
from django.utils.translation import gettext as _

from accounts.models import User
from forms_module.models import Submission
from forms_module.models.submission import SubmissionQuerySet
from opscom.lib.dates import today
from permits.errors import PermitRefused
from permits.models import Permit, PermitType
from permits.models.permit import PermitQuerySet


def refuse_without_form(user: User, permit_type: PermitType) -> None:
    """PermitRefused where the type asks for a form of which the office has approved none of this person's."""
    form = permit_type.needs_form_id
    if form is not None and not has_approved(user, form):
        raise PermitRefused(form_words(permit_type, used=has_had_days(user, form)), code="form")


def review_of(user: User, permit_type: PermitType) -> Submission | None:
    """What the person has submitted and the office has not decided on, where the type can be had meanwhile; not who has an
    approved one, nor who had a permit while such a form of theirs was reviewed. Queries only where the office wants it so."""
    form = permit_type.needs_form_id
    if form is None or not permit_type.sold_in_review:
        return None
    counted = Submission.objects.for_user(user).filter(form=form, state__in=Submission.COUNTED)
    found = list(counted.order_by("submitted_at", "pk"))
    if not found or any(row.state not in Submission.WAITING for row in found):
        return None
    return None if has_had_days(user, form) else found[-1]


def is_unapproved(permit: Permit, *, at: datetime) -> bool:
    """Its form was refused, or the days in which it holds without an answer are over, and its holder has no other one that is
    approved. No query where it needs none."""
    if permit.review is None or permit.provisional_before is None:
        return False
    in_time = permit.review.state in Submission.WAITING and permit.provisional_before > today(at)
    return not in_time and not has_approved(permit.holder, permit.review.form_id)


def has_approved(user: User, form: int) -> bool:
    """The office has approved the form, by its key, of this person."""
    return approved_forms(user).filter(form=form).exists()


def has_had_days(user: User, form: int) -> bool:
    """The person has or had a permit while that form of theirs was not approved."""
    return provisional_permits(user).filter(review__form=form).exists()


def approved_forms(user: User | OuterRef) -> SubmissionQuerySet:
    """What the person has filled in and the office has approved."""
    return Submission.objects.for_user(user).filter(state=Submission.State.APPROVED)


def provisional_permits(user: User) -> PermitQuerySet:
    """Those that the person has, or had until they ended, while a form is not approved."""
    return Permit.objects.for_user(user).filter(provisional_before__isnull=False).exclude(state=Permit.State.RELEASED)


def form_words(permit_type: PermitType, *, used: bool = False) -> str:
    """What who has none that does reads; needs `needs_form`. `used`: they had a permit while one was reviewed."""
    text = (
        _("This permit needs the form “%(form)s”. Submit it under Forms, then you can have the permit meanwhile.")
        if permit_type.sold_in_review and not used
        else _(
            "This permit needs the form “%(form)s”, approved by the office. Fill it in under Forms, and wait for the answer."
        )
    )
    return text % {"form": permit_type.needs_form}
