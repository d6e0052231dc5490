"""The settings of the second factor (MFA-1, MFA-2)."""

import re

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from accounts.models import AccountEvent, Mail, User
from tests.accounts.codes import all_the_way, app_code, give_app, half_way, mailed_code, person_with_password
from tests.accounts.office import CACHE_OUTSIDE, PASSWORD, SETTINGS_READ, set_office
from tests.factories import make_user_type
from tests.payments.views.counting import queries

pytestmark = pytest.mark.django_db
PAGE = "/account/multiauth"


@pytest.fixture
def person() -> User:
    return person_with_password(email="ada@example.test", language="es")


@pytest.fixture
def browser(person: User) -> Client:
    return all_the_way(person)


def filled(person: User, choice: str, **changes: str) -> dict[str, str]:
    """What the form posts; with a new code unless one is given."""
    data = {"current": PASSWORD, "option": choice} | changes
    return data if "code" in data else data | {"code": mailed_code(person)}


def options_of(client: Client) -> list[str]:
    """What the list below the current password offers."""
    page = BeautifulSoup(client.get(PAGE).content, "html.parser")
    return [option.get_text() for option in page.find_all("option")]


def verbs() -> list[str]:
    return list(AccountEvent.objects.order_by("pk").values_list("verb", flat=True))


@pytest.mark.parametrize("path", ["/account/multiauth", "/account/multiauth/"])
def test_page_has_the_guides_words_in_the_guides_order(browser: Client, path: str) -> None:
    page = browser.get(path).content.decode()
    places = [
        page.index(words)
        for words in (
            "Multi-Factor Authentication",
            "Off",
            'name="current"',
            "Enable One-Time Passwords",
            "Send One-Time Password To Email",
            'name="code"',
            ">Submit<",
        )
    ]
    assert places == sorted(places)


def test_security_page_shows_the_status_and_the_way_to_change_it(browser: Client) -> None:
    page = BeautifulSoup(browser.get("/security/").content, "html.parser")
    link = page.find("a", string="Change Multifactor Authentication Settings")
    assert link is not None
    assert link["href"] == PAGE


def test_enable_asks_at_the_next_login_and_in_other_browsers_at_once(browser: Client, person: User) -> None:
    elsewhere = half_way(person)
    assert elsewhere.get("/home/").status_code == 200
    response = browser.post(PAGE, filled(person, "enable"))
    assert response.headers["Location"] == PAGE
    person.refresh_from_db()
    assert person.second_factor
    assert browser.get("/home/").status_code == 200
    assert elsewhere.get("/home/").headers["Location"] == "/one_time_password"
    assert options_of(browser) == ["Disable MFA", "Set Up Authenticator App", "New Backup Codes"]
    assert verbs() == ["second_factor_on"]
    mail = Mail.objects.get(kind="second_factor_changed")
    assert (mail.to, mail.language) == (person.email, "es")


def test_disable_forgets_app_and_backup_codes(browser: Client, person: User) -> None:
    give_app(person)
    browser.post(PAGE, filled(person, "disable"))
    person.refresh_from_db()
    assert (person.second_factor, TOTPDevice.objects.count(), StaticToken.objects.count()) == (False, 0, 0)
    assert half_way(person).get("/home/").status_code == 200
    assert verbs()[-1] == "second_factor_off"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"current": "something-else-9"}, "current"),
        ({"current": ""}, "current"),
        ({"code": "000000"}, "code"),
        ({"code": ""}, "code"),
        ({"code": "x" * 10_000}, "code"),
        ({"code": "\u0661\u0662\u0663\u0664\u0665\u0666"}, "code"),
        ({"option": "disable"}, "option"),
        ({"option": "\x00"}, "option"),
        ({"option": ""}, "option"),
    ],
)
def test_wrong_entry_changes_nothing(browser: Client, person: User, changes: dict[str, str], field: str) -> None:
    response = browser.post(PAGE, filled(person, "enable", **changes))
    assert list(response.context["form"].errors) == [field]
    person.refresh_from_db()
    assert (person.second_factor, verbs()) == (False, [])


def test_wrong_password_leaves_the_code_unused(browser: Client, person: User) -> None:
    code = mailed_code(person)
    browser.post(PAGE, {"current": "something-else-9", "option": "enable", "code": code})
    browser.post(PAGE, {"current": PASSWORD, "option": "enable", "code": code})
    person.refresh_from_db()
    assert person.second_factor


def test_code_confirms_one_change_only(browser: Client, person: User) -> None:
    code = mailed_code(person)
    browser.post(PAGE, filled(person, "enable", code=code))
    response = browser.post(PAGE, filled(person, "disable", code=code))
    assert list(response.context["form"].errors) == ["code"]
    person.refresh_from_db()
    assert person.second_factor


def test_code_is_sent_from_the_page_and_the_choice_is_kept(browser: Client, person: User) -> None:
    data = {"current": PASSWORD, "option": "add_app"}
    response = browser.post("/account/send_email", data)
    assert response.headers["Location"] == f"{PAGE}?option=add_app"
    page = BeautifulSoup(browser.get(f"{PAGE}?option=add_app").content, "html.parser")
    [chosen] = page.find_all("option", selected=True)
    assert chosen["value"] == "add_app"
    assert list(Mail.objects.values_list("kind", flat=True)) == ["one_time_password"]


