"""The gateway's webhooks, over HTTP: signed, answered once, in TwiML."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts import texting
from accounts.models import TextMessage, TextOptOut, User
from accounts.services import text_answers
from accounts.services.texts import due_texts, send_text_now
from tests.accounts.gateway import ToyProvider, fresh_toy
from tests.accounts.office import SETTINGS_READ
from tests.factories import change_office, make_user

pytestmark = pytest.mark.django_db
NUMBER, OFFICE = "+15195550123", "+15195550100"
SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response />'


@pytest.fixture(autouse=True)
def toy(settings: Settings) -> Iterator[type[ToyProvider]]:
    settings.TEXT_PROVIDERS = {"twilio": "tests.accounts.gateway.ToyProvider"}
    change_office(text_gateway="twilio", text_number=OFFICE, text_keywords="app", office_name="Parking & Co")
    yield from fresh_toy()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[TextMessage]:
    """What reached the dialogue, which echoes in the reader's language."""
    heard: list[TextMessage] = []

    def echo(message: TextMessage, at: Any) -> str:
        heard.append(message)
        return f"You said <{message.body}>"

    monkeypatch.setattr(texting, "_handlers", [echo])
    return heard


def deliver(body: str, *, sid: str = "SM1", signature: str = "signed", **fields: Any) -> Any:
    """One delivery, as the gateway posts it."""
    return Client(enforce_csrf_checks=True).post(
        "/webhooks/sms/",
        {"MessageSid": sid, "From": NUMBER, "To": OFFICE, "Body": body, "NumMedia": "0"} | fields,
        headers={"X-Twilio-Signature": signature},
    )


def answered(body: str, **fields: Any) -> str:
    """The words of the answer; "" is silence."""
    page = deliver(body, **fields)
    assert (page.status_code, page["Content-Type"]) == (200, "text/xml")
    if page.content.decode() == SILENCE:
        return ""
    return str(TextMessage.objects.get(answers__provider_id=fields.get("sid", "SM1")).body)


def test_answer_is_escaped_and_says_where_its_fate_is_told(heard: list[TextMessage]) -> None:
    page = deliver("PARKME \N{AUTOMOBILE} & <b>")
    answer = TextMessage.objects.get(direction="out")
    assert page.content.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?><Response>'
        f'<Message action="http://127.0.0.1:8000/webhooks/sms/status/?text={answer.pk}">'
        "You said &lt;PARKME \N{AUTOMOBILE} &amp; &lt;b&gt;&gt;</Message></Response>"
    )
    assert (answer.kind, answer.state, answer.answers, answer.number, answer.office_number) == (
        "reply",
        "sent",
        heard[0],
        NUMBER,
        OFFICE,
    )


def test_wrong_signature_is_refused_and_its_words_are_not_logged(
    heard: list[TextMessage], caplog: pytest.LogCaptureFixture
) -> None:
    for signature in ("", "forged"):
        assert deliver("my secret", signature=signature).status_code == 403
    assert Client().get("/webhooks/sms/").status_code == 405
    assert (heard, TextMessage.objects.count(), "my secret" in caplog.text) == ([], 0, False)


def test_office_without_texts_has_no_such_page() -> None:
    change_office(text_gateway="off")
    assert deliver("PARKME").status_code == 404


def test_same_text_delivered_again_is_answered_as_it_was(heard: list[TextMessage]) -> None:
    first, again, other = deliver("PARKME"), deliver("PARKME"), deliver("P", sid="SM2")
    assert first.content == again.content != other.content
    assert [message.body for message in heard] == ["PARKME", "P"]
    assert TextMessage.objects.count() == 4


