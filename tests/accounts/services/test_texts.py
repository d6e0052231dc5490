"""Texts are rows: written with their change, handed to the gateway once, followed by what it tells."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from pytest_django import Settings

from accounts.models import TextMessage, User
from accounts.models.text import TextKind
from accounts.services.text_opt_outs import is_opted_out, opt_in, opt_out
from accounts.services.texts import LEASE, MOST_TRIES, due_texts, note_delivery, send_text, send_text_now
from accounts.tasks import send_due_texts, send_one_text
from accounts.text_providers.base import SentText, TextRefused, TextUnsure
from accounts.text_providers.phone import PhoneProvider
from opscom.lib.retention import apply_retention
from tests.accounts.gateway import ToyProvider, fresh_toy
from tests.factories import change_office, make_user

pytestmark = pytest.mark.django_db
NUMBER, OFFICE = "+15195550123", "+15195550100"


@pytest.fixture(autouse=True)
def toy(settings: Settings) -> Iterator[type[ToyProvider]]:
    settings.TEXT_PROVIDERS = {"twilio": "tests.accounts.gateway.ToyProvider"}
    change_office(text_gateway="twilio", text_number=OFFICE)
    yield from fresh_toy()


def write(body: str = "Hello", **kwargs: Any) -> TextMessage:
    text = send_text(NUMBER, body, **{"kind": TextKind.CONFIRMATION} | kwargs)
    assert text is not None
    return text


def state_of(text: TextMessage) -> str:
    text.refresh_from_db()
    return text.state


def test_text_is_written_counted_priced_and_sent_once(toy: type[ToyProvider], resident: User) -> None:
    User.objects.filter(pk=resident.pk).update(phone=NUMBER, texts_from=NUMBER)
    text = write("a\0" * 161)
    assert (text.state, text.user, text.segments, text.price) == ("queued", resident, 2, Decimal("0.0200"))
    assert [send_text_now(text.pk), send_text_now(text.pk)] == [True, False]
    (sent,) = toy.sent
    assert (sent.to, sent.sender, sent.body) == (NUMBER, OFFICE, "a" * 161)
    assert sent.callback_url == f"http://127.0.0.1:8000/webhooks/sms/status/?text={text.pk}"
    assert (state_of(text), text.provider_id, text.sent_at is not None) == ("sent", f"SM{1:032d}", True)


def test_number_that_is_merely_written_down_is_nobodys() -> None:
    make_user(phone=NUMBER)
    assert write().user is None


def test_key_is_written_once() -> None:
    write(key="permit-1")
    assert send_text(NUMBER, "again", kind=TextKind.REMINDER, key="permit-1") is None
    assert TextMessage.objects.count() == 1


def test_text_for_later_waits() -> None:
    now = timezone.now()
    text = write(at=now + timedelta(minutes=5))
    assert (due_texts(at=now), due_texts(at=now + timedelta(minutes=5))) == ([], [text.pk])


def test_no_gateway_no_text(settings: Settings) -> None:
    for gateway, demo in (("off", True), ("phone", False)):
        change_office(text_gateway=gateway)
        settings.DEMO = demo
        assert send_text(NUMBER, "Hello", kind=TextKind.REMINDER) is None
    with pytest.raises(ImproperlyConfigured):
        PhoneProvider()


def test_number_that_opted_out_gets_nothing_not_even_what_waits(toy: type[ToyProvider]) -> None:
    now = timezone.now()
    waiting, in_hand = write(), write()
    TextMessage.objects.filter(pk=in_hand.pk).update(state="sending")
    assert [opt_out(NUMBER, at=now), opt_out(NUMBER, at=now)] == [True, False]
    assert send_text(NUMBER, "Hello", kind=TextKind.REMINDER) is None
    TextMessage.objects.filter(pk=in_hand.pk).update(state="queued", next_try_at=now)  # was refused for the moment
    assert send_text_now(in_hand.pk) is False
    assert (state_of(waiting), state_of(in_hand), toy.sent) == ("dropped", "dropped", [])
    assert [opt_in(NUMBER, at=now), opt_in(NUMBER, at=now)] == [True, False]
    assert send_text_now(write().pk) is True


def test_busy_gateway_is_asked_ever_later_and_given_up(toy: type[ToyProvider]) -> None:
    toy.answers[:] = [TextRefused("20429", "Too Many Requests", again=True)] * MOST_TRIES
    text, at = write(), timezone.now()
    for tries in range(1, MOST_TRIES):
        assert send_text_now(text.pk, at=at) is False
        assert (state_of(text), text.tries, text.next_try_at - at) == ("queued", tries, timedelta(minutes=2**tries))
        at = text.next_try_at
    assert send_text_now(text.pk, at=at) is False
    assert (state_of(text), text.error_code, text.sent_at) == ("failed", "20429", None)


def test_refusal_ends_it_and_21610_is_an_opt_out(toy: type[ToyProvider]) -> None:
    toy.answers[:] = [TextRefused("21211", "Invalid 'To'"), TextRefused("21610", "unsubscribed")]
    bad, gone = write(), write()
    send_due_texts()
    assert (state_of(bad), bad.error_code, state_of(gone), gone.error_code) == ("failed", "21211", "failed", "21610")
    assert is_opted_out(NUMBER)


def test_lost_answer_is_marked_and_never_sent_again(toy: type[ToyProvider]) -> None:
    toy.answers[:] = [TextUnsure("ReadTimeout")]
    text = write()
    send_one_text(text_id=text.pk)
    assert state_of(text) == "unknown"
    assert due_texts(at=timezone.now() + timedelta(days=1)) == []


class Killed(BaseException):
    """The worker's process ends here."""


