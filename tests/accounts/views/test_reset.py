"""Forgot Password and Update Password."""

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Mail, User
from accounts.services.registration import send_reset_link
from opscom.lib.sso import SingleSignOn
from tests.accounts.mailbox import kinds, link_in
from tests.accounts.office import PASSWORD
from tests.conftest import sign_in
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    user = make_user(email="ada@example.test")
    user.set_password("old-password-1984")
    user.save()
    return user


@pytest.fixture
def link(person: User) -> str:
    send_reset_link(person.email)
    return link_in(Mail.objects.get())


@pytest.mark.parametrize(
    ("email", "mails"), [("ada@example.test", 1), ("ADA@example.test", 1), ("nobody@example.test", 0)]
)
def test_answer_is_the_same_for_known_and_unknown(client: Client, person: User, email: str, mails: int) -> None:
    response = client.post("/forgot-password/", {"email": email})
    assert (response.status_code, response.headers["Location"]) == (302, "/forgot-password/sent/")
    assert kinds() == ["password_reset"] * mails
    assert (
        "If there is an account with this address, the link is on its way."
        in client.get("/forgot-password/sent/").content.decode()
    )


@pytest.mark.parametrize("source", ["portal", "sso"])
def test_unknown_address_costs_the_same_statements(person: User, source: str) -> None:
    """Rolling back in place of releasing the savepoint is the only difference, so the clock tells nothing (PWD-2)."""
    statements = []
    User.objects.update(login_source=source)
    send_reset_link(person.email)  # what is read once and kept, such as the office's settings, is read now
    for email in (person.email, "nobody@example.test"):
        with CaptureQueriesContext(connection) as captured:
            send_reset_link(email)
        statements.append([query["sql"].split()[0] for query in captured if "ROLLBACK TO" not in query["sql"]])
    known, unknown = statements
    assert [word for word in known if word != "RELEASE"] == [word for word in unknown if word != "RELEASE"]


def test_inactive_person_gets_no_link(client: Client, person: User) -> None:
    User.objects.update(is_active=False)
    client.post("/forgot-password/", {"email": person.email})
    assert kinds() == []


@pytest.mark.parametrize(
    ("sso", "label", "link"),
    [
        (None, "Log In", "/login"),
        (SingleSignOn(issuer="https://id.campus.example"), "Log In", "/login"),
        (
            SingleSignOn(issuer="https://id.campus.example", password_url="https://id.campus.example/password"),
            "Change the password there",
            "https://id.campus.example/password",
        ),
    ],
)
def test_single_sign_on_person_is_sent_to_the_provider(
    client: Client, person: User, settings: Settings, sso: SingleSignOn | None, label: str, link: str
) -> None:
    settings.SSO = sso
    User.objects.update(login_source=User.LoginSource.SSO)
    response = client.post("/forgot-password/", {"email": person.email})
    assert response.headers["Location"] == "/forgot-password/sent/"
    mail = Mail.objects.get()
    assert "single sign-on provider" in mail.text
    assert "/reset-password/" not in mail.text + mail.html
    assert f"{label}:\n{link if link.startswith('http') else settings.BASE_URL + link}\n" in mail.text


def test_page_has_the_guides_words(client: Client) -> None:
    page = client.get("/forgot-password/").content.decode()
    for words in ("Forgot Password", "Send Reminder"):
        assert words in page


@pytest.mark.parametrize("email", ["", "no address", "a\x00@example.test", "x" * 10_000 + "@example.test"])
def test_bad_address_is_refused(client: Client, email: str) -> None:
    response = client.post("/forgot-password/", {"email": email})
    assert list(response.context["form"].errors) == ["email"]


@pytest.mark.parametrize("email", ["ada@example.test", "nobody@example.test"])
def test_sixth_reminder_in_a_minute_is_refused(client: Client, person: User, email: str) -> None:
    answers = [client.post("/forgot-password/", {"email": email}).status_code for _try in range(6)]
    assert answers == [302] * 5 + [429]


def test_update_password_with_the_guides_words(client: Client, link: str) -> None:
    page = client.get(link, follow=True)
    assert page.request["PATH_INFO"].endswith("-set-password/")
    for words in ("Update Password", "Reset Password", 'name="email"', 'name="password1"', 'name="password2"'):
        assert words in page.content.decode()


def test_reset_changes_the_password_and_confirms(client: Client, person: User, link: str) -> None:
    EmailAddress.objects.filter(user=person).update(verified=False)
    elsewhere = sign_in(Client(), person)
    page = client.get(link, follow=True)
    response = client.post(
        page.request["PATH_INFO"], {"email": person.email, "password1": PASSWORD, "password2": PASSWORD}, follow=True
    )
    assert response.redirect_chain == [("/reset-password/done/", 302)]
    assert 'href="/login"' in response.content.decode()
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert EmailAddress.objects.get(user=person).verified
    assert elsewhere.get("/home/").headers["Location"] == "/login?next=/home/"
    assert Client().get(link, follow=True).status_code == 410


def test_reset_unlocks_the_login(client: Client, person: User, link: str) -> None:
    for _try in range(6):
        client.post("/login", {"login": person.email, "password": "wrong"})
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], {"email": person.email, "password1": PASSWORD, "password2": PASSWORD})
    assert client.post("/login", {"login": person.email, "password": PASSWORD}).headers["Location"] == "/home/"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "other@example.test"}, "email"),
        ({"password2": PASSWORD + "x"}, "password2"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password2": ""}, "password2"),
    ],
)
def test_wrong_entry_is_refused_beside_its_field(
    client: Client, person: User, link: str, change: dict[str, str], field: str
) -> None:
    page = client.get(link, follow=True)
    data = {"email": person.email, "password1": PASSWORD, "password2": PASSWORD} | change
    assert list(client.post(page.request["PATH_INFO"], data).context["form"].errors) == [field]
    person.refresh_from_db()
    assert person.check_password("old-password-1984")


@pytest.mark.parametrize("tail", ["1-abc", "zzzzzzzzzzzzz-abc-def", "1-set-password"])
def test_made_up_link_is_over(client: Client, tail: str) -> None:
    assert client.get(f"/reset-password/{tail}/").status_code == 410


@pytest.mark.parametrize(
    "path", ["/forgot-password/sent/", "/reset-password/done/", "/register/sent/", "/account/inactive/"]
)
def test_pages_that_only_tell_refuse_posts(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 405
