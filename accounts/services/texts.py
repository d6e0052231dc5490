"""Write texts as rows with the change that they tell of, and send the rows later, once.

A text whose answer from the gateway got lost is marked so and never sent again: to be told twice to pay, or that parking
was bought, is worse than not to be told.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import TextMessage, TextOptOut, User
from accounts.models.text import LONGEST, SEALED_TEXTS
from accounts.services.phones import owner_of_number
from accounts.services.text_opt_outs import is_opted_out, opt_out
from accounts.text_providers import text_provider
from accounts.text_providers.base import OutgoingText, TextRefused, TextUnsure
from opscom.lib.office import office
from opscom.lib.sealed import seal
from opscom.lib.segments import count_segments, with_plain_signs
from opscom.lib.work import hint

logger = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
MOST_TRIES = 6
OPTED_OUT = "21610"
State = TextMessage.State
# A text only moves on: what the gateway told late, or twice, takes nothing back.
RANK = {
    State.QUEUED: 0,
    State.SENDING: 1,
    State.UNKNOWN: 2,
    State.SENT: 3,
    State.DELIVERED: 4,
    State.FAILED: 4,
    State.DROPPED: 4,
}


def send_text(to: str, body: str, *, kind: str, key: str = "", at: datetime | None = None) -> TextMessage | None:
    """Write one text to that number (E.164), to be sent after commit, or at `at` where that is later. None where nothing is
    sent: the number wants no texts, the office has no gateway, or a text with this `key` was written before."""
    from accounts.tasks import send_one_text

    if text_provider() is None or is_opted_out(str(to)):
        return None
    try:
        with transaction.atomic():
            text = TextMessage.objects.create(
                **outgoing_fields(str(to), body, kind=kind, at=at or timezone.now()),
                user=person_of(str(to)),
                state=State.QUEUED,
                key=key,
            )
            hint(send_one_text, text_id=text.pk)
    except IntegrityError:
        if not key or not TextMessage.objects.filter(key=key).exists():
            raise
        return None
    return text


def send_answer_later(answer: TextMessage) -> None:
    """Send an answer as a text of its own: the gateway has waited too long for it."""
    from accounts.tasks import send_one_text

    now = timezone.now()
    waits = TextMessage.objects.filter(pk=answer.pk, state=State.SENT, tries=0)
    waits.update(state=State.QUEUED, sent_at=None, next_try_at=now)
    hint(send_one_text, text_id=answer.pk)


def outgoing_fields(to: str, body: str, *, kind: str, at: datetime) -> dict[str, Any]:
    """The columns of a text that goes out, its segments counted and priced; all but whose it is."""
    body = with_plain_signs(body.replace("\0", ""))[:LONGEST]
    segments = count_segments(body)
    return {
        "direction": TextMessage.Direction.OUT,
        "kind": kind,
        "number": to,
        "office_number": office().text_number,
        "body": seal(body) if kind in SEALED_TEXTS else body,
        "segments": segments,
        "price": segments * office().text_price,
        "created_at": at,
        "next_try_at": at,
    }


def person_of(number: str) -> User | None:
    """Whose telephone it is: who has shown that it is theirs. Who has merely written it down gets none of its texts into
    their own data."""
    return owner_of_number(number) if number else None


def language_of(number: str) -> str:
    """The language of those who say that it is their telephone; "" where there are none, or they speak several."""
    claimants = User.objects.filter(phone=number, is_active=True) if number else User.objects.none()
    languages = set(claimants.values_list("language", flat=True))
    return languages.pop() if len(languages) == 1 else ""


def due_texts(*, at: datetime | None = None, limit: int = 200) -> list[int]:
    """Keys of texts that are due."""
    due = TextMessage.objects.due(at or timezone.now()).order_by("next_try_at", "pk")
    return list(due.values_list("pk", flat=True)[:limit])


def mark_lost_texts(*, at: datetime | None = None) -> int:
    """Texts whose sender died with them in hand: nobody knows whether they went out. How many there were."""
    lost = TextMessage.objects.filter(state=State.SENDING, next_try_at__lte=at or timezone.now())
    return lost.update(state=State.UNKNOWN, error="the worker ended before the gateway answered")


def send_text_now(pk: int, *, at: datetime | None = None) -> bool:
    """Hand one due text to the gateway; True if it took it. Two workers cannot take it at once."""
    at = at or timezone.now()
    text, provider = _claim(pk, at), text_provider()
    if text is None:
        return False
    try:
        if provider is None:
            raise TextRefused("", "no gateway is chosen", again=True)
        sent = provider.send(_outgoing(text))
    except TextRefused as refusal:
        _note_refusal(text, refusal, at)
        return False
    except TextUnsure as doubt:
        logger.warning("text %s: nobody knows whether it was sent: %s", pk, doubt)
        TextMessage.objects.filter(pk=pk, state=State.SENDING).update(state=State.UNKNOWN, error=str(doubt)[:250])
        return False
    note_delivery(
        pk, provider_id=sent.provider_id, state=State.DELIVERED if sent.delivered else State.SENT, at=timezone.now()
    )
    return True


@transaction.atomic
def note_delivery(
    pk: int, *, provider_id: str, state: str, at: datetime, error_code: str = "", error: str = ""
) -> TextMessage | None:
    """What the gateway says of a text. It may say so late, twice, and before it has answered: a state only moves on."""
    text = TextMessage.objects.select_for_update().filter(pk=pk, direction=TextMessage.Direction.OUT).first()
    if text is None or (provider_id and text.provider_id not in ("", provider_id)):
        return None
    text.provider_id = text.provider_id or provider_id
    if RANK[State(state)] > RANK[State(text.state)]:
        text.state = state
        text.error_code, text.error = error_code[:10], error[:250]
        if state in (State.SENT, State.DELIVERED):
            text.sent_at = text.sent_at or at
        if state == State.DELIVERED:
            text.delivered_at = at
    text.save(update_fields=["provider_id", "state", "error_code", "error", "sent_at", "delivered_at"])
    if error_code == OPTED_OUT:
        opt_out(text.number, source=TextOptOut.Source.CARRIER, at=at)
    return text


def callback_url(text: TextMessage) -> str:
    """Where the gateway tells what becomes of this text; with our own name of it, since it may tell before it answers."""
    return f"{settings.TEXT_WEBHOOK_BASE}{reverse('text_status')}?text={text.pk}"


@transaction.atomic
def _claim(pk: int, at: datetime) -> TextMessage | None:
    text = TextMessage.objects.select_for_update(skip_locked=True).due(at).filter(pk=pk).first()
    if text is None:
        return None
    if is_opted_out(text.number):
        text.state = State.DROPPED
        text.save(update_fields=["state"])
        return None
    text.state = State.SENDING
    text.tries += 1
    text.next_try_at = at + LEASE
    text.save(update_fields=["state", "tries", "next_try_at"])
    return text


def _outgoing(text: TextMessage) -> OutgoingText:
    return OutgoingText(
        to=text.number, sender=text.office_number, body=text.plain_body, callback_url=callback_url(text)
    )


def _note_refusal(text: TextMessage, refusal: TextRefused, at: datetime) -> None:
    logger.warning("text %s not sent: %s", text.pk, refusal.code or refusal)
    if refusal.again and text.tries < MOST_TRIES:
        TextMessage.objects.filter(pk=text.pk, state=State.SENDING).update(
            state=State.QUEUED,
            next_try_at=at + timedelta(minutes=2**text.tries),
            error_code=refusal.code[:10],
            error=str(refusal)[:250],
        )
        return
    note_delivery(text.pk, provider_id="", state=State.FAILED, at=at, error_code=refusal.code, error=str(refusal))
