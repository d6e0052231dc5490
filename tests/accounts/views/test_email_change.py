"""Change Email Address, confirmed at both addresses."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AccountEvent, EmailChange, Mail, User
from accounts.services.email_change import start_email_change
from accounts.services.password import change_password
from accounts.services.registration import change_email
from opscom.lib.office import office
from tests.accounts.codes import all_the_way, half_way, mailed_code, person_with_password
from tests.accounts.mailbox import kinds
from tests.accounts.office import CACHE_OUTSIDE, PASSWORD, SETTINGS_READ
from tests.factories import make_user
from tests.payments.views.counting import queries

pytestmark = pytest.mark.django_db
PAGE = "/security/email/"
OLD, NEW = "ada@example.test", "ada.reyes@example.test"


@pytest.fixture
def person() -> User:
    return person_with_password(email=OLD, language="fr")


@pytest.fixture
def browser(person: User) -> Client:
    return all_the_way(person)


def path_in(mail: Mail) -> str:
    found = re.search(r"https?://\S+/confirm-email/\S+", mail.text)
    assert found, mail.text
    return urlsplit(found[0]).path


def links() -> tuple[str, str]:
    """The newest links, to the old address and to the new one."""
    newest = Mail.objects.order_by("-pk")
    return path_in(newest.filter(kind="email_change_old")[0]), path_in(newest.filter(kind="email_change_new")[0])


def ask(client: Client, **changes: str) -> None:
    client.post(PAGE, {"current": PASSWORD, "email": NEW} | changes)


def refusal(path: str, *, client: Client | None = None) -> str:
    """What the page of a link says that does not work."""
    client = client or Client()
    answers = []
    for response in (client.get(path), client.post(path)):
        assert response.status_code == 410
        callout = BeautifulSoup(response.content, "html.parser").find("div", class_="callout")
        assert callout is not None
        answers.append(callout.get_text(strip=True))
    assert answers[0] == answers[1]
    return answers[0]


def test_both_addresses_get_a_link_in_the_persons_language(browser: Client, person: User) -> None:
    ask(browser, email="Ada.Reyes@Example.test")
    assert list(Mail.objects.order_by("pk").values_list("kind", "to", "language")) == [
        ("email_change_old", OLD, "fr"),
        ("email_change_new", NEW, "fr"),
    ]
    old, new = links()
    assert old != new
    event = AccountEvent.objects.get()
    assert (event.verb, event.detail) == ("email_change_started", "a…@example.test")
    assert NEW in browser.get(PAGE).content.decode()


@pytest.mark.parametrize("first", [0, 1])
def test_address_changes_once_both_are_confirmed(browser: Client, person: User, first: int) -> None:
    ask(browser)
    pair = links()
    page = Client().post(pair[first]).content.decode()
    assert "One of two is confirmed" in page
    assert User.objects.get().email == OLD
    Client().post(pair[1 - first])
    assert User.objects.get().email == NEW
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [(NEW, True, True)]
    assert list(Mail.objects.filter(kind="email_changed").order_by("pk").values_list("to", flat=True)) == [OLD, NEW]
    assert AccountEvent.objects.filter(verb="email_changed").count() == 1
    assert browser.get("/home/").status_code == 200
    assert Client().post("/login", {"login": NEW, "password": PASSWORD}).headers["Location"] == "/home/"
    assert Client().post("/login", {"login": OLD, "password": PASSWORD}).status_code == 200


def test_looking_confirms_nothing(browser: Client) -> None:
    ask(browser)
    for link in links() * 2:
        assert Client().get(link).status_code == 200
    assert EmailChange.objects.filter(old_confirmed_at=None, new_confirmed_at=None, ended="").count() == 1


def test_used_link_says_what_is_left_to_do(browser: Client) -> None:
    ask(browser)
    old, new = links()
    Client().post(old)
    assert refusal(old) == f"You have confirmed this already. Now open the link in the e-mail to {NEW}."
    Client().post(new)
    assert [refusal(link) for link in (old, new)] == ["The address is changed already. Log in with the new one."] * 2


def test_link_is_over_after_a_day(browser: Client) -> None:
    ask(browser)
    old, new = links()
    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        Client().post(old)
    with time_machine.travel(timezone.now() + timedelta(hours=24)):
        assert refusal(new).startswith("The 24 hours of this link are over. Nothing was changed.")
    assert User.objects.get().email == OLD


def test_another_change_voids_the_first(browser: Client) -> None:
    ask(browser)
    first = links()
    ask(browser, email="third@example.test")
    for link in first:
        assert refusal(link).startswith("This link is void: another change came after it.")
    for link in links():
        Client().post(link)
    assert User.objects.get().email == "third@example.test"


def test_change_by_the_office_voids_the_links(browser: Client, person: User) -> None:
    ask(browser)
    User.objects.update(email="office.chose@example.test")
    person.refresh_from_db()
    change_email(person, before=OLD)
    for link in links():
        assert refusal(link).startswith("This link is void")
    assert User.objects.get().email == "office.chose@example.test"


def test_new_password_voids_the_links(browser: Client, person: User) -> None:
    ask(browser)
    change_password(person, password="amber-meadow-172")
    assert refusal(links()[0]).startswith("This link is void")


def test_switched_off_account_keeps_its_address(browser: Client, person: User) -> None:
    ask(browser)
    User.objects.update(is_active=False)
    for link in links():
        assert refusal(link).startswith("This account is switched off, so its address stays.")
    person.refresh_from_db()
    change_email(person, before=OLD)
    User.objects.update(is_active=True)
    assert refusal(links()[0]).startswith("This link is void")


def test_somebody_else_takes_the_new_address_meanwhile(browser: Client) -> None:
    ask(browser)
    old, new = links()
    Client().post(old)
    make_user(email=NEW)
    response = Client().post(new)
    assert response.status_code == 410
    assert "belongs to another account by now" in response.content.decode()
    assert "belongs to another account by now" in refusal(old)
    assert sorted(User.objects.values_list("email", flat=True)) == [NEW, OLD]


def test_known_address_reads_as_an_unknown_one_and_its_holder_is_told(browser: Client) -> None:
    make_user(email=NEW)
    pages = []
    for address in (NEW, "nobody@example.test"):
        response = browser.post(PAGE, {"current": PASSWORD, "email": address}, follow=True)
        pages.append(re.sub(r'value="[^"]{32,}"', "", response.content.decode()).replace(address, "X"))
    assert pages[0] == pages[1]
    assert kinds() == ["email_change_old", "account_exists", "email_change_old", "email_change_new"]
    Client().post(path_in(Mail.objects.filter(kind="email_change_old").order_by("pk")[0]))
    assert User.objects.filter(email=OLD).count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"current": "something-else-9"}, "current"),
        ({"current": ""}, "current"),
        ({"email": ""}, "email"),
        ({"email": "no address"}, "email"),
        ({"email": "ADA@example.test"}, "email"),
        ({"email": "ad\u0430@example.test"}, "email"),
        ({"email": "a\u212ak@example.test"}, "email"),
        ({"email": "ada@ex\u00e4mple.test"}, "email"),
        ({"email": "\uff41da@example.test"}, "email"),
        ({"email": "a\x00@example.test"}, "email"),
        ({"email": "x" * 10_000 + "@example.test"}, "email"),
    ],
)
def test_wrong_entry_is_refused_beside_its_field(browser: Client, changes: dict[str, str], field: str) -> None:
    response = browser.post(PAGE, {"current": PASSWORD, "email": NEW} | changes)
    assert list(response.context["form"].errors) == [field]
    assert kinds() == []


def test_sixth_change_within_a_day_is_refused(browser: Client) -> None:
    for n in range(5):
        ask(browser, email=f"other{n}@example.test")
    page = browser.post(PAGE, {"current": PASSWORD, "email": NEW}).content.decode()
    assert "You have asked for 5 changes within a day." in page
    assert EmailChange.objects.count() == 5


def test_single_sign_on_person_changes_it_there(person: User) -> None:
    User.objects.update(login_source="sso")
    client = half_way(person)
    assert PAGE not in client.get("/security/").content.decode()
    page = client.post(PAGE, {"current": PASSWORD, "email": NEW}).content.decode()
    assert "single sign-on" in page
    assert kinds() == []


def test_one_time_password_of_the_old_mailbox_is_void(person: User) -> None:
    User.objects.update(second_factor=True)
    start_email_change(person, new=NEW)
    code = mailed_code(person)
    for link in links():
        Client().post(link)
    assert half_way(User.objects.get()).post("/one_time_password", {"code": code}).status_code == 200


@pytest.mark.parametrize("token", ["x", "a" * 10_000, "%F0%9F%92%A9"])
def test_made_up_link_is_none_of_ours(token: str) -> None:
    assert refusal(f"/confirm-email/{token}/") == "We do not know this link. Open the one in the newest e-mail."


def test_links_are_not_stored(browser: Client) -> None:
    ask(browser)
    change = EmailChange.objects.get()
    for link in links():
        token = link.split("/")[2]
        assert token not in (change.old_digest, change.new_digest)


def test_stranger_logs_in_first(client: Client) -> None:
    assert client.post(PAGE, {"email": NEW}).headers["Location"] == f"/login?next={PAGE}"


def test_queries(browser: Client, settings: Settings) -> None:
    settings.CACHES = CACHE_OUTSIDE
    office()
    with queries(12 + SETTINGS_READ):
        ask(browser)
    old, new = links()
    Client().post(old)
    with queries(1 + SETTINGS_READ):
        Client().get(new)
