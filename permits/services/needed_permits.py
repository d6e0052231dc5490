"""Permits that are sold only with another one, such as charging beside a place in a zone."""

from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from accounts.models import User
from permits.errors import PermitRefused
from permits.models import Permit, PermitType
from permits.models.permit import PermitQuerySet

Day = date | OuterRef | Greatest  # a day, or one of an outer query


def refuse_without_other(
    user: User, permit_type: PermitType, *, day: date, rolling: bool = True, apart_from: Permit | None = None
) -> None:
    """PermitRefused where the type needs another permit that the person does not have on that day. No query where it needs none;
    one that renews itself goes on where such `rolling` ones count, and one that is to be replaced does not count."""
    if permit_type.needs_group_id is None:
        return
    others = permits_that_count(user).filter(lot__group=permit_type.needs_group_id)
    if apart_from is not None:
        others = others.exclude(pk=apart_from.pk)
    holds = holds_on(day) if rolling else Q(valid_from__lte=day, valid_before__gt=day)
    if not others.exclude(permit_type=permit_type).filter(holds).exists():
        raise PermitRefused(other_words(permit_type), code="needs-other")


def permits_that_count(user: User | OuterRef) -> PermitQuerySet:
    """The person's paid standard permits."""
    return Permit.objects.for_user(user).filter(state=Permit.State.ACTIVE, starts_at=None)


def holds_on(day: Day) -> Q:
    """Permits of that day; one that renews itself goes on."""
    return Q(valid_from__lte=day) & (Q(valid_before__gt=day) | Q(rollover=True, valid_before__gte=day))


def with_other(user: User | OuterRef, day: Day) -> Q:
    """Permit types that need no other permit, or one that the person has on that day."""
    others = permits_that_count(user).filter(holds_on(day), lot__group=OuterRef("needs_group"))
    return Q(needs_group=None) | Q(Exists(others.exclude(permit_type=OuterRef("pk"))))


def other_words(permit_type: PermitType) -> str:
    """What who has none reads; needs `needs_group`."""
    return _(
        "This permit is sold only with a paid permit for %(group)s that holds on its first day. Get that one first."
    ) % {"group": permit_type.needs_group}
