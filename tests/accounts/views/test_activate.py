"""Create Password."""

import time

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import Mail, User
from accounts.services.registration import send_create_password
from tests.accounts.mailbox import link_in
from tests.accounts.office import PASSWORD, set_office
from tests.conftest import sign_in
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer() -> User:
    user = make_user(email="nell@example.test", profile_complete=False)
    EmailAddress.objects.filter(user=user).update(verified=False)
    return user


@pytest.fixture
def link(newcomer: User) -> str:
    send_create_password(newcomer)
    return link_in(Mail.objects.get())


def test_link_leads_to_a_page_without_the_key(client: Client, newcomer: User, link: str) -> None:
    response = client.get(link)
    assert response.status_code == 302
    clean = response.headers["Location"]
    assert clean.endswith("-set-password/")
    page = client.get(clean)
    assert page.status_code == 200
    for words in ("Create Password", "Confirm", newcomer.email):
        assert words in page.content.decode()
    assert link.rsplit("-", 1)[1].strip("/") not in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_confirm_sets_the_password_and_proves_the_address(client: Client, newcomer: User, link: str) -> None:
    page = client.get(link, follow=True)
    response = client.post(page.request["PATH_INFO"], {"password1": PASSWORD})
    assert response.headers["Location"] == "/login"
    assert [str(m) for m in get_messages(response.wsgi_request)] == ["Your password is set. Log in with it now."]
    newcomer.refresh_from_db()
    assert newcomer.check_password(PASSWORD)
    assert EmailAddress.objects.get(user=newcomer).verified
    assert client.post("/login", {"login": newcomer.email, "password": PASSWORD}).headers["Location"] == "/home/"


def test_auto_login_goes_on_to_the_profile_and_stays_in(client: Client) -> None:
    set_office(registration="auto_login")
    client.post("/register/", {"email": "nell@example.test"})
    page = client.get(link_in(Mail.objects.get()), follow=True)
    response = client.post(page.request["PATH_INFO"], {"password1": PASSWORD})
    assert response.headers["Location"] == "/profile/"
    assert client.get("/profile/").status_code == 200


def test_used_link_says_so_and_offers_a_new_one(client: Client, newcomer: User, link: str) -> None:
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": PASSWORD})
    again = Client().get(link, follow=True)
    assert again.status_code == 410
    assert "This link is over" in again.content.decode()
    assert "/forgot-password/" in again.content.decode()


def test_link_used_elsewhere_while_the_page_was_open_sets_nothing(client: Client, newcomer: User, link: str) -> None:
    page = client.get(link, follow=True)
    newcomer.set_password("another-password-77")
    newcomer.save()
    assert client.post(page.request["PATH_INFO"], {"password1": PASSWORD}).status_code == 410
    newcomer.refresh_from_db()
    assert newcomer.check_password("another-password-77")


@pytest.mark.parametrize(("hours", "status"), [(71, 200), (73, 410)])
def test_link_lives_for_three_days(client: Client, link: str, hours: int, status: int) -> None:
    with time_machine.travel(time.time() + hours * 3600):  # a datetime would change the time zone, too
        assert client.get(link, follow=True).status_code == status


@pytest.mark.parametrize(
    "key", ["x", "-", "1-", "-abc", "1-set-password", "zzzzzzzzzzzzz-abc", "é-1", "9" * 3000 + "-a"]
)
def test_made_up_link_is_over(client: Client, key: str) -> None:
    assert client.get(f"/activate/{key}/").status_code == 410


def test_link_of_a_person_who_was_switched_off_sets_nothing(client: Client, newcomer: User, link: str) -> None:
    page = client.get(link, follow=True)
    User.objects.update(is_active=False)
    assert client.post(page.request["PATH_INFO"], {"password1": PASSWORD}).status_code == 410
    newcomer.refresh_from_db()
    assert not newcomer.has_usable_password()


def test_somebody_elses_session_ends_first(newcomer: User, link: str) -> None:
    client = sign_in(Client(), make_user())
    page = client.get(link, follow=True)
    assert "_auth_user_id" not in client.session
    assert client.post(page.request["PATH_INFO"], {"password1": PASSWORD}).headers["Location"] == "/login"


@pytest.mark.parametrize(
    "password", ["", "short", "1234567890123", "password123", "nell@example.test", "x" * 10_000, "with\x00a-nul-byte"]
)
def test_weak_password_is_refused(client: Client, newcomer: User, link: str, password: str) -> None:
    page = client.get(link, follow=True)
    response = client.post(page.request["PATH_INFO"], {"password1": password})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["password1"]
    newcomer.refresh_from_db()
    assert not newcomer.has_usable_password()
