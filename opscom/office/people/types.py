"""Change what many people are to the office at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AccountEvent, User, UserType
from accounts.services.history import note_events
from opscom.lib.dates import today
from permits.models import Permit


@dataclass(frozen=True)
class TypeChange:
    """Whom it affects: how many of each type now, how many stay as they are, and whose permits are in lots that their new
    type may not buy in (those stay valid, and cannot be bought again)."""

    changing: int
    unchanged: int
    of_type: list[tuple[str, int]]
    permits_elsewhere: list[Permit]
    permits: int


def preview_types(people: Iterable[int], to: UserType) -> TypeChange:
    """What would happen; nothing is changed."""
    chosen = User.objects.filter(pk__in=list(people), is_staff=False)
    changing = chosen.exclude(user_type=to)
    counts = changing.order_by("user_type__position").values_list("user_type__name").annotate(n=Count("pk"))
    now = timezone.now()
    shut_out = Q(lot__user_types__isnull=False) & ~Q(lot__in=to.lot_set.all())
    held = (
        Permit.objects.filter(shut_out, holder__in=changing, valid_before__gt=today(now)).taking_space(now).distinct()
    )
    return TypeChange(
        changing=changing.count(),
        unchanged=chosen.count() - changing.count(),
        of_type=[(name or _("None"), n) for name, n in counts],
        permits_elsewhere=list(held.select_related("holder", "lot").order_by("number")[:20]),
        permits=held.count(),
    )


@transaction.atomic
def change_types(people: Iterable[int], to: UserType, *, by: User) -> int:
    """Give them that type, and say so in each one's history. Staff are left out. Answers how many changed."""
    changing = User.objects.select_for_update(of=("self",)).filter(pk__in=list(people), is_staff=False)
    rows = list(changing.exclude(user_type=to).order_by("pk").annotate(was=F("user_type__name")))
    events = [
        AccountEvent(
            user=user, by=by, verb=AccountEvent.Verb.TYPE_CHANGED, detail=f"{user.was or '–'} → {to.name}"[:250]
        )
        for user in rows
    ]
    User.objects.filter(pk__in=[user.pk for user in rows]).update(user_type=to)
    note_events(events)
    return len(rows)
