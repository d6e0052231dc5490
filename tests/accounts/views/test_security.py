"""The Security page."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.accounts.office import PASSWORD, SETTINGS_READ
from tests.conftest import sign_in

pytestmark = pytest.mark.django_db


def give_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def links_of(client: Client) -> list[str]:
    """Where the page's own links lead."""
    main = BeautifulSoup(client.get("/security/").content, "html.parser").find("main")
    assert main is not None
    return [str(link["href"]) for link in main.find_all("a")]


def test_page_leads_to_change_password(resident: User) -> None:
    give_password(resident)
    assert "/security/password/" in links_of(sign_in(Client(), resident))


def test_person_without_a_password_is_led_to_the_link(resident_client: Client) -> None:
    links = links_of(resident_client)
    assert ("/forgot-password/" in links, "/security/password/" in links) == (True, False)


def test_single_sign_on_person_is_told_where_the_password_is(resident: User) -> None:
    give_password(resident)
    resident.login_source = User.LoginSource.SSO
    resident.save()
    client = sign_in(Client(), resident)
    links = links_of(client)
    assert ("/forgot-password/" in links, "/security/password/" in links) == (False, False)
    assert "Change it with your single sign-on provider." in client.get("/security/").content.decode()


def test_menu_leads_to_the_page(resident_client: Client) -> None:
    menu = BeautifulSoup(resident_client.get("/security/").content, "html.parser").find("details", class_="menu")
    assert menu is not None
    assert [link.get_text(strip=True) for link in menu.find_all("a") if link["href"] == "/security/"] == ["Security"]


def test_stranger_logs_in_first(client: Client) -> None:
    assert client.get("/security/").headers["Location"] == "/login?next=/security/"


def test_page_takes_no_post(resident_client: Client) -> None:
    assert resident_client.post("/security/").status_code == 405


def test_page_costs_few_queries(resident_client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    resident_client.get("/security/")
    with django_assert_num_queries(6 + SETTINGS_READ):
        resident_client.get("/security/")


def test_office_uses_the_same_page(staff_client: Client) -> None:
    assert staff_client.get("/admin/password_change/").headers["Location"] == "/security/password/"
