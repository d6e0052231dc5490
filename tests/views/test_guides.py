"""The guides as pages."""

import re

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.template.response import SimpleTemplateResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from opscom.lib.guides import guide_path
from opscom.roles import ROLES
from tests.accounts.office import SETTINGS_READ
from tests.conftest import sign_in
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_user_guide_is_for_everybody(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client.get("/help/")
    with django_assert_num_queries(SETTINGS_READ):
        page = BeautifulSoup(client.get("/help/").content, "html.parser")
    assert [heading.text for heading in page.select("h1")] == ["User guide"]
    assert [link["href"] for link in page.select(".guide-list a")][:2] == ["#register", "#log-in"]
    assert page.select(".guide-text > .callout") == []


def test_guide_that_is_not_translated_says_so(client: Client, staff_client: Client) -> None:
    answer = staff_client.get("/admin/help/", headers={"accept-language": "fr"})
    page = BeautifulSoup(answer.content, "html.parser")
    assert len(page.select(".guide-text > .callout")) == 1
    assert [article["lang"] for article in page.select("article")] == ["en"]
    assert [heading.text for heading in page.select("h1")] == ["Office guide"]


@pytest.mark.parametrize(
    ("path", "help_page"), [("/login", "/help/#log-in"), ("/pay-ticket/", "/help/#pay-a-ticket-as-a-guest")]
)
def test_guest_finds_help(client: Client, path: str, help_page: str) -> None:
    page = BeautifulSoup(client.get(path).content, "html.parser")
    assert [link["href"] for link in page.select(".help-link")] == [help_page]


def test_resident_and_staff_find_help(resident_client: Client, staff_client: Client) -> None:
    page = BeautifulSoup(resident_client.get("/payments/").content, "html.parser")
    assert [link["href"] for link in page.select(".help-link")] == ["/help/#pay"]
    page = BeautifulSoup(staff_client.get("/admin/payments/payment/").content, "html.parser")
    assert page.select("#user-tools a")[0]["href"] == "/admin/help/#take-money"


# Whom a chapter of the office's guide speaks to, by its heading; every other chapter speaks to all of the staff.
READERS = {
    "Front desk": ("Front desk",),
    "Cashier": ("Cashier",),
    "Appeals officer": ("Appeals",),
    "Finance": ("Finance",),
    "Enforcement supervisor": ("Enforcement supervisor",),
    "Permit manager": ("Permit manager",),
    "Auditor": ("Auditor",),
    "Administrator": ("Manager",),
}
FOR_ALL = {"Log in to the office", "Today"}
LINK_TO_PAGE = re.compile(r"\]\((/[^)\s#]+)")


def chapters() -> dict[str, str]:
    """The text of each chapter of the office's guide, by its heading."""
    parts = re.split(r"^## (.+)$", guide_path("office").read_text(), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_chapter_of_the_office_guide_has_its_readers() -> None:
    assert chapters().keys() == READERS.keys() | FOR_ALL


@pytest.mark.parametrize("role", ROLES)
def test_role_can_open_every_page_that_its_chapters_lead_to(
    role: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")  # who may see it is decided before it is drawn
    clerk = make_user(is_staff=True)
    clerk.groups.add(Group.objects.get(name=role))
    sign_in(client, clerk)
    mine = [text for title, text in chapters().items() if role in READERS.get(title, (role,))]
    paths = {path for text in mine for path in LINK_TO_PAGE.findall(text)}
    assert "/admin/" in paths
    assert {path for path in paths if client.get(path, follow=True).status_code != 200} == set()
