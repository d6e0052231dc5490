"""Write e-mails as rows with the change they tell of, and send the rows later, once.

Rows of our own rather than django-post-office: its guard against sending twice is a lock file on one machine, while here
several worker machines send at once and each claims its rows in the database.
"""

import logging
import smtplib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from email.utils import formataddr, make_msgid, parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Mail, User
from accounts.models.mail import SEALED_KINDS, MailKind
from accounts.services.preferences import standing
from accounts.services.wordings import own_words
from accounts.wordings.labels import ACTION_LABELS
from opscom.lib.dealing import deal_with
from opscom.lib.office import office
from opscom.lib.sealed import seal
from opscom.lib.work import hint

logger = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
MOST_TRIES = 10
Context = Mapping[str, Any]
_caught: ContextVar[list[Context] | None] = ContextVar("caught_mail", default=None)


def queue_mail(
    kind: str,
    *,
    to: str,
    language: str,
    context: Mapping[str, Any],
    user: User | None = None,
    key: str | None = None,
    category: str = "",
) -> Mail | None:
    """Write one message in that language: the office's template, else the built-in text. A worker sends it after commit.

    `context` may hold `lines` (pairs of text and amount), `total`, `action_url` and `action_label` beside what the text
    names. `key` makes the message unique: told twice, it is written once, and the second call answers None. So does one
    that the person does not want; what they may switch off carries the link that does so. `category` is that of a message
    whose kind has none of its own.
    """
    if (caught := _caught.get()) is not None:
        caught.append(context)
        return None
    holds = standing(user, kind=kind, category=category)
    if not holds.wanted:
        return None
    around = {"unsubscribe_url": holds.unsubscribe_url, "category": holds.category}
    with translation.override(language):
        subject, text, html = render_mail(kind, language, {**context, **around})
    return store_mail(
        kind,
        to=to,
        language=language,
        words=(subject, text, html),
        user=user,
        key=key,
        unsubscribe_url=holds.unsubscribe_url,
    )


def store_mail(
    kind: str,
    *,
    to: str,
    language: str,
    words: tuple[str, str, str],
    user: User | None = None,
    key: str | None = None,
    unsubscribe_url: str = "",
) -> Mail | None:
    """Write a message as it is, (subject, text, HTML), and have a worker send it; None where its `key` was used before."""
    from accounts.tasks import send_mail

    subject, text, html = words
    sealed = kind in SEALED_KINDS
    try:
        with transaction.atomic():
            mail = Mail.objects.create(
                kind=kind,
                key=key,
                user=user,
                to=to,
                language=language,
                subject=subject[:200],
                text=seal(text) if sealed else text,
                html=seal(html) if sealed else html,
                unsubscribe_url=unsubscribe_url,
            )
            hint(send_mail, mail_id=mail.pk)
    except IntegrityError:
        if key is None or not Mail.objects.filter(key=key).exists():
            raise
        return None
    return mail


def queue_mail_to(
    user: User, kind: str, *, context: Mapping[str, Any], to: str = "", key: str | None = None, category: str = ""
) -> Mail | None:
    """Write to a person: in their language, greeted by name, at their address unless another one is meant."""
    return queue_mail(
        kind,
        to=to or user.email,
        language=user.language,
        user=user if user.pk else None,
        key=key,
        category=category,
        context={"name": user.get_short_name(), **context},
    )


@contextmanager
def catching() -> Iterator[list[Context]]:
    """Whatever e-mail would be written inside is not: what it would tell is put here instead."""
    caught: list[Context] = []
    token = _caught.set(caught)
    try:
        yield caught
    finally:
        _caught.reset(token)


def render_mail(kind: str, language: str, context: Context) -> tuple[str, str, str]:
    """(subject, text, HTML) in the active language: the office's words, else the built-in ones."""
    known = {**context, "office": office(), "base_url": settings.BASE_URL}
    subject, body = own_words(kind, language, known) or (
        render_to_string(f"mail/{kind}_subject.txt", known),
        render_to_string(f"mail/{kind}.txt", known),
    )
    return frame_mail(kind, subject, body, known)


