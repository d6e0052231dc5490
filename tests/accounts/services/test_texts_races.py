"""Several deliveries and several workers at once, on PostgreSQL."""

import time
from collections.abc import Iterator
from datetime import datetime

import pytest
from pytest_django import Settings

from accounts import texting
from accounts.models import TextMessage
from accounts.services.text_answers import IncomingText, answer_text
from accounts.services.texts import send_text, send_text_now
from tests.accounts.gateway import ToyProvider, fresh_toy
from tests.factories import change_office
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
NUMBER, OFFICE = "+15195550123", "+15195550100"


@pytest.fixture(autouse=True)
def toy(settings: Settings) -> Iterator[type[ToyProvider]]:
    settings.TEXT_PROVIDERS = {"twilio": "tests.accounts.gateway.ToyProvider"}
    change_office(text_gateway="twilio", text_number=OFFICE)
    yield from fresh_toy()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """When the dialogue began and ended with which text."""
    heard: list[tuple[str, str]] = []

    def slowly(message: TextMessage, at: datetime) -> str:
        heard.append(("begins", message.body))
        time.sleep(0.1)
        heard.append(("ends", message.body))
        return f"You said {message.body}"

    monkeypatch.setattr(texting, "_handlers", [slowly])
    return heard


def said(sid: str, body: str) -> str:
    answer = answer_text(IncomingText(sid, NUMBER, OFFICE, body))
    return answer.body if answer else ""


def test_one_text_delivered_by_many_is_answered_once(heard: list[tuple[str, str]]) -> None:
    assert all_at_once([lambda: said("SM1", "C")] * 6) == ["You said C"] * 6
    assert heard == [("begins", "C"), ("ends", "C")]
    assert TextMessage.objects.count() == 2


def one_after_the_other(heard: list[tuple[str, str]]) -> bool:
    """Whether no text was looked at while another one was."""
    all_at_once([lambda sid=f"SM{n}", body=f"{n}": said(sid, body) for n in range(5)])  # type: ignore[misc]
    return [what for what, _body in heard] == ["begins", "ends"] * 5


def test_texts_of_one_number_are_answered_one_after_the_other(heard: list[tuple[str, str]]) -> None:
    assert one_after_the_other(heard)


def test_control_without_locks_they_are_answered_together(
    heard: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    said("SM99", "first")  # its line is there, so that only the lock holds them apart
    heard.clear()
    without_row_locks(monkeypatch)
    assert not one_after_the_other(heard)


def test_eight_workers_send_one_text_once(toy: type[ToyProvider]) -> None:
    text = send_text(NUMBER, "Hello", kind="reminder")
    assert text is not None
    assert all_at_once([lambda: send_text_now(text.pk)] * 8).count(True) == 1
    assert len(toy.sent) == 1
