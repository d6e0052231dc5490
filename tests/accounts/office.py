"""The office's choices for one test."""

from typing import Any

from django.conf import settings
from django.core.cache import cache

from opscom.lib.office import CACHE_KEY, office, save_settings
from opscom.models import SystemSettings

PASSWORD = "harbour-lantern-42"
SETTINGS_READ = 0 if settings.REDIS_URL else 1  # queries a request needs for the office's settings

CACHE_OUTSIDE = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}  # as Redis: throttles cost no query


def set_office(**choices: Any) -> SystemSettings:
    """Store these choices on top of those in force."""
    row = office()
    for name, value in choices.items():
        setattr(row, name, value)
    save_settings(row)
    cache.delete(CACHE_KEY)  # a test's transaction never commits, so nothing puts the new row there
    return row
