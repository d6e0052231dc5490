"""Texts before parking by the hour ends (TXT-5)."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import override

from accounts.models.people import ParkingReminder
from accounts.models.text import TextKind
from accounts.services.texts import send_text
from accounts.services.wordings import say
from permits.models import Permit
from permits.services.parkme.prompts import session_line
from permits.services.parkme.standing import text_lots

logger = logging.getLogger(__name__)


def remind_by_text(*, at: datetime | None = None, limit: int = 500) -> int:
    """Write one text for each end of parking that its holder wants to hear of by now; how many were looked at."""
    at = at or timezone.now()
    keys = list(_due(at).order_by("ends_at", "pk").values_list("pk", flat=True)[:limit])
    for pk in keys:
        try:
            _remind(_due(at).filter(pk=pk), at)
        except Exception:  # the others are told all the same, and conversations end
            logger.exception("holder of permit %s not reminded by text", pk)
    return len(keys)


def _due(at: datetime) -> QuerySet[Permit]:
    """Running, not extended, near its end as its holder chose, and not told of this end yet. Not for a permit that is itself
    no longer than the notice, nor for a visitor's."""
    wanted = Q()
    for minutes in filter(None, ParkingReminder.values):
        notice = timedelta(minutes=minutes)
        wanted |= Q(holder__parking_reminder=minutes, ends_at__lte=at + notice, starts_at__lt=F("ends_at") - notice)
    later = Permit.objects.filter(renews=OuterRef("pk"), state__in=Permit.KEPT)
    running = Permit.objects.filter(
        wanted,
        state=Permit.State.ACTIVE,
        on_hours=False,
        starts_at__lte=at,
        ends_at__gt=at,
        holder__is_active=True,
        holder__texts_from=F("holder__phone"),
    )
    return running.filter(Q(texted_of=None) | ~Q(texted_of=F("ends_at"))).exclude(Exists(later))


@transaction.atomic
def _remind(still_due: QuerySet[Permit], at: datetime) -> None:
    """One permit, claimed and read again: another worker that has it in hand writes the text."""
    locked = still_due.select_for_update(of=("self",), skip_locked=True).select_related("holder", "lot")
    permit = locked.annotate(extends_by_text=Exists(text_lots().filter(pk=OuterRef("lot")))).first()
    if permit is None or permit.ends_at is None:
        return
    permit.texted_of = permit.ends_at
    permit.save(update_fields=["texted_of"])
    with override(permit.holder.language):
        words = say("text_ends", parking=session_line(permit))
        if permit.extends_by_text:
            words += " " + say("text_extend")
    key = f"ends:{permit.pk}:{permit.ends_at:%Y%m%d%H%M}"
    send_text(str(permit.holder.texts_from), words, kind=TextKind.REMINDER, key=key, at=at)
