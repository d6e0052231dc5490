"""Email Preferences, and the Unsubscribe link of e-mails."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from django.contrib.messages import get_messages
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AccountEvent, EmailCategory, EmailOptOut, User
from accounts.services.preferences import unsubscribe_url, unwanted_codes
from tests.accounts.office import SETTINGS_READ
from tests.conftest import sign_in
from tests.factories import change_office, make_user

pytestmark = pytest.mark.django_db
PAGE = "/email-preferences/"


@pytest.fixture
def link(resident: User) -> str:
    """The path of the link in a reminder to the resident."""
    return urlsplit(unsubscribe_url(resident, EmailCategory.objects.get(code="reminders"))).path


@pytest.fixture
def stranger() -> Client:
    """A browser or mail program that knows nothing but the link, and has no form's token."""
    return Client(enforce_csrf_checks=True)


def ticks(response: Any) -> dict[str, bool]:
    """Each checkbox with whether it is ticked."""
    boxes = BeautifulSoup(response.content, "html.parser").select("input[type=checkbox]")
    return {str(box["value"]): box.has_attr("checked") for box in boxes}


def test_page_has_a_box_for_each_optional_category_and_lists_the_essential_ones(resident_client: Client) -> None:
    response = resident_client.get(PAGE)
    page = BeautifulSoup(response.content, "html.parser")
    assert ticks(response) == {"permits": True, "reminders": True, "news": True}
    assert [hint["aria-label"] for hint in page.select("details.hint summary")] == [
        "What is Permit notices?",
        "What is Permit reminders?",
        "What is News from the office?",
        "What is Account and security?",
        "What is Receipts?",
    ]
    assert page.select_one("#essential").find_next("ul").find("input") is None  # type: ignore[union-attr]


def test_choices_are_saved_and_shown_again(resident: User, resident_client: Client) -> None:
    response = resident_client.post(PAGE, {"category": ["permits", "news"], "save": "1"})
    assert response.headers["Location"] == PAGE
    assert [str(m) for m in get_messages(response.wsgi_request)] == ["Your email preferences are saved."]
    assert ticks(resident_client.get(PAGE)) == {"permits": True, "reminders": False, "news": True}
    assert unwanted_codes(resident) == {"reminders"}


@pytest.mark.parametrize(
    ("sent", "shown"),
    [([], True), (["permits"], True), (["permits", "reminders", "news"], False), (["x", "permits"], True)],
)
def test_all_is_chosen_on_the_page_and_not_saved(
    resident: User, resident_client: Client, sent: list[str], shown: bool
) -> None:
    EmailOptOut.objects.create(user=resident, category=EmailCategory.objects.get(code="permits"))
    response = resident_client.post(PAGE, {"category": sent, "all": "1"})
    assert ticks(response) == {"permits": shown, "reminders": shown, "news": shown}
    assert "Nothing is saved yet." in response.content.decode()
    assert unwanted_codes(resident) == {"permits"}


def test_essential_and_unknown_categories_cannot_be_smuggled_in(resident: User, resident_client: Client) -> None:
    resident_client.post(PAGE, {"category": ["account", "x" * 9000, "\x00"]})
    assert unwanted_codes(resident) == {"permits", "reminders", "news"}


def test_switched_off_there_is_neither_page_nor_entry_nor_link(resident_client: Client, link: str) -> None:
    assert f'href="{PAGE}"' in resident_client.get("/profile/").content.decode()
    change_office(email_preferences=False)
    assert f'href="{PAGE}"' not in resident_client.get("/profile/").content.decode()
    answers = [
        resident_client.get(PAGE),
        resident_client.post(PAGE),
        resident_client.get(link),
        resident_client.post(link),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert EmailOptOut.objects.count() == 0


def test_looking_at_the_link_changes_nothing(resident: User, stranger: Client, link: str) -> None:
    for _twice in range(2):
        page = stranger.get(link).content.decode()
        assert "Stop sending you Permit reminders?" in page
    assert stranger.head(link).status_code == 200
    assert unwanted_codes(resident) == set()
    assert resident.email not in page


def test_button_unsubscribes_without_login(resident: User, stranger: Client, link: str) -> None:
    response = stranger.post(link, {"unsubscribe": "1"})
    assert response.headers["Location"] == link
    page = stranger.get(link)
    assert "We no longer send you Permit reminders." in page.content.decode()
    assert ticks(page) == {"permits": True, "reminders": False, "news": True}
    assert (unwanted_codes(resident), AccountEvent.objects.get().by) == ({"reminders"}, None)


def test_mail_programs_one_click_post_unsubscribes(resident: User, stranger: Client, link: str) -> None:
    for _twice in range(2):
        response = stranger.post(link, {"List-Unsubscribe": "One-Click"})
        assert (response.status_code, response.content, dict(response.cookies)) == (200, b"ok\n", {})
    assert unwanted_codes(resident) == {"reminders"}


def test_page_behind_the_link_takes_back_and_chooses_others(resident: User, stranger: Client, link: str) -> None:
    stranger.post(link)
    assert ticks(stranger.post(link, {"all": "1"})) == {"permits": True, "reminders": True, "news": True}
    stranger.post(link, {"save": "1", "category": ["reminders", "news"]})
    assert unwanted_codes(resident) == {"permits"}


@pytest.mark.parametrize(
    "path", ["/unsubscribe/x/", "/unsubscribe/a:b:c/", "/unsubscribe/%00/", "/unsubscribe/%F0%9F%9A%97/"]
)
def test_link_that_is_none_of_ours_leads_nowhere(stranger: Client, path: str) -> None:
    assert (stranger.get(path).status_code, stranger.post(path).status_code) == (404, 404)


@pytest.mark.parametrize("gate", ["one_time_password", "profile"])
def test_link_is_open_at_the_gates(resident: User, link: str, gate: str) -> None:
    visitor = make_user(second_factor=gate == "one_time_password", profile_complete=gate != "profile")
    client = sign_in(Client(enforce_csrf_checks=True), visitor)
    assert client.get("/home/").status_code == 302
    assert client.get(link).status_code == 200
    assert client.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert (unwanted_codes(resident), unwanted_codes(visitor)) == ({"reminders"}, set())


def test_category_that_became_essential_says_so(resident: User, stranger: Client, link: str) -> None:
    EmailCategory.objects.filter(code="reminders").update(essential=True)
    stranger.post(link)
    assert "Permit reminders has become essential" in stranger.get(link).content.decode()
    assert unwanted_codes(resident) == set()


def test_anonymous_visitor_logs_in_for_the_page(client: Client) -> None:
    assert client.get(PAGE).headers["Location"] == f"/login?next={PAGE}"
    assert client.post(PAGE).headers["Location"] == f"/login?next={PAGE}"


def test_other_methods_are_refused(resident_client: Client, link: str) -> None:
    assert (resident_client.delete(PAGE).status_code, resident_client.put(link).status_code) == (405, 405)


def test_pages_cost_the_same_whatever_was_chosen(
    resident: User,
    resident_client: Client,
    stranger: Client,
    link: str,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    resident_client.get(PAGE)
    for code in ("permits", "reminders"):
        EmailOptOut.objects.create(user=resident, category=EmailCategory.objects.get(code=code))
        with django_assert_num_queries(5 + SETTINGS_READ):
            resident_client.get(PAGE)
        with django_assert_num_queries(4 + SETTINGS_READ):
            stranger.get(link)
    with django_assert_num_queries(9 + SETTINGS_READ):
        resident_client.post(PAGE, {"category": ["permits", "reminders", "news"]})
