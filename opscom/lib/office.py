"""The office's settings: one read a request at most, from Redis or, without Redis, from their row."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from opscom.models import SystemSettings

CACHE_KEY = "system-settings"
CACHE_SECONDS = 60
_memo: ContextVar[list[SystemSettings] | None] = ContextVar("office_settings", default=None)
_refused: ContextVar[str] = ContextVar("office_settings_refused", default="")


def office() -> SystemSettings:
    """The settings in force. Inside `settings_once` they are read once and then stay the same."""
    if why := _refused.get():
        raise TypeError(why)
    memo = _memo.get()
    if memo is None:
        return _read()
    if not memo:
        memo.append(_read())
    return memo[0]


@contextmanager
def settings_once(*known: SystemSettings) -> Iterator[None]:
    """One request or one task: whatever happens meanwhile, it sees one set of settings; `known` are those, where they were
    saved in a transaction that goes on, and other processes still read the earlier ones."""
    token = _memo.set(list(known))
    try:
        yield
    finally:
        _memo.reset(token)


@contextmanager
def settings_refused(why: str) -> Iterator[None]:
    """What is made now outlives the settings of the moment: whoever reads them gets TypeError."""
    token = _refused.set(why)
    try:
        yield
    finally:
        _refused.reset(token)


def save_settings(row: SystemSettings) -> SystemSettings:
    """Store the office's choices; from this commit on every process reads them."""
    row.pk = 1
    row.save()
    if settings.REDIS_URL:
        transaction.on_commit(lambda: cache.set(CACHE_KEY, row, CACHE_SECONDS))
    return row


def _read() -> SystemSettings:
    row: SystemSettings | None = cache.get(CACHE_KEY) if settings.REDIS_URL else None
    if row is None:
        row = SystemSettings.objects.filter(pk=1).first() or SystemSettings(pk=1)
        if settings.REDIS_URL:
            cache.add(CACHE_KEY, row, CACHE_SECONDS)  # never over what a save has just put there
    return row
