"""Language, login, logout."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import User
from tests.accounts.mailbox import kinds
from tests.accounts.office import PASSWORD, set_office
from tests.conftest import sign_in
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    user = make_user(email="ada@example.test", language="fr")
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client: Client, email: str = "ada@example.test", password: str = PASSWORD, **extra: str) -> Any:
    return client.post("/login", {"login": email, "password": password, **extra})


def test_first_visit_offers_the_three_languages(client: Client) -> None:
    page = client.get("/").content.decode()
    for word in ("English", "Français", "Español", "Continue"):
        assert word in page


def test_later_visit_goes_to_the_login_page(client: Client) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    assert client.get("/").headers["Location"] == "/login"


def test_unknown_language_in_the_cookie_counts_as_none(client: Client) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "xx"
    assert client.get("/").status_code == 200


def test_signed_in_visit_goes_home(resident_client: Client) -> None:
    assert resident_client.get("/").headers["Location"] == "/home/"


def test_choice_is_kept_in_the_cookie(client: Client) -> None:
    response = client.post("/", {"language": "fr"})
    assert response.headers["Location"] == "/login"
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "fr"
    assert 'lang="fr"' in client.get("/login").content.decode()


def test_choice_of_a_signed_in_person_is_kept_on_the_account(resident: User, resident_client: Client) -> None:
    resident_client.post("/", {"language": "es", "next": "/profile/"})
    resident.refresh_from_db()
    assert resident.language == "es"


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("/pay-ticket/?a=1", "/pay-ticket/?a=1"),
        ("https://elsewhere.example/", "/login"),
        ("//elsewhere.example", "/login"),
        ("javascript:alert(1)", "/login"),
        ("\x00/login", "/login"),
        ("", "/login"),
    ],
)
def test_choice_follows_only_a_path_of_this_site(client: Client, asked: str, got: str) -> None:
    assert client.post("/", {"language": "en", "next": asked}).headers["Location"] == got


@pytest.mark.parametrize("language", ["xx", "", "\x00", "e" * 10_000])
def test_unknown_language_is_refused(client: Client, language: str) -> None:
    response = client.post("/", {"language": language})
    assert response.status_code == 400
    assert settings.LANGUAGE_COOKIE_NAME not in response.cookies


def test_login_lands_on_home_in_the_persons_language(client: Client, person: User) -> None:
    response = log_in(client)
    assert response.headers["Location"] == "/home/"
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "fr"


def test_login_takes_the_address_in_any_case(client: Client, person: User) -> None:
    assert log_in(client, "ADA@Example.Test").headers["Location"] == "/home/"


def test_login_of_staff_lands_in_the_office_and_mails_one_code(client: Client, person: User) -> None:
    person.is_staff = True
    person.save()
    assert log_in(client).headers["Location"] == "/admin/"
    assert kinds() == ["one_time_password"]


@pytest.mark.parametrize(
    ("asked", "got"),
    [("/permits/", "/permits/"), ("https://elsewhere.example/", "/home/"), ("//elsewhere.example", "/home/")],
)
def test_login_follows_only_a_path_of_this_site(client: Client, person: User, asked: str, got: str) -> None:
    assert log_in(client, next=asked).headers["Location"] == got


@pytest.mark.parametrize("email", ["ada@example.test", "nobody@example.test"])
def test_wrong_password_and_unknown_address_read_the_same(client: Client, person: User, email: str) -> None:
    page = log_in(client, email, "wrong").content.decode()
    assert "Email and password do not match. Try again or use Forgot Password." in page
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("email", ["ada@example.test", "nobody@example.test"])
def test_sixth_try_is_refused_even_with_the_right_password(client: Client, person: User, email: str) -> None:
    for _try in range(5):
        log_in(client, email, "wrong")
    assert "Too many tries. Wait 5 minutes, or use Forgot Password." in log_in(client, email).content.decode()


def test_too_many_logins_from_one_place_get_the_429_page(client: Client) -> None:
    answers = [client.post("/login", {"login": "", "password": ""}).status_code for _try in range(31)]
    assert answers == [200] * 30 + [429]
    assert "Too many tries" in client.post("/login", {}).content.decode()


def test_inactive_person_with_the_right_password_is_told(client: Client, person: User) -> None:
    person.is_active = False
    person.save()
    response = log_in(client)
    assert response.headers["Location"] == "/account/inactive/"
    assert "This account is switched off" in client.get("/account/inactive/").content.decode()
    assert "_auth_user_id" not in client.session


def test_login_page_offers_registration_and_the_ticket_search(client: Client) -> None:
    page = client.get("/login").content.decode()
    for words in ("Create Account", "Forgot Password", "Pay your Ticket", 'name="ticket"', "Search"):
        assert words in page


def test_login_page_leaves_out_what_is_switched_off(client: Client) -> None:
    set_office(registration_open=False, guest_payment=False)
    page = client.get("/login").content.decode()
    assert "Create Account" not in page
    assert "Pay your Ticket" not in page


@pytest.mark.parametrize("path", ["/login", "/login/"])
def test_login_page_answers_with_and_without_slash(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_login_page_sends_a_signed_in_person_home(resident_client: Client) -> None:
    assert resident_client.get("/login").headers["Location"] == "/home/"


def test_logout_ends_the_session(resident_client: Client) -> None:
    response = resident_client.post("/logout")
    assert response.headers["Location"] == "/login"
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["You are logged out."]
    assert "_auth_user_id" not in resident_client.session


def test_logout_by_link_shows_a_button(resident_client: Client) -> None:
    assert "Log Out" in resident_client.get("/logout/").content.decode()
    assert "_auth_user_id" in resident_client.session


def test_logout_of_nobody_goes_to_the_login_page(client: Client) -> None:
    assert client.get("/logout").headers["Location"] == "/login"


@pytest.mark.parametrize("path", ["/", "/logout"])
def test_other_methods_are_refused(client: Client, path: str) -> None:
    assert client.delete(path).status_code == 405


def test_password_change_ends_other_sessions(person: User) -> None:
    other = sign_in(Client(), person)
    person.set_password(PASSWORD + "x")
    person.save()
    assert other.get("/home/").headers["Location"] == "/login?next=/home/"