@pytest.mark.parametrize("second_factor", [True, False])
def test_off_in_the_office_it_is_gone(second_factor: bool) -> None:
    user = person_with_password(second_factor=second_factor)
    set_office(multifactor=False)
    client = half_way(user)
    assert [client.get(PAGE).status_code, client.post(PAGE, {}).status_code] == [404, 404]
    assert PAGE not in client.get("/security/").content.decode()
    assert client.post("/account/send_email", {"option": "enable"}).headers["Location"] == "/home/"
    assert Mail.objects.count() == 0


def test_off_in_the_office_staff_keep_it(staff_client: Client) -> None:
    set_office(multifactor=False)
    assert staff_client.get(PAGE).status_code == 200


def test_staff_cannot_turn_it_off() -> None:
    user = person_with_password(is_staff=True)
    client = all_the_way(user)
    assert options_of(client) == ["Set Up Authenticator App", "New Backup Codes"]
    response = client.post(PAGE, filled(user, "disable"))
    assert list(response.context["form"].errors) == ["option"]


def test_required_by_the_user_type_it_cannot_be_turned_off_and_is_asked_in_old_sessions() -> None:
    user = person_with_password(user_type=make_user_type(), second_factor=True)
    client = half_way(user)
    kind = user.user_type
    assert kind is not None
    User.objects.update(second_factor=False)
    assert client.get("/home/").status_code == 200
    kind.second_factor_required = True
    kind.save()
    assert client.get("/home/").headers["Location"] == "/one_time_password"
    client.post("/one_time_password", {"code": mailed_code(user)})
    assert client.get("/home/").status_code == 200
    assert options_of(client) == ["Set Up Authenticator App", "New Backup Codes"]
    set_office(multifactor=False)
    assert half_way(user).get("/home/").status_code == 200


def test_page_is_open_half_way_and_changes_nothing_without_a_fresh_code(person: User) -> None:
    User.objects.update(second_factor=True)
    client = half_way(person)
    assert client.get(PAGE).status_code == 200
    client.post(PAGE, {"current": PASSWORD, "option": "disable", "code": "000000"})
    client.post(PAGE, {"current": PASSWORD, "option": "disable"})
    person.refresh_from_db()
    assert person.second_factor
    assert client.get("/home/").headers["Location"] == "/one_time_password"


def test_half_way_a_right_code_confirms_and_opens_the_session_under_a_new_name(person: User) -> None:
    User.objects.update(second_factor=True)
    client = half_way(person)
    before = client.session.session_key
    client.post(PAGE, filled(person, "backup_codes"))
    assert client.session.session_key != before
    assert client.get("/home/").status_code == 200


def test_backup_codes_are_shown_once_and_each_works_once(person: User) -> None:
    User.objects.update(second_factor=True)
    client = all_the_way(person)
    page = BeautifulSoup(client.post(PAGE, filled(person, "backup_codes")).content, "html.parser")
    codes = [item.get_text() for item in page.select("ol.keys-list li")]
    assert (len(set(codes)), [code for code in codes if not re.fullmatch(r"\d{5}-\d{5}", code)]) == (10, [])
    assert not StaticToken.objects.filter(token__in=[code.replace("-", "") for code in codes]).exists()
    assert codes[0] not in client.get(PAGE).content.decode()
    other = half_way(person)
    assert other.post("/one_time_password", {"code": codes[0]}).status_code == 302
    assert other.get("/home/").status_code == 200
    assert half_way(person).post("/one_time_password", {"code": codes[0]}).status_code == 200
    assert StaticToken.objects.count() == 9
    assert verbs() == ["backup_codes_made", "backup_code_used"]


def test_new_backup_codes_void_the_old_ones(person: User) -> None:
    _device, codes = give_app(person)
    person.refresh_from_db()
    all_the_way(person).post(PAGE, filled(person, "backup_codes"))
    assert StaticToken.objects.count() == 10
    assert half_way(person).post("/one_time_password", {"code": codes[0]}).status_code == 200


def test_backup_code_of_somebody_else_opens_nothing(person: User) -> None:
    _device, codes = give_app(person_with_password())
    User.objects.update(second_factor=True)
    assert half_way(person).post("/one_time_password", {"code": codes[0]}).status_code == 200


def test_app_can_be_removed_with_its_own_code(person: User) -> None:
    device, _codes = give_app(person)
    person.refresh_from_db()
    client = all_the_way(person)
    client.post(PAGE, {"current": PASSWORD, "option": "remove_app", "code": app_code(device, steps=1)})
    person.refresh_from_db()
    assert (person.second_factor, TOTPDevice.objects.count()) == (True, 0)
    assert client.get("/home/").status_code == 200


def test_single_sign_on_person_confirms_with_the_code_alone(person: User) -> None:
    User.objects.update(login_source="sso")
    client = half_way(person)
    assert 'name="current"' not in client.get(PAGE).content.decode()
    client.post(PAGE, {"option": "enable", "code": mailed_code(person)})
    person.refresh_from_db()
    assert person.second_factor


def test_stranger_logs_in_first(client: Client) -> None:
    assert client.get(PAGE).headers["Location"] == f"/login?next={PAGE}"


def test_newcomer_completes_the_profile_first() -> None:
    assert half_way(person_with_password(profile_complete=False)).get(PAGE).headers["Location"] == "/profile/"


def test_page_costs_few_queries(person: User) -> None:
    User.objects.update(second_factor=True)
    give_app(person)
    person.refresh_from_db()
    client = all_the_way(person)
    with queries(6 + SETTINGS_READ):
        client.get(PAGE)


def test_change_costs_few_queries(browser: Client, person: User, settings: Settings) -> None:
    settings.CACHES = CACHE_OUTSIDE
    data = filled(person, "enable")
    with queries(12 + SETTINGS_READ):
        browser.post(PAGE, data)
