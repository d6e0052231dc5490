"""The messages of lockers."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.urls import reverse

from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail_to
from lockers.models import LockerTerm

ENDED, MOVED, GIVEN_BACK = "ended", "moved", "given_back"


def send_locker_lapsed(term: LockerTerm) -> None:
    """The locker is free again; it can be reserved anew."""
    queue_mail_to(
        term.user,
        MailKind.LOCKER_LAPSED,
        key=f"locker-lapsed:{term.code}:{term.held_until:%Y%m%d%H%M%S}",
        context={"locker": term.locker, "action_url": settings.BASE_URL + reverse("lockers:list")},
    )


def send_locker_unpaid(term: LockerTerm, *, day: date) -> bool:
    """It is held and not paid; once a day. True where it was written now."""
    mail = queue_mail_to(
        term.user,
        MailKind.LOCKER_UNPAID,
        key=f"locker-unpaid:{term.code}:{day:%Y%m%d}",
        context={
            "locker": term.locker,
            "until": term.held_until,
            "action_url": settings.BASE_URL + reverse("payments:list"),
        },
    )
    return mail is not None


def send_locker_ends(term: LockerTerm, *, renewable: bool) -> None:
    """It ends soon: renew it, or empty it by then."""
    queue_mail_to(
        term.user,
        MailKind.LOCKER_ENDS,
        key=f"locker-ends:{term.code}:{term.ends_before:%Y%m%d}",
        context=_about(term) | {"renewable": renewable},
    )


def send_locker_empty(term: LockerTerm, *, day: date) -> bool:
    """Its term is over: empty it now; once a day. True where it was written now."""
    mail = queue_mail_to(
        term.user, MailKind.LOCKER_EMPTY, key=f"locker-empty:{term.code}:{day:%Y%m%d}", context=_about(term)
    )
    return mail is not None


def send_locker_changed(
    term: LockerTerm, what: str, *, reason: str = "", lines: list[tuple[str, Decimal]] | None = None
) -> None:
    """It ended, was given back, or is another one now."""
    context = _about(term) | {"what": what, "reason": reason}
    if lines:
        context |= {"lines": lines, "total": sum(amount for _where, amount in lines)}
    queue_mail_to(term.user, MailKind.LOCKER_CHANGED, key=f"locker-{what}:{term.code}", context=context)


def _about(term: LockerTerm) -> dict[str, object]:
    return {
        "locker": term.locker,
        "last_day": term.last_day,
        "action_url": settings.BASE_URL + reverse("lockers:detail", args=[term.code]),
    }
