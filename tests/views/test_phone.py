"""The phone on the screen: it texts the office by the gateway's own way."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import texting
from accounts.models import TextMessage
from accounts.text_providers.phone import PhoneProvider
from tests.factories import change_office, make_user

pytestmark = pytest.mark.django_db
NUMBER, STRANGER = "+15195550123", "+15195550199"


def bubbles(client: Client, number: str = NUMBER) -> list[str]:
    page = BeautifulSoup(client.get("/phone/", {"number": number}).content, "html.parser")
    return [bubble.select("p")[1].get_text() for bubble in page.select(".bubble")]


def test_what_is_sent_is_answered_in_bubbles(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texting, "_handlers", [lambda message, at: f"<b>{message.body}</b>"])
    make_user(phone=NUMBER)
    page = client.post("/phone/", {"number": NUMBER, "body": "ParkMe"})
    assert (page.status_code, page.headers["Location"]) == (302, "/phone/?number=%2B15195550123#last")
    assert bubbles(client) == ["ParkMe", "<b>ParkMe</b>"]
    assert bubbles(client, STRANGER) == []
    assert TextMessage.objects.incoming().get().office_number == "+15195550100"


def test_keywords_are_answered_without_a_carrier(client: Client) -> None:
    client.post("/phone/", {"number": STRANGER, "body": "STOP"})
    assert (
        bubbles(client, STRANGER)[1] == "Campus Parking: you get no more texts from us. Send START to get them again."
    )


def test_text_goes_through_the_check_of_signatures(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PhoneProvider, "signed", lambda self, url, fields, signature: False)
    client.post("/phone/", {"number": STRANGER, "body": "STOP"})
    assert TextMessage.objects.count() == 0


def test_empty_text_and_odd_number_are_refused(client: Client) -> None:
    for data in ({"number": STRANGER, "body": ""}, {"number": "nobody", "body": "P"}):
        assert client.post("/phone/", data).status_code == 200
    assert TextMessage.objects.count() == 0
    assert client.get("/phone/", {"number": "../x"}).status_code == 200


@pytest.mark.parametrize("texts", [1, 3])
def test_page_costs_the_same_with_many_texts(client: Client, texts: int) -> None:
    user: Any = make_user(phone=NUMBER)
    for n in range(texts):
        TextMessage.objects.create(direction="out", kind="reply", state="sent", number=NUMBER, body=f"{n}", user=user)
    with CaptureQueriesContext(connection) as captured:
        assert bubbles(client) == [str(n) for n in range(texts)]
    assert len(captured) == 3


def test_office_with_another_gateway_has_no_phone(client: Client) -> None:
    change_office(text_gateway="off")
    assert client.get("/phone/").status_code == 404
