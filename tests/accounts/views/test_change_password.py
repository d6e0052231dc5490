"""Change Password (ACC-4)."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import AccountEvent, Mail, User
from accounts.services.password import PasswordRefused, change_password
from opscom.lib.office import office
from tests.accounts.mailbox import kinds
from tests.accounts.office import CACHE_OUTSIDE, PASSWORD, SETTINGS_READ
from tests.conftest import sign_in
from tests.factories import make_user
from tests.payments.views.counting import queries

pytestmark = pytest.mark.django_db
NEW = "amber-meadow-172"
PAGE = "/security/password/"


@pytest.fixture
def person() -> User:
    user = make_user(email="ada@example.test", first_name="Ada", last_name="Reyes", language="fr")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def browser(person: User) -> Client:
    return sign_in(Client(), person)


def filled(**changes: str) -> dict[str, str]:
    return {"current": PASSWORD, "password1": NEW, "password2": NEW} | changes


def test_page_asks_for_current_new_and_confirm(browser: Client) -> None:
    page = browser.get(PAGE).content.decode()
    for words in ('name="current"', 'name="password1"', 'name="password2"', "at least 10 characters"):
        assert words in page


def test_new_password_replaces_the_old_one_and_this_session_goes_on(browser: Client, person: User) -> None:
    response = browser.post(PAGE, filled())
    assert response.headers["Location"] == "/security/"
    person.refresh_from_db()
    assert (person.check_password(NEW), person.check_password(PASSWORD)) == (True, False)
    assert browser.get("/home/").status_code == 200


def test_every_other_session_ends(browser: Client, person: User) -> None:
    elsewhere = sign_in(Client(), person)
    browser.post(PAGE, filled())
    assert elsewhere.get("/home/").headers["Location"] == "/login?next=/home/"


def test_change_is_written_down_and_told_in_the_persons_language(browser: Client, person: User) -> None:
    browser.post(PAGE, filled())
    assert list(AccountEvent.objects.values_list("user", "verb", "by")) == [(person.pk, "password_changed", person.pk)]
    mail = Mail.objects.get()
    assert (mail.kind, mail.to, mail.language) == ("password_changed", person.email, "fr")
    assert NEW not in mail.text + mail.html
    assert "/forgot-password/" in mail.text


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"current": "something-else-9"}, ["current"]),
        ({"current": ""}, ["current"]),
        ({"password2": NEW + "x"}, ["password2"]),
        ({"password2": ""}, ["password2"]),
        ({"password1": "short", "password2": "short"}, ["password1"]),
        ({"password1": "ada@example.test", "password2": "ada@example.test"}, ["password1"]),
        ({"password1": "1234567890123", "password2": "1234567890123"}, ["password1"]),
        ({"password1": PASSWORD, "password2": PASSWORD}, ["password1"]),
        ({"password1": "x" * 10_000, "password2": "x" * 10_000}, ["password1", "password2"]),
        ({"current": "\x00" + PASSWORD}, ["current"]),
    ],
)
def test_wrong_entry_is_refused_beside_its_field(
    browser: Client, person: User, changes: dict[str, str], fields: list[str]
) -> None:
    response = browser.post(PAGE, filled(**changes))
    assert sorted(response.context["form"].errors) == fields
    person.refresh_from_db()
    assert (person.check_password(PASSWORD), kinds(), AccountEvent.objects.count()) == (True, [], 0)


def test_typed_passwords_are_not_sent_back(browser: Client) -> None:
    page = browser.post(PAGE, filled(password2="amber-meadow-173")).content.decode()
    assert ("amber-meadow" in page, PASSWORD in page) == (False, False)


def test_guesses_at_the_current_password_run_out(browser: Client, person: User) -> None:
    for _try in range(5):
        browser.post(PAGE, filled(current="something-else-9"))
    response = browser.post(PAGE, filled())
    assert response.context["form"].errors["current"] == ["Too many tries. Wait 5 minutes, or use Forgot Password."]
    assert User.objects.get().check_password(PASSWORD)


def test_second_window_with_the_same_current_password_is_refused(person: User) -> None:
    window = User.objects.get(pk=person.pk)
    change_password(person, password=NEW)
    with pytest.raises(PasswordRefused):
        change_password(window, password="third-harbour-55")
    assert (User.objects.get().check_password(NEW), kinds()) == (True, ["password_changed"])


@pytest.mark.parametrize("fields", [{"login_source": "sso"}, {"password": "!"}])
def test_person_without_a_password_here_has_none_to_change(
    browser: Client, person: User, fields: dict[str, str]
) -> None:
    User.objects.filter(pk=person.pk).update(**fields)
    person.refresh_from_db()
    client = sign_in(Client(), person)
    for response in (client.get(PAGE), client.post(PAGE, filled())):
        assert response.headers["Location"] == "/security/"
    assert kinds() == []


def test_stranger_logs_in_first(client: Client) -> None:
    assert client.post(PAGE, filled()).headers["Location"] == f"/login?next={PAGE}"


def test_change_costs_few_queries(browser: Client, settings: Settings) -> None:
    settings.CACHES = CACHE_OUTSIDE
    office()
    with queries(15 + SETTINGS_READ):
        browser.post(PAGE, filled())
