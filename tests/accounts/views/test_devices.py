"""Where one is logged in, and Log out other devices."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from bs4 import BeautifulSoup
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_email.models import EmailDevice
from pytest_django import Settings

from accounts.models import AccountEvent, Mail, User
from accounts.services.registration import password_link, set_password_by_link
from accounts.services.sessions import forget_ended_sessions
from tests.accounts.codes import half_way, mailed_code, person_with_password
from tests.accounts.office import CACHE_OUTSIDE, PASSWORD, SETTINGS_READ
from tests.payments.views.counting import queries

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


@pytest.fixture
def person() -> User:
    return person_with_password(email="ada@example.test")


def log_in(user_agent: str = FIREFOX, *, address: str = "203.0.113.5") -> Client:
    """A browser that came in by the login page."""
    client = Client(HTTP_USER_AGENT=user_agent, REMOTE_ADDR=address)
    client.post("/login", {"login": "ada@example.test", "password": PASSWORD})
    return client


def listed(client: Client) -> list[str]:
    """The devices of the page, as their reader reads them."""
    page = BeautifulSoup(client.get("/security/").content, "html.parser")
    rows = page.select("section[aria-labelledby=devices] li")
    return [
        " ".join(row.get_text(" ").split()).partition(" · ")[0] + ("!" if row.select(".pill") else "") for row in rows
    ]


def test_page_lists_device_and_address_with_this_one_first(person: User) -> None:
    here = log_in()
    log_in(PHONE, address="2001:db8::7")
    assert listed(here) == ["Firefox on Linux 203.0.113.5!", "Safari on iPhone 2001:db8::7"]


def test_other_people_are_not_listed(person: User) -> None:
    other = person_with_password(email="eve@example.test")
    Client().post("/login", {"login": other.email, "password": PASSWORD})
    assert len(listed(log_in())) == 1


def test_log_out_other_devices_ends_all_but_this_one_also_unlisted_ones(person: User) -> None:
    here, phone, unlisted = log_in(), log_in(PHONE), half_way(person)
    response = here.post("/security/log-out-others/")
    assert response.headers["Location"] == "/security/"
    assert [client.get("/home/").status_code for client in (here, phone, unlisted)] == [200, 302, 302]
    assert listed(here) == ["Firefox on Linux 203.0.113.5!"]
    assert list(AccountEvent.objects.values_list("user", "verb", "by")) == [(person.pk, "sessions_ended", person.pk)]


def test_log_out_others_twice_and_logging_in_again_works(person: User) -> None:
    here = log_in()
    for _time in range(2):
        here.post("/security/log-out-others/")
    assert here.get("/home/").status_code == 200
    assert log_in(PHONE).get("/home/").status_code == 200


def test_log_out_others_keeps_the_second_factor_of_this_session(person: User) -> None:
    User.objects.update(second_factor=True)
    here = log_in()
    EmailDevice.objects.update(last_generated_timestamp=None)
    here.post("/one_time_password", {"code": mailed_code(person)})
    here.post("/security/log-out-others/")
    assert here.get("/home/").status_code == 200


def test_logged_out_device_is_off_the_list(person: User) -> None:
    here, phone = log_in(), log_in(PHONE)
    phone.post("/logout")
    assert len(listed(here)) == 1
    assert (UserSession.objects.count(), forget_ended_sessions(), UserSession.objects.count()) == (2, 1, 1)


def test_session_that_is_over_is_off_the_list(person: User) -> None:
    here, _phone = log_in(), log_in(PHONE)
    Session.objects.exclude(session_key=here.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    assert len(listed(here)) == 1


def test_new_password_takes_the_others_off_the_list_and_keeps_this_one(person: User) -> None:
    here = log_in()
    log_in(PHONE)
    new = "amber-meadow-172"
    here.post("/security/password/", {"current": PASSWORD, "password1": new, "password2": new})
    assert listed(here) == ["Firefox on Linux 203.0.113.5!"]


def test_password_by_link_forgets_all_devices(person: User) -> None:
    browser = log_in()
    key = password_link(person).rstrip("/").partition("-")[2]
    set_password_by_link(person, key=key, password="amber-meadow-172")
    assert UserSession.objects.count() == 0
    assert browser.get("/home/").headers["Location"] == "/login?next=/home/"


def test_session_from_before_the_list_is_written_down_at_the_first_look(person: User) -> None:
    client = half_way(person)
    assert listed(client) == ["Unknown browser 127.0.0.1!"]
    assert len(listed(client)) == 1


def test_seen_moves_on_every_five_minutes(person: User) -> None:
    here = log_in()
    before = UserSession.objects.get().last_seen_at
    here.get("/home/")
    assert UserSession.objects.get().last_seen_at == before
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        here.get("/home/", REMOTE_ADDR="198.51.100.9")
        row = UserSession.objects.get()
        assert (row.last_seen_at - before > timedelta(minutes=5), row.ip) == (True, "198.51.100.9")


@pytest.mark.parametrize("user_agent", ["<script>alert(1)</script> Firefox", "x" * 10_000, "Fire\x00fox"])
def test_hostile_names_are_only_text(person: User, user_agent: str) -> None:
    page = log_in(user_agent).get("/security/")
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


def test_stranger_and_link_end_nothing(client: Client, person: User) -> None:
    assert client.post("/security/log-out-others/").headers["Location"] == "/login?next=/security/log-out-others/"
    assert log_in().get("/security/log-out-others/").status_code == 405


@pytest.mark.parametrize("others", [0, 2])
def test_page_costs_the_same_for_one_and_three(person: User, others: int) -> None:
    here = log_in()
    for _other in range(others):
        log_in(PHONE)
    here.get("/security/")
    with queries(6 + SETTINGS_READ):
        here.get("/security/")


def test_login_costs_at_most_twelve_queries(person: User, settings: Settings) -> None:
    settings.CACHES = CACHE_OUTSIDE
    for _earlier in range(3):
        log_in()
    client = Client()
    client.get("/login")
    before = timezone.now()
    with queries(7 + SETTINGS_READ):
        client.post("/login", {"login": person.email, "password": PASSWORD})
    person.refresh_from_db()
    assert person.last_login is not None and person.last_login >= before


def test_login_that_mails_a_code_costs_five_queries_more(person: User, settings: Settings) -> None:
    settings.CACHES = CACHE_OUTSIDE
    User.objects.update(second_factor=True)
    log_in()
    EmailDevice.objects.update(last_generated_timestamp=None)
    client = Client()
    with queries(12 + SETTINGS_READ):
        client.post("/login", {"login": person.email, "password": PASSWORD})
    assert Mail.objects.count() == 2
