"""Background work of the portal itself."""

from celery import shared_task
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from opscom.lib.retention import apply_retention

HEART_KEY = "worker-heart"
HEART_SECONDS = 90


@shared_task
def end_what_is_over() -> None:
    """Delete or strip the records whose time is over (opscom.lib.retention)."""
    apply_retention(timezone.now())


@shared_task
def clear_sessions() -> None:
    """Drop sessions that have ended."""
    call_command("clearsessions")


@shared_task
def beat_heart() -> None:
    """Leave a sign that beat and a worker live; /readyz looks for it."""
    cache.set(HEART_KEY, timezone.now().isoformat(), HEART_SECONDS)
