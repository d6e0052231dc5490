"""The guides as pages."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.accounts.office import SETTINGS_READ

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
