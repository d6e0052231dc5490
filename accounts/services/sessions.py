"""Where a person is logged in, and how that ends. allauth's rows name the devices; a number on the person ends the sessions,
also those that no row tells of."""

import time
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest
from django.utils import timezone

from accounts.devices import device_name
from accounts.models import AccountEvent, User
from accounts.services.history import note_event
from opscom.lib.network import client_address

SEEN_KEY, SEEN_SECONDS = "seen", 300


@dataclass(frozen=True)
class Device:
    """One browser or phone that is logged in."""

    name: str
    address: str
    since: datetime
    seen: datetime
    here: bool


def note_session(request: HttpRequest, user: User) -> None:
    """Write down the device of a session that has just begun."""
    if not request.session.session_key:
        request.session.save()
    row = UserSession(
        session_key=request.session.session_key,
        user=user,
        ip=client_address(request),
        user_agent=request.META.get("HTTP_USER_AGENT", "").replace("\x00", "")[:200],
    )
    fields = ["user", "ip", "user_agent", "created_at", "last_seen_at"]
    UserSession.objects.bulk_create(  # one statement, also where somebody logs in once more within a session
        [row], update_conflicts=True, unique_fields=["session_key"], update_fields=fields
    )
    request.session[SEEN_KEY] = int(time.time())


def note_login(user: User) -> None:
    """Write down that the person logs in now: one statement."""
    user.last_login = timezone.now()
    User.objects.filter(pk=user.pk).update(last_login=user.last_login)


def note_seen(request: HttpRequest) -> None:
    """Move on when and where this device was last seen; every five minutes at most, so that pages stay light."""
    seen = request.session.get(SEEN_KEY)
    if seen is not None and time.time() - seen >= SEEN_SECONDS:
        row = UserSession.objects.filter(session_key=request.session.session_key)
        row.update(last_seen_at=timezone.now(), ip=client_address(request))
        request.session[SEEN_KEY] = int(time.time())


def follow_session(before: str, after: str) -> None:
    """The session goes on under a new name."""
    UserSession.objects.filter(session_key=before).update(session_key=after)


def devices_of(user: User, *, here: str | None) -> list[Device]:
    """Where the person is logged in, this device first, then the one seen last."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    rows = UserSession.objects.filter(Exists(alive), user=user).order_by("-last_seen_at", "-pk")
    devices = [
        Device(device_name(row.user_agent), row.ip, row.created_at, row.last_seen_at, row.session_key == here)
        for row in rows
    ]
    return sorted(devices, key=lambda device: not device.here)


def end_all_sessions(user: User) -> None:
    """Every browser and phone is logged out, whichever way it came in: no session's hash fits any more."""
    _next_generation(user)
    forget_devices(user)


@transaction.atomic
def end_other_sessions(request: HttpRequest, user: User) -> None:
    """Log out every device but this one."""
    _next_generation(user)
    forget_devices(user, keep=request.session.session_key)
    note_event(user, AccountEvent.Verb.SESSIONS_ENDED, by=user)
    update_session_auth_hash(request, user)


def forget_devices(user: User, *, keep: str | None = None) -> None:
    """Take the devices off the list. Their sessions are dead by then: no hash fits any more, and are cleared when they run out."""
    UserSession.objects.filter(user=user).exclude(session_key=keep or "").delete()


def forget_ended_sessions() -> int:
    """Drop the rows of sessions that are no more; answers how many."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    count, _each = UserSession.objects.filter(~Exists(alive)).delete()
    return int(count)


def _next_generation(user: User) -> None:
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
    user.refresh_from_db(fields=["session_generation"])
