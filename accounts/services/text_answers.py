"""Answer what people text: kept first, answered once, one after the other for each pair of numbers."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.keywords import Keyword, keyword_of
from accounts.models import TextLine, TextMessage
from accounts.models.text import LONGEST, TextKind
from accounts.services.text_opt_outs import is_opted_out, opt_in, opt_out
from accounts.services.texts import language_of, outgoing_fields, person_of, send_answer_later
from accounts.text_providers import text_provider
from accounts.texting import answer_of
from opscom.lib.office import office
from opscom.lib.segments import count_segments
from opscom.models.texts import TextFields

logger = logging.getLogger(__name__)
MOST_TEXTS = 40
WITHIN = timedelta(minutes=5)
MOST_ALIKE, MOST_KEYWORDS = 20, 5
HOUR = timedelta(hours=1)
SLOW_SECONDS = 8.0  # of the 15 that the gateway waits


@dataclass(frozen=True)
class IncomingText:
    """A text as the gateway delivers it; `opt_out_type` is STOP, START or HELP where the gateway took it for one."""

    provider_id: str
    number: str
    office_number: str
    body: str
    media: int = 0
    opt_out_type: str = ""


@dataclass(frozen=True)
class Said:
    """An answer and what it is about; no words are silence."""

    kind: TextKind
    body: str


SILENCE = Said(TextKind.REPLY, "")


def answer_text(incoming: IncomingText, *, at: datetime | None = None) -> TextMessage | None:
    """The answer to a text, as a row; None is silence. Delivered again, it is answered as it was, and nothing is done. An
    answer that took so long that the gateway may not have waited for it is sent by itself instead."""
    began = time.monotonic()
    answer = _answer(incoming, at or timezone.now())
    if answer is None or answer.is_on_its_own_way:
        return None
    if time.monotonic() - began > SLOW_SECONDS:
        send_answer_later(answer)
        return None
    return answer


def _answer(incoming: IncomingText, at: datetime) -> TextMessage | None:
    message = keep_text(incoming, at=at)
    language = message.user.language if message.user else language_of(message.number)
    with translation.override(language or settings.LANGUAGE_CODE):
        try:
            return _answer_once(message, at, lambda: _reply_to(message, incoming, language, at))
        except Exception:
            logger.exception("text %s could not be answered", message.pk)
            said = Said(TextKind.TRY_AGAIN, _("Something went wrong on our side. Send that again in a minute."))
            return _answer_once(message, at, lambda: said)


def keep_text(incoming: IncomingText, *, at: datetime) -> TextMessage:
    """The row of what came, written before anything is done about it."""
    body = incoming.body.replace("\0", "")[:LONGEST]
    message, _new = TextMessage.objects.select_related("user__user_type").get_or_create(
        provider_id=incoming.provider_id,
        defaults={
            "direction": TextMessage.Direction.IN,
            "kind": TextKind.PARKING,
            "user": person_of(incoming.number),
            "number": incoming.number[:20],
            "office_number": incoming.office_number[:20],
            "body": body,
            "media": incoming.media,
            "state": TextMessage.State.RECEIVED,
            "segments": count_segments(body),
            "price": count_segments(body) * office().text_price,
            "created_at": at,
        },
    )
    return message


def _answer_once(message: TextMessage, at: datetime, reply: Callable[[], Said]) -> TextMessage | None:
    with transaction.atomic():
        TextLine.objects.select_for_update().get_or_create(number=message.number, office_number=message.office_number)
        message.refresh_from_db(fields=["answered_at"])
        if message.answered_at:
            return TextMessage.objects.filter(answers=message).first()
        said = reply()
        message.answered_at = at
        message.save(update_fields=["answered_at"])
        if not said.body:
            return None
        fields = outgoing_fields(message.number, said.body, kind=said.kind, at=at)
        fields |= {"user": message.user, "office_number": message.office_number}
        return TextMessage.objects.create(**fields, answers=message, state=TextMessage.State.SENT, sent_at=at)


def _reply_to(message: TextMessage, incoming: IncomingText, language: str, at: datetime) -> Said:
    keyword = _keyword(incoming, language)
    if keyword:
        return _follow(keyword, message, at)
    if is_opted_out(message.number):
        return SILENCE
    if _too_many(message, at):
        return _slow_down(message, at)
    if not message.body.strip():
        return Said(TextKind.NO_WORDS, _("We can read words only. Send HELP to see what we can do by text."))
    return Said(TextKind.REPLY, answer_of(message, at))


def _keyword(incoming: IncomingText, language: str) -> Keyword | None:
    if incoming.opt_out_type in Keyword.__members__:
        return Keyword[incoming.opt_out_type]
    return keyword_of(incoming.body, language=language)


def _follow(keyword: Keyword, message: TextMessage, at: datetime) -> Said:
    """Keep what the person wants; say so where nobody before us does. Who is told nothing any more is told so once. Whatever
    sends START or HELP again and again is a machine that answers us, and gets no answer."""
    said = ""
    if keyword is Keyword.STOP:
        if opt_out(message.number, at=at):
            said = _("%(office)s: you get no more texts from us. Send START to get them again.")
    elif keyword is Keyword.START:
        opt_in(message.number, at=at)
        if not _told_enough(message, at):
            said = _("%(office)s: you get texts from us again. Send HELP for help, STOP to end them.")
    elif not _told_enough(message, at):
        said = _(
            "%(office)s: park by text, send PARKME. Help: %(phone)s, %(email)s. Message and data rates may apply. "
            "Send STOP to end texts."
        )
    names = {"office": office().office_name, "phone": office().phone, "email": office().email}
    return Said(TextKind.KEYWORD, said % names if said and _portal_answers_keywords() else "")


def _portal_answers_keywords() -> bool:
    provider = text_provider()
    by_app = office().text_keywords == TextFields.Keywords.APP
    return by_app or (provider is not None and not provider.carrier)


def _told_enough(message: TextMessage, at: datetime) -> bool:
    """Keywords of this number have been answered often within the hour."""
    told = TextMessage.objects.filter(number=message.number, kind=TextKind.KEYWORD, created_at__gt=at - HOUR)
    return told.count() >= MOST_KEYWORDS


def _too_many(message: TextMessage, at: datetime) -> bool:
    """Many texts within minutes, or the same words over and over within the hour, as an absent person's telephone sends."""
    lately = TextMessage.objects.incoming().filter(number=message.number, created_at__gt=at - HOUR)
    found = lately.aggregate(
        quick=Count("pk", filter=Q(created_at__gt=at - WITHIN)), alike=Count("pk", filter=Q(body=message.body))
    )
    return found["quick"] > MOST_TEXTS or found["alike"] > MOST_ALIKE


def _slow_down(message: TextMessage, at: datetime) -> Said:
    """Say so once an hour, then nothing: whoever is at the other end may be a machine."""
    told = TextMessage.objects.filter(number=message.number, kind=TextKind.TOO_MANY, created_at__gt=at - HOUR)
    if told.exists():
        return SILENCE
    return Said(TextKind.TOO_MANY, _("That is more than we can answer at once. Wait five minutes, then send it again."))
