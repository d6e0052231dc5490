"""Write e-mails as rows with the change they tell of, and send the rows later, once.

Rows of our own rather than django-post-office: its guard against sending twice is a lock file on one machine, while here
several worker machines send at once and each claims its rows in the database.
"""

import logging
import smtplib
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import formataddr, make_msgid, parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Mail, MailTemplate, User
from accounts.models.mail import SEALED_KINDS, MailKind
from accounts.services.preferences import standing
from opscom.lib.office import office
from opscom.lib.sealed import seal
from opscom.lib.work import hint

logger = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
MOST_TRIES = 10
ACTION_LABELS = {
    MailKind.CREATE_PASSWORD: _("Create Password"),
    MailKind.ACCOUNT_EXISTS: _("Forgot Password"),
    MailKind.PASSWORD_RESET: _("Reset Password"),
    MailKind.PASSWORD_CHANGED: _("Forgot Password"),
    MailKind.SECOND_FACTOR_CHANGED: _("Security"),
    MailKind.EMAIL_CHANGE_OLD: _("Confirm"),
    MailKind.EMAIL_CHANGE_NEW: _("Confirm"),
    MailKind.ACTING_STARTED: _("See who acts for you"),
    MailKind.RECEIPT: _("See the receipt"),
    MailKind.REFUND: _("See the receipt"),
    MailKind.SURPLUS: _("Choose how you get it"),
    MailKind.PERMIT_CANCELLED: _("Permit Information"),
    MailKind.PERMIT_EXCHANGED: _("Permit Information"),
    MailKind.COURTESY_CAR: _("Permit Information"),
    MailKind.CHEQUE_BOUNCED: _("See what you owe"),
    MailKind.HOLD_LAPSED: _("See the lots"),
    MailKind.LOT_CLOSED: _("See the lots"),
    MailKind.CLOSURE_OFF: _("See the lots"),
    MailKind.PERMIT_EXPIRES: _("See the lots"),
    MailKind.TEXT_PARKED: _("Permit Information"),
    MailKind.CARD_EXPIRES: _("Manage Credit Cards"),
    MailKind.ROLLOVER_FAILED: _("Go to Payments"),
    MailKind.ROLLOVER_STOPPED: _("See the lots"),
    MailKind.ROLLOVER_PRICE: _("Permit Information"),
    MailKind.PLAN_OFFERED: _("See the plan and agree"),
    MailKind.PLAN_AGREED: _("See the payment plan"),
    MailKind.PLAN_DUE: _("See the payment plan"),
    MailKind.PLAN_ENDED: _("See the payment plan"),
    MailKind.LOCKER_LAPSED: _("See the lockers"),
    MailKind.LOCKER_UNPAID: _("Go to Payments"),
    MailKind.LOCKER_ENDS: _("Locker Information"),
    MailKind.LOCKER_EMPTY: _("Locker Information"),
    MailKind.LOCKER_CHANGED: _("Locker Information"),
    MailKind.WAITLIST_JOINED: _("My waitlists"),
    MailKind.WAITLIST_OFFER: _("See the place and accept"),
    MailKind.WAITLIST_REMINDER: _("See the place and accept"),
    MailKind.WAITLIST_LAPSED: _("My waitlists"),
    MailKind.WAITLIST_TAKEN: _("Permit Information"),
    MailKind.BOOT_CODE: _("See the code and the time left"),
    MailKind.BOOT_DUE: _("See where to bring it"),
    MailKind.BOOT_ENDED: _("See the boot's page"),
    MailKind.BOOT_UNDONE: _("Open the boot"),
    MailKind.APPEAL_RECEIVED: _("Show Appeal Information"),
    MailKind.APPEAL_QUESTION: _("Answer"),
    MailKind.APPEAL_DECIDED: _("Show Appeal Information"),
    MailKind.VEHICLE_ASSOCIATED: _("See the ticket"),
    MailKind.ASSOCIATION_ANSWERED: _("Appeals"),
    MailKind.TICKET_NOTICE: _("See the ticket"),
    MailKind.FORM_SUBMITTED: _("Open the form"),
    MailKind.FORM_ASKED: _("Open Form"),
    MailKind.FORM_DECIDED: _("See the form"),
    MailKind.ACCOUNT_CLOSED: _("Open the portal"),
    MailKind.DATA_READY: _("Download My Data"),
    MailKind.ATTENTION: _("Open the payment"),
    MailKind.TAG_READY: _("Permit Information"),
    MailKind.TAG_POSTED: _("Permit Information"),
    MailKind.PERMIT_STOLEN: _("Open the permit"),
    MailKind.BOOKS: _("Open the list"),
    MailKind.REPORT: _("Open the report"),
}


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
    from accounts.tasks import send_mail

    holds = standing(user, kind=kind, category=category)
    if not holds.wanted:
        return None
    around = {"office": office(), "base_url": settings.BASE_URL, "unsubscribe_url": holds.unsubscribe_url}
    with translation.override(language):
        subject, text, html = render_mail(kind, language, {**context, **around, "category": holds.category})
    fields = {
        "kind": kind,
        "user": user,
        "to": to,
        "language": language,
        "subject": subject[:200],
        "text": seal(text) if kind in SEALED_KINDS else text,
        "html": seal(html) if kind in SEALED_KINDS else html,
        "unsubscribe_url": holds.unsubscribe_url,
    }
    try:
        with transaction.atomic():
            mail = Mail.objects.create(key=key, **fields)
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


def render_mail(kind: str, language: str, context: dict[str, Any]) -> tuple[str, str, str]:
    """(subject, text, HTML) in the active language."""
    subject, body = _office_words(kind, language, context) or (
        render_to_string(f"mail/{kind}_subject.txt", context),
        render_to_string(f"mail/{kind}.txt", context),
    )
    subject = " ".join(subject.split())
    paragraphs = [p.strip() for p in body.strip().split("\n\n") if p.strip()]
    label = ACTION_LABELS.get(MailKind(kind), _("Open the portal"))
    parts = {"action_label": label, **context, "subject": subject, "paragraphs": paragraphs}
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


def _office_words(kind: str, language: str, context: dict[str, Any]) -> tuple[str, str] | None:
    """(subject, text) from the office's own template. One that cannot be rendered gives way to the built-in text: a
    payment must not fail over a typing mistake in a letter."""
    own = MailTemplate.objects.filter(kind=kind, language=language).first()
    if own is None:
        return None
    plain = Context(context, autoescape=False)
    try:
        return Template(own.subject).render(plain), Template(own.body).render(plain)
    except Exception:
        logger.exception("e-mail template %s (%s) cannot be rendered", kind, language)
        return None


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


def _answer_code(error: Exception) -> int:
    """The mail server's three-digit answer, or 0 where there was none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0]
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
