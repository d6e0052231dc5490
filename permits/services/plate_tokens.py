"""Tokens with which programs ask about plates: made, found again, revoked."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from opscom.lib.codes import random_code
from opscom.lib.prepared import prepared
from permits.errors import PermitRefused
from permits.models import Lot, PlateCheck, PlateToken

PREFIX = "plates"
TIMES = ("free_times", "free_without_debts", "closed_times")
MINUTE = timedelta(minutes=1)


class TokenRefused(PermitRefused):
    """No token of ours, or not any more."""

    code = "invalid_token"


class TooManyChecks(PermitRefused):
    """The token's minute is full; `wait` says for how long, in seconds."""

    code = "too_many_requests"

    def __init__(self, message: str, *, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True)
class Found:
    """A token that may ask now, and the lot of the code that came with it, if there is such a lot."""

    token: PlateToken
    lot: Lot | None


def make_token(token: PlateToken, *, at: datetime | None = None) -> str:
    """Store a token that has not been saved yet. Answers what its program sends; it cannot be read again later."""
    secret = secrets.token_urlsafe(32)
    token.key, token.made_at = random_code(8), at or timezone.now()
    token.digest = _digest(secret)
    token.save()
    return f"{PREFIX}_{token.key}_{secret}"


def revoke_token(token: PlateToken, *, at: datetime | None = None) -> bool:
    """From now on the token opens nothing. Answers whether it did until now."""
    at = at or timezone.now()
    revoked = PlateToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at)
    token.refresh_from_db(fields=["revoked_at"])
    return bool(revoked)


def find_token(text: str, *, lot: str = "", at: datetime | None = None) -> Found:
    """The token that `text` is, and the lot with that code; one query where it may ask. TokenRefused, TooManyChecks.

    Checks that other requests are still writing down are not counted yet, so many at once may pass the limit by as many
    as there are web processes.
    """
    at = at or timezone.now()
    _prefix, _dash, rest = text.partition("_")
    key, _dash, secret = rest.partition("_")
    token = next(iter(_counted(key if key.isascii() and key.isalnum() else "", lot, at - MINUTE)), None)
    right = secrets.compare_digest(_digest(secret), token.digest if token else _digest(""))
    if token is None or not right or token.revoked_at or (token.expires_at and token.expires_at <= at):
        raise TokenRefused(_("This token is not valid. Ask the office for a new one."))
    if token.recent >= token.per_minute:
        first = PlateCheck.objects.filter(token=token, at__gt=at - MINUTE).aggregate(first=Min("at"))["first"] or at
        wait = max(1, ceil((first + MINUTE - at).total_seconds()))
        raise TooManyChecks(
            _("More than %(n)s checks in a minute. Wait %(seconds)s seconds.")
            % {"n": token.per_minute, "seconds": wait},
            wait=wait,
        )
    times = {name: getattr(token, f"lot_{name}") for name in TIMES}
    return Found(token, Lot(pk=token.lot_key, code=lot, group_id=token.lot_group, **times) if token.lot_key else None)


@prepared
def _counted(key: str, lot: str, since: datetime) -> QuerySet[Any]:
    """The token with that key, how often it has asked since then, and of the lot what a check needs."""
    named = Lot.objects.filter(code=lot)
    recent = PlateCheck.objects.filter(token=OuterRef("pk"), at__gt=since).order_by().values("token")
    return (
        PlateToken.objects.filter(key=key)
        .select_related("lot")
        .annotate(
            recent=Coalesce(Subquery(recent.annotate(n=Count("pk")).values("n")), 0),
            lot_key=Subquery(named.values("pk")[:1]),
            **{f"lot_{name}": Subquery(named.values(name)[:1]) for name in ("group", *TIMES)},
        )
        .order_by()
    )


def _digest(secret: str) -> str:
    """Not a slow hash: 256 random bits cannot be guessed, and every check would wait for one."""
    return hashlib.sha256(secret.encode()).hexdigest()
