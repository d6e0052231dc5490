"""Permits that are sold only with another one, such as charging beside a place in a zone."""

from datetime import date

from django.db.models import OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import User
from permits.errors import PermitRefused
from permits.models import Permit, PermitType
from permits.models.permit import PermitQuerySet


def refuse_without_other(user: User, permit_type: PermitType, *, day: date, apart_from: Permit | None = None) -> None:
    """PermitRefused where the type needs another permit that the person does not have on that day. No query where it needs none;
    one that renews itself goes on, and one that is to be replaced does not count."""
    if permit_type.needs_group_id is None:
        return
    others = permits_that_count(user).filter(lot__group=permit_type.needs_group_id)
    if apart_from is not None:
        others = others.exclude(pk=apart_from.pk)
    goes_on = Q(valid_before__gt=day) | Q(rollover=True, valid_before__gte=day)
    if not others.exclude(permit_type=permit_type).filter(goes_on, valid_from__lte=day).exists():
        raise PermitRefused(other_words(permit_type), code="needs-other")


def permits_that_count(user: User | OuterRef) -> PermitQuerySet:
    """The person's paid standard permits."""
    return Permit.objects.for_user(user).filter(state=Permit.State.ACTIVE, starts_at=None)


def has_other(user: User | OuterRef, day: date) -> PermitQuerySet:
    """For each permit type of the outer query: the permits that it needs, now or to come."""
    others = permits_that_count(user).filter(lot__group=OuterRef("needs_group"), valid_before__gt=day)
    return others.exclude(permit_type=OuterRef("pk"))


def other_words(permit_type: PermitType) -> str:
    """What who has none reads; needs `needs_group`."""
    return _(
        "This permit is sold only with a paid permit for %(group)s that holds on its first day. Get that one first."
    ) % {"group": permit_type.needs_group}
