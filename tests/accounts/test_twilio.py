"""Twilio's adapter and the webhooks against a strict peer in a process of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import QueryDict
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from twilio.request_validator import RequestValidator

from accounts import texting
from accounts.models import TextMessage, TextOptOut
from accounts.services.texts import send_text, send_text_now
from accounts.text_providers.base import OutgoingText, TextRefused, TextUnsure
from accounts.text_providers.twilio import TwilioProvider
from tests.factories import change_office
from tests.lib.ports import free_port
from tests.peers.sms_driver import ACCOUNT, NUMBER, TOKEN, SmsPeer
from tests.peers.sms_peer.signing import sign

PERSON = "+15195550123"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


@pytest.fixture(scope="module")
def running_peer() -> Iterator[SmsPeer]:
    with SmsPeer() as peer:
        yield peer


@pytest.fixture
def peer(running_peer: SmsPeer, settings: Settings) -> SmsPeer:
    running_peer.reset()
    for name, value in running_peer.environment.items():
        setattr(settings, name, value)
    settings.TEXT_TIMEOUT = 0.3
    return running_peer


def outgoing(**fields: Any) -> OutgoingText:
    usual = {"to": PERSON, "sender": NUMBER, "body": "Your parking ends.", "callback_url": "http://127.0.0.1:9/s"}
    return OutgoingText(**usual | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"Body": "ParkMe", "From": PERSON, "To": NUMBER},
        {"Body": "\N{AUTOMOBILE} ê & <b> +=%", "Aa": "1", "aA": "2", "Empty": ""},
    ],
)
@pytest.mark.parametrize("url", ["https://parking.example.edu/webhooks/sms/", "http://127.0.0.1:8000/s/?text=7"])
def test_peers_own_signature_is_twilios(fields: dict[str, str], url: str, settings: Settings) -> None:
    """Twilio's own library agrees with the peer's lines, and with a form as Django reads it."""
    form = QueryDict(mutable=True)
    form.update(fields)
    settings.TWILIO_AUTH_TOKEN = TOKEN
    assert RequestValidator(TOKEN).compute_signature(url, fields) == sign(TOKEN, url, fields)
    assert TwilioProvider().signed(url, form, sign(TOKEN, url, fields))
    assert not TwilioProvider().signed(url, form, sign("other", url, fields))
    settings.TWILIO_AUTH_TOKEN = ""
    assert not TwilioProvider().signed(url, form, sign("", url, fields))


def test_text_goes_out_with_the_number_or_the_service(peer: SmsPeer, settings: Settings) -> None:
    TwilioProvider().send(outgoing())
    settings.TWILIO_FROM_NUMBER = ""
    TwilioProvider().send(outgoing(body="\N{AUTOMOBILE} ê"))
    settings.TWILIO_MESSAGING_SERVICE_SID = "MG1"
    sent = TwilioProvider().send(outgoing(sender=""))
    assert [message["body"] for message in peer.sent()] == [
        "Your parking ends.",
        "\N{AUTOMOBILE} ê",
        "Your parking ends.",
    ]
    assert sent.provider_id == peer.sent()[2]["sid"]


@pytest.mark.parametrize(
    ("fields", "environment", "code"),
    [
        ({"to": "5195550123"}, {}, "21211"),
        ({"body": ""}, {}, "21602"),
        ({"body": "x" * 1601}, {}, "21617"),
        ({}, {"TWILIO_FROM_NUMBER": "+15195550999"}, "21606"),
        ({}, {"TWILIO_AUTH_TOKEN": "wrong"}, "20003"),
        ({}, {"TWILIO_ACCOUNT_SID": "AC1"}, "20404"),
    ],
)
def test_refusals_are_final(
    peer: SmsPeer, settings: Settings, fields: dict[str, str], environment: dict[str, str], code: str
) -> None:
    for name, value in environment.items():
        setattr(settings, name, value)
    with pytest.raises(TextRefused) as refusal:
        TwilioProvider().send(outgoing(**fields))
    assert (refusal.value.code, refusal.value.again, peer.sent()) == (code, False, [])


def test_busy_and_unreachable_may_be_asked_again(peer: SmsPeer, settings: Settings) -> None:
    peer.control("refuse_next")
    with pytest.raises(TextRefused) as busy:
        TwilioProvider().send(outgoing())
    settings.TWILIO_API_BASE = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(TextRefused) as away:
        TwilioProvider().send(outgoing())
    assert [(each.value.code, each.value.again) for each in (busy, away)] == [("20429", True), ("", True)]


@pytest.mark.parametrize("kind", ["timeout", "reset", "error", "html", "half"])
def test_lost_answers_are_told_apart_from_refusals(peer: SmsPeer, kind: str) -> None:
    """The peer took the message each time: sent again, it would arrive twice."""
    peer.control("fail_next", kind=kind, path=PATH, when="after", seconds=0.5)
    with pytest.raises(TextUnsure):
        TwilioProvider().send(outgoing())
    assert len(peer.sent()) == 1


@pytest.mark.django_db(transaction=True)
def test_phones_reach_the_portal_and_the_other_way_round(
    peer: SmsPeer, live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TEXT_WEBHOOK_BASE = live_server.url
    change_office(text_gateway="twilio", text_number=NUMBER)
    peer.control("webhook", url=f"{live_server.url}/webhooks/sms/")
    heard: list[str] = []

    def count(message: TextMessage, at: Any) -> str:
        heard.append(message.body)
        return f"{len(heard)}: <{message.body}> \N{AUTOMOBILE}"

    monkeypatch.setattr(texting, "_handlers", [count])
    answers = peer.text(PERSON, "ParkMe ê&", copies=3)
    assert [answer["body"] for answer in answers] == ["1: <ParkMe ê&> \N{AUTOMOBILE}"] * 3
    (reply,) = peer.sent()
    assert [peer.tell(reply["sid"], status) for status in ("delivered", "sent")] == [200, 200]
    row = TextMessage.objects.get(direction="out")
    assert (row.state, row.provider_id) == ("delivered", reply["sid"])

    text = send_text(PERSON, "Your parking ends.", kind="reminder")
    assert text is not None
    assert send_text_now(text.pk)
    assert peer.tell(peer.sent()[1]["sid"], "undelivered", "30003") == 200
    text.refresh_from_db()
    assert (text.state, text.error_code) == ("failed", "30003")

    assert peer.text(PERSON, "STOP")[0] == {"status": 200, "body": "", "sid": "", "blocked": True}
    assert send_text(PERSON, "Your parking ends.", kind="reminder") is None
    TextOptOut.objects.all().delete()  # the carrier's word was lost here: it tells once more
    late = send_text(PERSON, "Your parking ends.", kind="reminder")
    assert late is not None
    assert not send_text_now(late.pk)
    assert TextOptOut.objects.get().source == "carrier"
    monkeypatch.setattr(settings, "TWILIO_AUTH_TOKEN", "rolled")
    assert peer.text(PERSON, "START")[0]["status"] == 403
