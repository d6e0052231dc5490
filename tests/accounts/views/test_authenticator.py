"""Set Up Authenticator App."""

from base64 import b32encode
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Mail, User
from accounts.services.factor_settings import authenticator_link, begin_authenticator
from tests.accounts.codes import all_the_way, app_code, give_app, half_way, mailed_code, person_with_password
from tests.accounts.office import PASSWORD, set_office

pytestmark = pytest.mark.django_db
PAGE = "/security/authenticator/"


@pytest.fixture
def person() -> User:
    return person_with_password(email="ada@example.test")


@pytest.fixture
def browser(person: User) -> Client:
    """A browser at the square code."""
    client = all_the_way(person)
    response = client.post(
        "/account/multiauth", {"current": PASSWORD, "option": "add_app", "code": mailed_code(person)}
    )
    assert response.headers["Location"] == PAGE
    return client


def test_page_shows_the_square_code_and_the_key_as_text(browser: Client) -> None:
    page = BeautifulSoup(browser.get(PAGE).content, "html.parser")
    key = page.find("p", class_="keys")
    assert key is not None
    secret = b32encode(TOTPDevice.objects.get().bin_key).decode()
    assert key.get_text().replace(" ", "").strip() == secret
    assert page.find("svg") is not None
    assert page.find(style=True) is None


def test_link_is_what_apps_read(person: User) -> None:
    set_office(office_name="Parc: Büro & Co")
    link = urlsplit(authenticator_link(begin_authenticator(person)))
    assert (link.scheme, link.netloc, link.path) == (
        "otpauth",
        "totp",
        "/Parc%20B%C3%BCro%20%26%20Co:ada%40example.test",
    )
    assert parse_qs(link.query)["issuer"] == ["Parc Büro & Co"]


def test_app_counts_only_once_a_code_confirmed_it(browser: Client, person: User) -> None:
    device = TOTPDevice.objects.get()
    browser.get(PAGE)
    assert (device.confirmed, User.objects.get().second_factor) == (False, False)
    wrong = browser.post(PAGE, {"code": f"{(int(app_code(device)) + 1) % 10**6:06d}"})
    assert list(wrong.context["form"].errors) == ["code"]
    page = BeautifulSoup(browser.post(PAGE, {"code": app_code(device)}).content, "html.parser")
    assert len(page.select("ol.keys-list li")) == 10
    device.refresh_from_db()
    assert (device.confirmed, User.objects.get().second_factor) == (True, True)
    assert browser.get(PAGE).headers["Location"] == "/account/multiauth"
    assert Mail.objects.filter(kind="second_factor_changed").count() == 1


@pytest.mark.parametrize("code", ["", "000 00", "abcdef", "١٢٣٤٥٦", "\x00", "1" * 10_000, "-00001"])
def test_other_text_is_refused(browser: Client, code: str) -> None:
    response = browser.post(PAGE, {"code": code})
    assert list(response.context["form"].errors) == ["code"]
    assert not TOTPDevice.objects.get().confirmed


def test_login_takes_the_apps_code_once_and_mails_none(person: User) -> None:
    device, _codes = give_app(person)
    Mail.objects.all().delete()
    client, code = Client(), app_code(device, steps=1)
    client.post("/login", {"login": person.email, "password": PASSWORD})
    assert Mail.objects.count() == 0
    assert "Open your authenticator app" in client.get("/one_time_password").content.decode()
    assert client.post("/one_time_password", {"code": code}).headers["Location"] == "/home/"
    assert client.get("/home/").status_code == 200
    assert half_way(person).post("/one_time_password", {"code": code}).status_code == 200


def test_mailed_code_works_beside_the_app(person: User) -> None:
    give_app(person)
    client = half_way(person)
    client.post("/account/send_email")
    assert client.post("/one_time_password", {"code": mailed_code_of(person)}).status_code == 302


def mailed_code_of(person: User) -> str:
    from tests.accounts.mailbox import code_in

    return code_in(Mail.objects.filter(kind="one_time_password", user=person).order_by("-pk")[0])


def test_unconfirmed_app_opens_nothing(person: User) -> None:
    device = begin_authenticator(person)
    User.objects.update(second_factor=True)
    assert half_way(person).post("/one_time_password", {"code": app_code(device)}).status_code == 200


def test_another_session_does_not_see_the_key(browser: Client, person: User) -> None:
    assert half_way(person).get(PAGE).headers["Location"] == "/account/multiauth"


def test_page_is_over_after_fifteen_minutes(browser: Client) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert browser.get(PAGE).headers["Location"] == "/account/multiauth"


def test_starting_again_voids_the_first_key(browser: Client, person: User) -> None:
    begin_authenticator(person)
    assert browser.get(PAGE).headers["Location"] == "/account/multiauth"
    assert TOTPDevice.objects.count() == 1


def test_second_app_replaces_the_first_and_keeps_the_backup_codes(person: User) -> None:
    first, codes = give_app(person)
    second, no_codes = give_app(person)
    assert (list(TOTPDevice.objects.all()), len(codes), no_codes) == ([second], 10, [])
    assert StaticToken.objects.count() == 10
    assert first != second


def test_stranger_logs_in_first(client: Client) -> None:
    assert client.get(PAGE).headers["Location"] == f"/login?next={PAGE}"
