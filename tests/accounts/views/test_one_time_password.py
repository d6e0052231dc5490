"""The one-time password page."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from accounts.models import Mail, User
from tests.accounts.mailbox import code_in, kinds
from tests.accounts.office import PASSWORD
from tests.factories import make_user

pytestmark = pytest.mark.django_db
BACKEND = "accounts.backends.PortalBackend"


@pytest.fixture
def clerk() -> User:
    user = make_user(email="clerk@example.test", is_staff=True)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def half(client: Client, clerk: User) -> Client:
    """A browser that gave the password and not yet the code."""
    client.post("/login", {"login": clerk.email, "password": PASSWORD})
    return client


def newest() -> str:
    return code_in(Mail.objects.filter(kind="one_time_password").order_by("-pk")[0])


def test_login_sends_one_code_and_the_page_sends_none(half: Client) -> None:
    for _look in range(3):
        assert half.get("/one_time_password").status_code == 200
    assert kinds() == ["one_time_password"]


def test_page_has_the_guides_words(half: Client) -> None:
    page = half.get("/one_time_password/").content.decode()
    for words in ("Submit", "Send One-Time Password To Email", 'inputmode="numeric"', 'autocomplete="one-time-code"'):
        assert words in page


def test_right_code_leads_to_the_page_asked_for(half: Client) -> None:
    half.get("/permits/?zone=1")
    before = half.session.session_key
    response = half.post("/one_time_password", {"code": newest()})
    assert response.headers["Location"] == "/permits/?zone=1"
    assert half.session.session_key != before
    assert half.get("/profile/").status_code == 200


@pytest.mark.parametrize("path", ["", "https://elsewhere.example/", "//elsewhere.example/"])
def test_right_code_without_a_safe_page_leads_staff_to_the_office(half: Client, path: str) -> None:
    session = half.session
    session["after_one_time_password"] = path
    session.save()
    assert half.post("/one_time_password", {"code": newest()}).headers["Location"] == "/admin/"


def test_resident_who_turned_it_on_goes_home(client: Client) -> None:
    user = make_user(email="res@example.test")
    user.set_password(PASSWORD)
    user.save()
    user.second_factor = True
    user.save(update_fields=["second_factor"])
    client.post("/login", {"login": user.email, "password": PASSWORD})
    assert client.get("/vehicles/").headers["Location"] == "/one_time_password"
    half = client.session
    half["after_one_time_password"] = ""
    half.save()
    assert client.post("/one_time_password", {"code": newest()}).headers["Location"] == "/home/"


def test_code_in_two_groups_of_three_is_taken(half: Client) -> None:
    code = newest()
    assert half.post("/one_time_password", {"code": f" {code[:3]} {code[3:]} "}).status_code == 302


@pytest.mark.parametrize("code", ["", "000000", "\x00", "1" * 10_000, "<b>", "\u202e123456"])
def test_wrong_code_is_refused(half: Client, code: str) -> None:
    response = half.post("/one_time_password", {"code": code})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["code"]
    assert half.get("/home/").headers["Location"] == "/one_time_password"


@pytest.mark.parametrize(("minutes", "status"), [(14, 302), (16, 200)])
def test_code_lives_for_fifteen_minutes(half: Client, minutes: int, status: int) -> None:
    code = newest()
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        assert half.post("/one_time_password", {"code": code}).status_code == status


def test_new_code_voids_the_older_one(half: Client) -> None:
    old = newest()
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        response = half.post("/account/send_email")
        assert [str(m) for m in get_messages(response.wsgi_request)] == [
            "A one-time password is on its way to clerk@example.test."
        ]
        new = newest()
        if old != new:
            assert half.post("/one_time_password", {"code": old}).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        assert half.post("/one_time_password", {"code": new}).status_code == 302


def test_second_code_within_half_a_minute_is_refused(half: Client) -> None:
    response = half.post("/account/send_email/")
    assert response.headers["Location"] == "/one_time_password"
    assert [message.level_tag for message in get_messages(response.wsgi_request)] == ["error"]
    assert kinds() == ["one_time_password"]


def test_another_browser_is_asked_again(half: Client, clerk: User) -> None:
    half.post("/one_time_password", {"code": newest()})
    other = Client()
    other.force_login(clerk, backend=BACKEND)
    assert other.get("/home/").headers["Location"] == "/one_time_password"


def test_code_works_once(half: Client, clerk: User) -> None:
    code = newest()
    half.post("/one_time_password", {"code": code})
    other = Client()
    other.force_login(clerk, backend=BACKEND)
    assert other.post("/one_time_password", {"code": code}).status_code == 200


def test_person_without_it_is_sent_on(resident_client: Client) -> None:
    assert resident_client.get("/one_time_password").headers["Location"] == "/home/"
    assert resident_client.post("/account/send_email").headers["Location"] == "/home/"
    assert kinds() == []


def test_stranger_is_sent_to_the_login_page(client: Client) -> None:
    assert client.get("/one_time_password").headers["Location"] == "/login?next=/one_time_password"
    assert client.post("/account/send_email").headers["Location"] == "/login?next=/account/send_email"


def test_looking_at_the_send_address_is_refused(half: Client) -> None:
    assert half.get("/account/send_email").status_code == 405