def test_answer_that_took_too_long_is_sent_by_itself_once(
    heard: list[TextMessage], toy: type[ToyProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_answers, "SLOW_SECONDS", -1)
    assert deliver("PARKME").content.decode() == SILENCE
    assert [send_text_now(pk) for pk in due_texts()] == [True]
    assert [text.body for text in toy.sent] == ["You said <PARKME>"]
    assert deliver("PARKME").content.decode() == SILENCE
    assert (due_texts(), len(heard)) == ([], 1)


def test_silence_is_replayed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def listen(message: TextMessage, at: Any) -> str:
        calls.append(message.body)
        return ""

    monkeypatch.setattr(texting, "_handlers", [listen])
    assert [answered("C"), answered("C"), calls] == ["", "", ["C"]]


def test_dialogue_speaks_the_persons_language(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.utils.translation import get_language

    make_user(phone=NUMBER, language="fr")
    monkeypatch.setattr(texting, "_handlers", [lambda message, at: get_language()])
    assert answered("PARKME") == "fr"


def test_dialogue_that_fails_says_try_again_and_keeps_the_text(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(message: TextMessage, at: Any) -> str:
        make_user()
        raise ZeroDivisionError

    monkeypatch.setattr(texting, "_handlers", [fail])
    said = "Something went wrong on our side. Send that again in a minute."
    assert [answered("PARKME"), answered("PARKME")] == [said, said]
    assert caplog.text.count("could not be answered") == 1
    assert (User.objects.count(), TextMessage.objects.incoming().get().body) == (0, "PARKME")


def test_what_cannot_be_stored_is_delivered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(text_answers, "keep_text", fail)
    assert deliver("PARKME").status_code == 503


def test_text_without_its_name_is_refused() -> None:
    page = Client().post("/webhooks/sms/", {"From": NUMBER}, headers={"X-Twilio-Signature": "signed"})
    assert page.status_code == 400


def test_odd_texts_reach_the_dialogue_as_words(heard: list[TextMessage]) -> None:
    deliver("a\0b" + "x" * 2000)
    deliver("look", sid="SM2", NumMedia="2")
    assert answered("  ", sid="SM3", NumMedia="1").startswith("We can read words only.")
    assert [(len(message.body), message.body[:2], message.media) for message in heard] == [
        (1600, "ab", 0),
        (4, "lo", 2),
    ]


def test_too_many_texts_are_told_so_once(heard: list[TextMessage], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_answers, "MOST_TEXTS", 2)
    said = [answered("P", sid=f"SM{n}") for n in range(5)]
    assert said[2:] == ["That is more than we can answer at once. Wait five minutes, then send it again.", "", ""]
    assert answered("STOP", sid="SM9").startswith("Parking & Co: you get no more texts")
    TextMessage.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    TextOptOut.objects.all().delete()
    assert (answered("P", sid="SM10"), len(heard)) == ("You said <P>", 3)


def test_same_words_over_and_over_are_a_machine(heard: list[TextMessage], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_answers, "MOST_ALIKE", 2)
    said = []
    for n in range(4):
        said.append(answered("I am away", sid=f"SM{n}"))
        TextMessage.objects.update(created_at=timezone.now() - timedelta(minutes=9))
    assert said == ["You said <I am away>"] * 2 + [
        "That is more than we can answer at once. Wait five minutes, then send it again.",
        "",
    ]
    assert answered("P", sid="SM8") == "You said <P>"


# Keywords -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "language", "wanted"),
    [(word, "en", False) for word in ("STOP", "stopall", " Unsubscribe ", "CANCEL", "END", "quit", "REVOKE", "OPTOUT")]
    + [("Arrêt", "fr", False), ("ARRET", "", False), ("ARRET", "en", True), ("stop it", "en", True), ("Q", "en", True)],
)
def test_words_that_stop(heard: list[TextMessage], word: str, language: str, wanted: bool) -> None:
    if language:
        make_user(phone=NUMBER, language=language)
    said = answered(word)
    assert (len(heard), TextOptOut.objects.filter(until=None).exists(), "START" in said) == (
        (1, False, False) if wanted else (0, True, True)
    )


def test_who_stopped_hears_nothing_until_start(heard: list[TextMessage]) -> None:
    assert answered("STOP", sid="SM1") == "Parking & Co: you get no more texts from us. Send START to get them again."
    assert [answered("STOP", sid="SM2"), answered("PARKME", sid="SM3"), heard] == ["", "", []]
    assert answered("Info", sid="SM4").startswith("Parking & Co: park by text, send PARKME.")
    for n, word in enumerate(("START", "yes", "UNSTOP")):
        assert answered(word, sid=f"SM1{n}").startswith("Parking & Co: you get texts from us again.")
    assert answered("PARKME", sid="SM20") == "You said <PARKME>"


def test_keywords_in_a_loop_are_obeyed_in_silence(heard: list[TextMessage]) -> None:
    assert [bool(answered("HELP", sid=f"SM{n}")) for n in range(7)] == [True] * 5 + [False] * 2
    assert answered("STOP", sid="SM10").startswith("Parking & Co: you get no more texts")
    assert (answered("START", sid="SM11"), TextOptOut.objects.filter(until=None).exists()) == ("", False)
    TextMessage.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert answered("HELP", sid="SM12").startswith("Parking & Co: park by text")


def test_carriers_own_answers_are_recorded_in_silence(heard: list[TextMessage]) -> None:
    change_office(text_keywords="carrier")
    assert [answered(word, sid=word) for word in ("STOP", "HELP")] == ["", ""]
    assert TextOptOut.objects.get().until is None
    assert answered("START", sid="SM3") == ""
    assert TextOptOut.objects.get().until is not None
    assert answered("whoa", sid="SM4", OptOutType="STOP") == ""  # a word that the account was taught
    assert (TextOptOut.objects.filter(until=None).count(), heard) == (1, [])


def test_a_text_costs_few_queries(heard: list[TextMessage], django_assert_num_queries: DjangoAssertNumQueries) -> None:
    deliver("PARKME")
    with django_assert_num_queries(14 + SETTINGS_READ):
        deliver("P", sid="SM2")


# What became of ours --------------------------------------------------------------------------------------------------


def tell(text: TextMessage, status: str, *, signature: str = "signed", **fields: Any) -> int:
    page = Client(enforce_csrf_checks=True).post(
        f"/webhooks/sms/status/?text={text.pk}",
        {"MessageSid": "SM7", "MessageStatus": status} | fields,
        headers={"X-Twilio-Signature": signature},
    )
    return page.status_code


def test_what_became_of_an_answer_is_followed(heard: list[TextMessage]) -> None:
    deliver("PARKME")
    text = TextMessage.objects.get(direction="out")
    states = []
    for status in ("queued", "sent", "delivered", "sent", "made-up"):
        assert tell(text, status) == 200
        text.refresh_from_db()
        states.append(text.state)
    assert states == ["sent", "sent", "delivered", "delivered", "delivered"]
    assert tell(text, "failed", signature="forged") == 403
    assert tell(TextMessage(pk=0), "sent") == 200


def test_undelivered_text_keeps_why_and_21610_opts_out(heard: list[TextMessage]) -> None:
    deliver("PARKME")
    text = TextMessage.objects.get(direction="out")
    tell(text, "undelivered", ErrorCode="21610")
    text.refresh_from_db()
    assert (text.state, text.error_code) == ("failed", "21610")
    assert TextOptOut.objects.get().source == "carrier"
