"""Background work of violations."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from violations.models import TicketLookup
from violations.services import escalate
from violations.services.boots import following

KEPT = timedelta(days=30)


@shared_task
def forget_old_lookups() -> None:
    """Addresses of those who looked for a ticket are kept for a month, no longer."""
    TicketLookup.objects.filter(at__lt=timezone.now() - KEPT).delete()


@shared_task
def charge_late_fees() -> None:
    """Charge the late fees that have become due."""
    escalate.apply_all_due()


@shared_task
def follow_boots() -> None:
    """Mark what is late, remind of what is due soon, and give codes that wait for nothing any more."""
    following.follow_boots()
