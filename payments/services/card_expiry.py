"""Tell people in time that a stored card expires."""

from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from opscom.lib.dates import today
from opscom.lib.office import office
from payments import emails
from payments.models import StoredCard

DAYS = (7, 30)


def warn_of_expiry(*, at: datetime | None = None, limit: int = 500) -> int:
    """Write to the owner 30 and 7 days before a card's last day, once each; a job that was late writes the nearer one only.
    Answers how many messages were written."""
    if not office().stored_cards:
        return 0
    day = today(at or timezone.now())
    return sum(_warn(card, day) for card in _expiring(day)[:limit])


def _expiring(day: date) -> list[StoredCard]:
    """Stored cards whose last day is today or within the longest notice."""
    months = {(day + timedelta(days=ahead)).replace(day=1) for ahead in range(max(DAYS) + 1)}
    wanted = Q()
    for month in months:
        wanted |= Q(exp_year=month.year, exp_month=month.month)
    cards = StoredCard.objects.filter(wanted, state=StoredCard.State.STORED, user__is_active=True)
    return list(cards.select_related("user").order_by("pk"))


def _warn(card: StoredCard, day: date) -> bool:
    left = (card.expires_before - day).days - 1
    due = next((days for days in DAYS if left <= days), None)
    return due is not None and emails.send_card_expires(card, days=due)