def frame_mail(kind: str, subject: str, body: str, context: Context) -> tuple[str, str, str]:
    """(subject, text, HTML) of these words, with the lines, the button and the foot of every message."""
    subject = " ".join(subject.split())
    paragraphs = [p.strip() for p in body.strip().split("\n\n") if p.strip()]
    label = ACTION_LABELS.get(MailKind(kind), _("Open the portal"))
    around = {"office": office(), "base_url": settings.BASE_URL, "action_label": label}
    parts = {**around, **context, "subject": subject, "paragraphs": paragraphs}
    return (
        subject,
        render_to_string("mail/message.txt", parts).strip() + "\n",
        render_to_string("mail/message.html", parts),
    )


def send_again(mail: Mail) -> None:
    """Queue a message once more, as it was written: it was refused, or never arrived. One whose words are no longer kept is
    left."""
    from accounts.tasks import send_mail

    whole = Mail.objects.filter(pk=mail.pk).exclude(text="")
    with transaction.atomic():
        if whole.update(state=Mail.State.QUEUED, next_try_at=timezone.now(), tries=0, error=""):
            hint(send_mail, mail_id=mail.pk)


def due_mail(*, at: datetime | None = None, limit: int = 200) -> list[int]:
    """Keys of messages that are due."""
    return list(Mail.objects.due(at or timezone.now()).order_by("next_try_at").values_list("pk", flat=True)[:limit])


def send_mail_now(pk: int, *, at: datetime | None = None) -> bool:
    """Send one due message over SMTP; True if it went out. Two workers cannot take it at once: the first one's claim
    moves its next try beyond the lease. A refusal for good (5xx) ends it, anything else is tried again later."""
    at = at or timezone.now()
    mail = _claim(pk, at)
    if mail is None:
        return False
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.plain_text,
        from_email=formataddr((office().office_name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[mail.to],
        reply_to=[office().email],
        headers={
            "Message-ID": make_msgid(f"mail-{mail.pk}", urlsplit(settings.BASE_URL).hostname or "localhost"),
            "Auto-Submitted": "auto-generated",
            **_unsubscribe_headers(mail),
        },
    )
    message.attach_alternative(mail.plain_html, "text/html")
    try:
        message.send()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        _note_failure(mail, error, at)
        return False
    Mail.objects.filter(pk=mail.pk).update(state=Mail.State.SENT, sent_at=timezone.now(), error="")
    return True


def _unsubscribe_headers(mail: Mail) -> dict[str, str]:
    """What makes a mail program offer its own Unsubscribe button (RFC 2369, RFC 8058)."""
    if not mail.unsubscribe_url:
        return {}
    return {"List-Unsubscribe": f"<{mail.unsubscribe_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


@transaction.atomic
def _claim(pk: int, at: datetime) -> Mail | None:
    mail = Mail.objects.select_for_update(skip_locked=True).due(at).filter(pk=pk).first()
    if mail:
        mail.tries += 1
        mail.next_try_at = at + LEASE
        mail.save(update_fields=["tries", "next_try_at"])
    return mail


def _note_failure(mail: Mail, error: Exception, at: datetime) -> None:
    code = _answer_code(error)
    logger.warning("mail %s not sent: %s", mail.pk, code or type(error).__name__)
    if 500 <= code < 600 or mail.tries >= MOST_TRIES:
        mail.state = Mail.State.FAILED
    mail.next_try_at = at + timedelta(minutes=min(2**mail.tries, 360))
    mail.error = f"{code or ''} {error}".strip()[:250]
    mail.save(update_fields=["state", "next_try_at", "error"])


def give_up_mail(mail: Mail, *, by: AbstractBaseUser, reason: str) -> bool:
    """Somebody has dealt with a refused message in another way. False where it is not refused any more."""
    return deal_with(mail, "state", (Mail.State.FAILED, Mail.State.GIVEN_UP), by=by, reason=reason)


def _answer_code(error: Exception) -> int:
    """The mail server's three-digit answer, or 0 where there was none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0]
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
