"""Is this paper real? The code on a permit names the permit and the copy, signed, and the answer is worked out here."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.conf import settings
from django.db.models import F, Max, Q
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from opscom.lib.codes import signature
from opscom.lib.dates import as_moment
from permits.models import Permit, Reprint

SALT = "permits.copy"


class Verdict(Enum):
    """What the page says of a permit."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    HELD = "held"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    OLD_COPY = "old_copy"


@dataclass(frozen=True)
class Judged:
    """A permit with what is said of it; `ask_for` is the copy that is good instead of one that was lost."""

    permit: Permit
    copy: int
    verdict: Verdict
    ask_for: int


def verify_address(permit: Permit, copy: int) -> str:
    """What the code on that copy opens."""
    return settings.BASE_URL + reverse("verify", args=[copy_token(permit.code, copy)])


def copy_token(code: str, copy: int) -> str:
    """Permit and copy with a signature, such as 7KQ2M9XD1ABC-2-K7M2Q9XA: nobody can make the code of another copy."""
    return f"{code}-{copy}-{_sign(code, copy, settings.SECRET_KEY)}"


def read_token(text: str) -> tuple[str, int] | None:
    """(code of the permit, copy), or nothing where the signature is not ours. A bare code is that of a sheet from before
    copies were numbered: it is taken for copy 0."""
    code, *rest = text.upper().split("-")
    if not rest:
        return code, 0
    if len(rest) != 2 or not (rest[0].isascii() and rest[0].isdigit()):
        return None
    copy = int(rest[0][:5])
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return (code, copy) if any(constant_time_compare(rest[1], _sign(code, copy, key)) for key in keys) else None


def judge_permit(code: str, copy: int, *, at: datetime) -> Judged | None:
    """What there is to say of that copy at that moment; nothing where there is no such permit."""
    cancelled = Max("reprints__through", filter=~Q(reprints__kind=Reprint.Kind.OFFICE))
    permit = (
        Permit.objects.filter(code=code)
        .select_related("lot", "permit_type")
        .prefetch_related("plates__vehicle")
        .annotate(newest=Max("copies__number"), lost_through=cancelled)
        .order_by(F("pk"))
        .first()
    )
    if permit is None:
        return None
    lost = -1 if permit.lost_through is None else permit.lost_through
    newest = permit.newest or 0
    verdict = Verdict.OLD_COPY if copy <= lost else _verdict(permit, at)
    return Judged(permit, copy, verdict, newest if newest > lost else lost + 1)


def half_hidden(plate: str) -> str:
    """A plate that can be compared with the vehicle, but not be read off the page: CKRT418 is •••T418."""
    hidden = len(plate) // 2
    return "•" * hidden + plate[hidden:]


def _verdict(permit: Permit, at: datetime) -> Verdict:
    states = {
        Permit.State.HELD: Verdict.HELD,
        Permit.State.SUSPENDED: Verdict.SUSPENDED,
        Permit.State.RELEASED: Verdict.CANCELLED,
        Permit.State.CANCELLED: Verdict.CANCELLED,
    }
    if permit.state in states:
        return states[Permit.State(permit.state)]
    if as_moment(permit.period.start) > at:
        return Verdict.NOT_YET
    return Verdict.EXPIRED if is_over(permit, at) else Verdict.VALID


def is_over(permit: Permit, at: datetime) -> bool:
    """Its time has passed."""
    return as_moment(permit.period.end) <= at


def _sign(code: str, copy: int, key: str) -> str:
    return signature(SALT, f"{code}-{copy}", key=key)