def test_text_of_a_killed_worker_is_marked_after_its_lease(toy: type[ToyProvider]) -> None:
    toy.answers[:] = [Killed()]
    text, at = write(), timezone.now() - LEASE
    TextMessage.objects.update(next_try_at=at)
    with pytest.raises(Killed):
        send_text_now(text.pk, at=at)
    assert state_of(text) == "sending"
    send_due_texts()
    assert (state_of(text), len(toy.sent)) == ("unknown", 1)


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        (["sent", "delivered"], "delivered"),
        (["delivered", "sent"], "delivered"),
        (["delivered", "delivered"], "delivered"),
        (["failed", "sent"], "failed"),
        (["failed", "delivered"], "failed"),
    ],
)
def test_state_only_moves_on(told: list[str], ends: str) -> None:
    text = write()
    for state in told:
        note_delivery(text.pk, provider_id="SM1", state=state, at=timezone.now())
    assert state_of(text) == ends


def test_delivery_that_is_told_before_the_answer_counts(toy: type[ToyProvider]) -> None:
    text = write()
    TextMessage.objects.filter(pk=text.pk).update(state="unknown")
    assert note_delivery(text.pk, provider_id="SM1", state="delivered", at=timezone.now()) == text
    assert note_delivery(text.pk, provider_id="SM2", state="failed", at=timezone.now()) is None  # not this one's name
    assert note_delivery(0, provider_id="SM1", state="sent", at=timezone.now()) is None
    assert (state_of(text), text.provider_id) == ("delivered", "SM1")


def test_phone_on_the_screen_delivers_at_once() -> None:
    change_office(text_gateway="phone")
    phone = PhoneProvider()
    assert isinstance(phone.send(None), SentText)  # type: ignore[arg-type]
    fields = {"From": NUMBER, "Body": "PARKME"}
    signature = phone.sign("http://x/", fields)
    assert phone.signed("http://x/", fields, signature)
    assert not phone.signed("http://x/", fields | {"From": OFFICE}, signature)
    assert not phone.signed("http://x/", fields, "")


def test_code_lies_sealed_and_is_sent_plain(toy: type[ToyProvider]) -> None:
    text = write("Code 4711", kind=TextKind.BOOT_CODE)
    assert "4711" not in text.body
    assert text.shown_body == ""
    send_text_now(text.pk)
    assert toy.sent[0].body == "Code 4711"


def test_words_go_after_the_offices_time() -> None:
    change_office(text_days=30)
    old, new = write(), write()
    TextMessage.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    apply_retention(timezone.now())
    assert list(TextMessage.objects.order_by("pk").values_list("pk", "body")) == [(old.pk, ""), (new.pk, "Hello")]
