"""Company Manager: the list, and the way into an account (COM-1, COM-2)."""

import pytest
from bs4 import BeautifulSoup
from django.contrib.messages import get_messages
from django.http import HttpResponseBase
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import ActAsSession
from accounts.services.acting import revoke_consent
from opscom.lib.office import office
from tests.accounts.acting import Staffed
from tests.accounts.office import SETTINGS_READ
from tests.conftest import sign_in
from tests.factories import make_company, make_member, make_user
from tests.payments.views.counting import queries

pytestmark = pytest.mark.django_db
URL = "/company/"


@pytest.fixture
def staffed() -> Staffed:
    return Staffed()


def soup(response: HttpResponseBase) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")  # type: ignore[attr-defined]


def listed(client: Client, query: str = "") -> list[tuple[str, str]]:
    """Who is shown, and what can be done with each."""
    rows = soup(client.get(URL + query)).select("main li.money-row")
    found = []
    for row in rows:
        name, button = row.select_one("strong"), row.select_one("button")
        words = row.find_all("p", recursive=False)
        assert name is not None
        found.append((name.get_text(), str(button["aria-label"]) if button else words[-1].get_text()))
    return found


def test_list_names_the_companys_people_with_a_login_icon_each(staffed: Staffed) -> None:
    make_member(make_company(), make_user(first_name="Otto", last_name="Stranger"))
    make_member(staffed.company, make_user(first_name="Gone", last_name="Away"), active=False)
    make_member(staffed.company, make_user(first_name="Off", last_name="Zed", is_active=False))
    shy = make_member(staffed.company, make_user(first_name="Shy", last_name="Quill"))
    revoke_consent(shy.user)
    assert listed(staffed.client) == [
        ("Maya Okafor", "Enter the account of Maya Okafor"),
        ("Shy Quill", "No consent"),
        ("Dana Reyes", "You"),
        ("Off Zed", "Cannot be entered"),
    ]


@pytest.mark.parametrize("words", ["maya", "okafor ma", "MAYA@northfield", "77120"])
def test_search_finds_by_name_address_and_number(staffed: Staffed, words: str) -> None:
    person = staffed.person
    person.email, person.organisation_number = "maya@northfield.test", "77120"
    person.save()
    assert listed(staffed.client, f"?q={words}") == [("Maya Okafor", "Enter the account of Maya Okafor")]


def test_search_without_a_find_says_so(staffed: Staffed) -> None:
    page = soup(staffed.client.get(URL + "?q=<b>nobody"))
    empty = page.select_one(".empty")
    assert empty is not None
    assert empty.get_text(" ", strip=True) == (
        "Nobody found for “<b>nobody”. Try a part of the name or address. Show everybody"
    )


def test_list_has_pages_that_keep_the_search(staffed: Staffed) -> None:
    for n in range(26):
        make_member(staffed.company, make_user(first_name="Row", last_name=f"Person {n:02d}"))
    assert len(listed(staffed.client)) == 25
    assert len(listed(staffed.client, "?page=2")) == 3
    assert len(listed(staffed.client, "?page=9&q=row")) == 1
    link = soup(staffed.client.get(URL + "?q=row")).select_one("a[rel=next]")
    assert link is not None
    assert link["href"] == "?page=2&q=row"


def test_menu_shows_it_to_managers_only(staffed: Staffed) -> None:
    def menu(client: Client) -> list[str]:
        return [link.get_text(strip=True) for link in soup(client.get("/profile/")).select(".menu-list a")]

    others = [sign_in(Client(), user) for user in (staffed.person, make_user())]
    assert ["Company Manager" in menu(client) for client in (staffed.client, *others)] == [True, False, False]
    staffed.company.active = False
    staffed.company.save()
    assert "Company Manager" not in menu(staffed.client)


@pytest.mark.parametrize("path", ["", "{code}/enter/"])
def test_pages_are_for_managers(staffed: Staffed, client: Client, path: str) -> None:
    url = URL + path.format(code=staffed.member.code)
    assert client.get(url).headers["Location"] == f"/login?next={url}"
    for user in (staffed.person, make_user()):
        answer = sign_in(Client(), user).get(url)
        assert answer.status_code == 403
        assert "This page is for company managers." in answer.content.decode()


def test_another_companys_people_are_unknown(staffed: Staffed) -> None:
    stranger = make_member(make_company())
    gone = make_member(staffed.company, active=False)
    for code in (stranger.code, gone.code, "NOSUCHCODE00"):
        assert staffed.client.get(f"/company/{code}/enter/").status_code == 404
        assert staffed.client.post(f"/company/{code}/enter/", {"confirmed": "yes"}).status_code == 404
    assert ActAsSession.objects.count() == 0


def test_page_without_scripts_names_the_account_before_it_is_entered(staffed: Staffed) -> None:
    url = f"/company/{staffed.member.code}/enter/"
    assert staffed.client.post(url).headers["Location"] == url
    callout = soup(staffed.client.get(url)).select_one(".callout h2")
    assert callout is not None
    assert callout.get_text() == "You are entering the account of Maya Okafor."
    assert ActAsSession.objects.count() == 0


def test_entering_leads_to_that_persons_home(staffed: Staffed) -> None:
    page = staffed.enter().get("/home/")
    assert "Welcome, Maya." in page.content.decode()
    session = ActAsSession.objects.get()
    assert (session.actor, session.person, session.company) == (staffed.manager.user, staffed.person, staffed.company)


def test_entering_without_consent_says_so(staffed: Staffed) -> None:
    revoke_consent(staffed.person)
    answer = staffed.client.post(f"/company/{staffed.member.code}/enter/", {"confirmed": "yes"})
    assert answer.headers["Location"] == URL
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "You cannot act for Maya Okafor. They may have withdrawn their consent, or left."
    ]


@pytest.mark.parametrize("people", [1, 3])
def test_list_takes_a_constant_number_of_queries(
    staffed: Staffed, django_assert_num_queries: DjangoAssertNumQueries, people: int
) -> None:
    for _person in range(people):
        make_member(staffed.company)
    office()
    with django_assert_num_queries(5 + SETTINGS_READ):  # session, user, count, page, to pay
        staffed.client.get(URL)


def test_entering_takes_few_queries(staffed: Staffed) -> None:
    office()
    with queries(16 + SETTINGS_READ):  # six of them give the session its new key
        staffed.enter()
