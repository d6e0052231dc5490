"""The messages of waitlists."""

from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import Mail
from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail_to
from permits.models import WaitlistEntry, WaitlistOffer
from permits.services.waitlists.links import answer_url


def send_waitlist_joined(entry: WaitlistEntry, *, position: int | None) -> None:
    """The person waits; where, if the office shows it."""
    queue_mail_to(
        entry.user,
        MailKind.WAITLIST_JOINED,
        key=f"waitlist-joined:{entry.code}",
        context={"waitlist": entry.waitlist, "position": position, "action_url": _own_page()},
    )


def send_waitlist_offer(offer: WaitlistOffer) -> Mail | None:
    """A place, until when to answer, and three links that ask before they do anything."""
    links = {f"{answer}_url": answer_url(offer, answer) for answer in ("decline", "snooze")}
    return _send(offer, MailKind.WAITLIST_OFFER, "waitlist-offer", action_url=answer_url(offer), **links)


def send_waitlist_reminder(offer: WaitlistOffer) -> None:
    """The time to answer is nearly over."""
    _send(
        offer,
        MailKind.WAITLIST_REMINDER,
        f"waitlist-reminder:{offer.reminded_at:%Y%m%d%H%M}",
        action_url=answer_url(offer),
    )


def send_waitlist_lapsed(offer: WaitlistOffer) -> None:
    """Nobody answered in time, or the office took the offer back."""
    withdrawn = offer.state == WaitlistOffer.State.WITHDRAWN
    _send(offer, MailKind.WAITLIST_LAPSED, "waitlist-lapsed", withdrawn=withdrawn, action_url=_own_page())


def send_waitlist_emptied(entry: WaitlistEntry, *, day: date, over: bool) -> None:
    """The office empties the list at the end of that day, or did."""
    queue_mail_to(
        entry.user,
        MailKind.WAITLIST_EMPTIED,
        key=f"waitlist-emptied:{entry.code}:{day:%Y%m%d}:{'over' if over else 'notice'}",
        context={"waitlist": entry.waitlist, "day": day, "emptied": over, "action_url": _own_page()},
    )


def send_waitlist_taken(offer: WaitlistOffer) -> None:
    """The place is paid."""
    code = offer.permit.code if offer.permit else ""
    page = settings.BASE_URL + reverse("permits:detail", args=[code])
    _send(offer, MailKind.WAITLIST_TAKEN, "waitlist-taken", permit=offer.permit, action_url=page)


def _send(offer: WaitlistOffer, kind: str, key: str, **context: Any) -> Mail | None:
    """To the person of the offer, once a key."""
    return queue_mail_to(
        offer.entry.user,
        kind,
        key=f"{key}:{offer.code}",
        context={"offer": offer, "waitlist": offer.entry.waitlist, "lot": offer.permit_type.lot, **context},
    )


def _own_page() -> str:
    return settings.BASE_URL + reverse("waitlists:list")
