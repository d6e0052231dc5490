"""E-mails are rows: written in the reader's language, sent once over a real SMTP server on the loopback."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from pytest_django import Settings

from accounts.models import Mail, User, Wording
from accounts.models.mail import MailKind
from accounts.services.mail import LEASE, MOST_TRIES, due_mail, queue_mail, send_again, send_mail_now
from accounts.tasks import send_due_mail, send_mail
from tests.accounts.services.conftest import Sink, use_server
from tests.factories import change_office
from tests.lib.ports import free_port

pytestmark = pytest.mark.django_db
LINK = "https://portal.example.test/activate/1-abc/"


def write(*, language: str = "en", kind: str = MailKind.CREATE_PASSWORD, name: str = "Ada", **kwargs: Any) -> Mail:
    context = {"name": name, "action_url": LINK, "url": LINK} | kwargs.pop("context", {})
    mail = queue_mail(kind, to="reader@example.test", language=language, context=context, **kwargs)
    assert mail is not None
    return mail


def own_template(**fields: Any) -> Wording:
    defaults = {
        "kind": MailKind.CREATE_PASSWORD,
        "language": "en",
        "subject": "Welcome {{ name }}",
        "body": "Dear {{ name }},\n\nwelcome.",
    }
    return Wording.objects.create(**defaults | fields)


def stands(mail: Mail) -> tuple[str, int, timedelta]:
    """State, tries, and how long until the next one."""
    mail.refresh_from_db()
    return mail.state, mail.tries, mail.next_try_at - timezone.now()


# Writing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [kind for kind in MailKind if kind in (MailKind.CREATE_PASSWORD, MailKind.PASSWORD_RESET, MailKind.ACCOUNT_EXISTS)],
)
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_built_in_text_is_written_in_the_readers_language(kind: str, language: str) -> None:
    with override("en"):
        mail = write(kind=kind, language=language)
        assert get_language() == "en"
    assert (mail.kind, mail.language, mail.state) == (kind, language, "queued")
    assert f'<html lang="{language}">' in mail.html
    assert mail.subject
    assert LINK in mail.text
    assert f'href="{LINK}"' in mail.html


@pytest.mark.parametrize(("language", "total"), [("en", "$94.50"), ("fr", "94,50\xa0$")])
def test_amounts_are_written_in_the_readers_language(language: str, total: str) -> None:
    mail = write(language=language, context={"lines": [("Permit", Decimal("94.50"))], "total": Decimal("94.50")})
    assert mail.text.count(total) == 2
    assert mail.html.count(total) == 2


def test_offices_own_text_wins_in_its_language_only() -> None:
    own_template(language="fr", subject="Bonjour {{ name }}", body="Chère {{ name }},\n\nvoici {{ action_url }}")
    french, english = write(language="fr"), write(language="en")
    assert french.subject == "Bonjour Ada"
    assert french.text.startswith(f"Chère Ada,\n\nvoici {LINK}\n\n")
    assert "Bonjour" not in english.subject


def test_offices_own_text_is_for_its_kind_only() -> None:
    own_template()
    assert write(kind=MailKind.PASSWORD_RESET).subject != write().subject == "Welcome Ada"


def test_frame_names_the_office() -> None:
    change_office(office_name="Harbour & Hill Parking", phone="519-555-0177")
    mail = write()
    assert "Harbour & Hill Parking" in mail.text
    assert "519-555-0177" in mail.text
    assert "Harbour &amp; Hill Parking" in mail.html


def test_key_makes_the_message_once() -> None:
    first = write(key="receipt:1")
    assert (
        queue_mail(MailKind.CREATE_PASSWORD, to="other@example.test", language="en", context={}, key="receipt:1")
        is None
    )
    assert list(Mail.objects.values_list("pk", "to")) == [(first.pk, "reader@example.test")]


def test_without_a_key_each_call_is_a_message() -> None:
    assert write().pk != write().pk


def test_message_of_a_change_that_is_undone_is_not_there() -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert Mail.objects.count() == 0


def test_worker_is_told_once_it_is_written(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    told: list[dict[str, int]] = []
    monkeypatch.setattr(send_mail, "apply_async", lambda kwargs: told.append(kwargs))
    with django_capture_on_commit_callbacks(execute=True):
        mail = write(key="once")
        queue_mail(MailKind.CREATE_PASSWORD, to="reader@example.test", language="en", context={}, key="once")
        assert told == []
    assert told == [{"mail_id": mail.pk}]


HOSTILE = '<b>Eve</b> & "Co" {{ office.phone }}{% debug %}\r\nBcc: victim@example.test'


def test_hostile_name_is_escaped_in_html_and_plain_in_text() -> None:
    own_template(body="Dear {{ name }},\nwelcome.")
    mail = write(name=HOSTILE)
    assert '<b>Eve</b> & "Co" {{ office.phone }}{% debug %}' in mail.text
    assert "&lt;b&gt;Eve&lt;/b&gt; &amp; &quot;Co&quot; {{ office.phone }}{% debug %}" in mail.html
    assert "<b>Eve" not in mail.html


def test_hostile_name_cannot_add_a_header(sink: Sink) -> None:
    own_template()
    mail = write(name=HOSTILE)
    assert mail.subject == 'Welcome <b>Eve</b> & "Co" {{ office.phone }}{% debug %} Bcc: victim@example.test'
    assert send_mail_now(mail.pk) is True
    (message,) = sink.messages()
    assert message["Subject"] == mail.subject
    assert message["Bcc"] is None
    assert sink.envelopes[0].rcpt_tos == ["reader@example.test"]


def test_hostile_name_is_escaped_in_the_built_in_texts_too() -> None:
    mail = write(name=HOSTILE)
    assert "<b>Eve" not in mail.html
    assert "\n" not in mail.subject


def test_endless_subject_is_cut() -> None:
    own_template()
    assert len(write(name="x" * 10_000).subject) == 200


# Sending -------------------------------------------------------------------------------------------------------------


def test_message_arrives_with_both_parts_and_its_headers(sink: Sink, settings: Settings, resident: User) -> None:
    settings.BASE_URL = "https://portal.example.test"
    change_office(email="desk@example.test")
    mail = write(user=resident)
    assert send_mail_now(mail.pk) is True
    (message,) = sink.messages()
    assert (message["To"], message["From"], message["Reply-To"]) == (
        "reader@example.test",
        f"Campus Parking <{settings.DEFAULT_FROM_EMAIL}>",
        "desk@example.test",
    )
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith(f"mail-{mail.pk}@portal.example.test>")
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().splitlines() for part in message.iter_parts()] == [
        mail.text.splitlines(),
        mail.html.splitlines(),
    ]
    mail.refresh_from_db()
    assert (mail.state, mail.tries, mail.error, mail.sent_at is not None) == ("sent", 1, "", True)


def test_message_that_is_sent_is_not_sent_again(sink: Sink) -> None:
    mail = write()
    assert [send_mail_now(mail.pk), send_mail_now(mail.pk)] == [True, False]
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert due_mail() == []
        assert send_mail_now(mail.pk) is False
    assert len(sink.envelopes) == 1


def test_unknown_message_is_no_mistake(sink: Sink) -> None:
    assert send_mail_now(0) is False
    send_mail(mail_id=0)


def test_sweep_sends_what_is_due_the_oldest_first(sink: Sink) -> None:
    own_template()
    now = timezone.now()
    for name, minutes in (("b", 1), ("a", 2), ("later", -5)):
        mail = write(name=name)
        Mail.objects.filter(pk=mail.pk).update(next_try_at=now - timedelta(minutes=minutes))
    send_due_mail()
    assert [message["Subject"] for message in sink.messages()] == ["Welcome a", "Welcome b"]
    assert len(due_mail(at=now + timedelta(minutes=5))) == 1
    assert due_mail(at=now + timedelta(minutes=5), limit=0) == []


@pytest.mark.parametrize("stage", ["recipient_answer", "data_answer"])
def test_answer_451_is_tried_again_ever_later(sink: Sink, stage: str) -> None:
    setattr(sink, stage, "451 try later")
    mail = write()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for tries, minutes in enumerate([2, 4, 8, 16, 32, 64, 128, 256, 360], start=1):
            assert send_mail_now(mail.pk) is False
            assert stands(mail) == ("queued", tries, timedelta(minutes=minutes))
            assert mail.error.startswith("451 ")
            assert due_mail() == []
            clock.shift(timedelta(minutes=minutes))
            assert due_mail() == [mail.pk]
        setattr(sink, stage, "250 OK")
        assert send_mail_now(mail.pk) is True
    mail.refresh_from_db()
    assert (mail.state, mail.error, len(sink.envelopes)) == ("sent", "", 1)


@pytest.mark.parametrize("stage", ["recipient_answer", "data_answer"])
def test_answer_550_ends_it(sink: Sink, stage: str) -> None:
    setattr(sink, stage, "550 no such user")
    mail = write()
    assert send_mail_now(mail.pk) is False
    mail.refresh_from_db()
    assert (mail.state, mail.tries) == ("failed", 1)
    assert mail.error.startswith("550 ")
    assert "no such user" in mail.error
    assert due_mail(at=timezone.now() + timedelta(days=9)) == []


def test_refused_connection_is_tried_again(settings: Settings) -> None:
    use_server(settings, free_port())
    mail = write()
    with time_machine.travel(timezone.now(), tick=False):
        assert send_mail_now(mail.pk) is False
        assert stands(mail) == ("queued", 1, timedelta(minutes=2))
    assert "refused" in mail.error


def test_message_is_given_up_after_the_last_try(sink: Sink) -> None:
    sink.data_answer = "451 try later"
    mail = write()
    for number in range(1, MOST_TRIES + 1):
        assert send_mail_now(mail.pk, at=timezone.now() + timedelta(days=number)) is False
        mail.refresh_from_db()
        assert (mail.state, mail.tries) == ("queued" if number < MOST_TRIES else "failed", number)
    assert send_mail_now(mail.pk, at=timezone.now() + timedelta(days=99)) is False
    assert stands(mail)[1] == MOST_TRIES


def test_refused_message_can_be_sent_again_by_the_office(sink: Sink) -> None:
    sink.recipient_answer = "550 no such user"
    mail = write()
    send_mail_now(mail.pk)
    sink.recipient_answer = "250 OK"
    send_again(mail)
    mail.refresh_from_db()
    assert (mail.state, mail.tries, mail.error) == ("queued", 0, "")
    assert send_mail_now(mail.pk) is True
    assert len(sink.envelopes) == 1


class Killed(BaseException):
    """The worker's process ends here."""


def test_message_of_a_killed_worker_is_sent_after_its_lease(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_args: Any) -> int:
        raise Killed

    mail = write()
    now = timezone.now()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(EmailBackend, "send_messages", die)
        send_mail_now(mail.pk, at=now)
    mail.refresh_from_db()
    assert (mail.state, mail.tries, mail.next_try_at) == ("queued", 1, now + LEASE)
    assert send_mail_now(mail.pk, at=now + LEASE - timedelta(seconds=1)) is False
    assert send_mail_now(mail.pk, at=now + LEASE) is True
    assert len(sink.envelopes) == 1
