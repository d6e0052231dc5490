"""Addresses: one card for each kind, Edit, Save Changes."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Address, ProfilePolicy, User
from tests.accounts.office import SETTINGS_READ
from tests.conftest import sign_in
from tests.factories import change_office, make_address, make_user

pytestmark = pytest.mark.django_db
TYPED = {
    "line1": "17 Trent Lane",
    "line2": "",
    "city": "Guelph",
    "region": "CA-ON",
    "postal_code": "n1g2w1",
    "country": "CA",
}


def said(response: Any) -> list[str]:
    """The messages of the next page."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_page_shows_each_kind_with_what_is_known(resident: User, resident_client: Client) -> None:
    make_address(resident, line2="Unit 4")
    page = resident_client.get("/addresses/").content.decode()
    assert (page.count(">Edit<span"), page.count("Not given."), page.count(">Remove<span")) == (3, 2, 1)
    assert "17 Trent Lane<br>Unit 4<br>Guelph ON N1G 2W1<br>Canada" in page


def test_edit_stores_the_address_as_the_post_writes_it(resident: User, resident_client: Client) -> None:
    response = resident_client.post("/addresses/mailing/", TYPED)
    assert (response.headers["Location"], said(response)) == ("/addresses/", ["Your address is saved."])
    address = resident.addresses.get()
    assert (address.kind, address.postal_code, address.region) == ("mailing", "N1G 2W1", "CA-ON")
    page = resident_client.get("/addresses/mailing/").content.decode()
    assert 'value="N1G 2W1"' in page
    assert '<option value="CA-ON" selected>' in page


def test_address_abroad_needs_neither_province_nor_code(resident: User, resident_client: Client) -> None:
    resident_client.post("/addresses/home/", TYPED | {"country": "IE", "city": "Cork", "postal_code": ""})
    assert resident.addresses.values_list("country", "region", "postal_code").get() == ("IE", "", "")


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({"line1": ""}, {"line1": ["Enter the street and number, for example 17 Trent Lane."]}),
        ({"city": ""}, {"city": ["Enter the city."]}),
        ({"region": ""}, {"region": ["Choose the province or state of this country."]}),
        ({"region": "US-NY"}, {"region": ["Choose the province or state of this country."]}),
        ({"postal_code": "14850"}, {"postal_code": ["Enter the postal code, for example N1G 2W1."]}),
        (
            {"country": "US", "region": "US-NY"},
            {"postal_code": ["Enter the ZIP code, for example 14850 or 14850-1234."]},
        ),
    ],
)
def test_wrong_answer_is_refused_and_kept(
    resident: User, resident_client: Client, wrong: dict[str, str], errors: dict[str, list[str]]
) -> None:
    response = resident_client.post("/addresses/home/", TYPED | {"line2": "Unit 4"} | wrong)
    assert response.context["form"].errors == errors
    assert 'value="Unit 4"' in response.content.decode()
    assert resident.addresses.count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("line1", "a\x00b"), ("line1", "x" * 10_000), ("city", "x" * 61), ("country", "QQ"), ("region", "XX-1")],
)
def test_answer_that_cannot_be_stored_is_refused(resident_client: Client, field: str, value: str) -> None:
    assert list(resident_client.post("/addresses/home/", TYPED | {field: value}).context["form"].errors) == [field]


@pytest.mark.parametrize(
    "line", ["<script>alert(1)</script>", "Zoë 👩🏽‍🚀 \u202e", "'; DROP TABLE x; --", "{{ office }}"]
)
def test_hostile_address_is_stored_as_text(resident: User, resident_client: Client, line: str) -> None:
    resident_client.post("/addresses/home/", TYPED | {"line1": line})
    assert resident.addresses.get().line1 == line
    assert "<script>alert" not in resident_client.get("/addresses/").content.decode()


def test_address_is_removed(resident: User, resident_client: Client) -> None:
    make_address(resident)
    response = resident_client.post("/addresses/home/remove/")
    assert (response.headers["Location"], said(response)) == ("/addresses/", ["The address is removed."])
    assert resident.addresses.count() == 0


def test_required_address_is_not_removed(resident: User, resident_client: Client) -> None:
    ProfilePolicy.objects.create(field="address", rule="required")
    assert "needs one address of you" in resident_client.get("/addresses/").content.decode()
    make_address(resident)
    assert "needs one address of you" not in resident_client.get("/addresses/").content.decode()
    assert said(resident_client.post("/addresses/home/remove/")) == [
        "The parking office needs one address. Use Edit to change it, or add another one first."
    ]


def test_newcomer_is_led_to_the_required_address_and_then_home() -> None:
    ProfilePolicy.objects.create(field="address", rule="required")
    newcomer = make_user(profile_complete=False)
    client = sign_in(Client(), newcomer)
    answers = {"first_name": "Ada", "last_name": "Reyes", "language": "en"}
    saved = client.post("/profile/", answers)
    assert (saved.headers["Location"], said(saved)) == (
        "/addresses/",
        ["Your changes are saved.", "One step left: add your address. The other pages open after that."],
    )
    assert client.get("/home/").headers["Location"] == "/profile/"
    assert client.post("/addresses/home/", TYPED).headers["Location"] == "/home/"
    assert client.get("/home/").status_code == 200


def test_newcomer_who_begins_with_the_address_still_owes_the_profile() -> None:
    ProfilePolicy.objects.create(field="phone", rule="required")
    client = sign_in(Client(), make_user(profile_complete=False))
    assert client.post("/addresses/home/", TYPED).headers["Location"] == "/profile/"


def test_read_only_address_shows_without_edit(resident: User, resident_client: Client) -> None:
    ProfilePolicy.objects.create(field="address", rule="read_only")
    make_address(resident)
    page = resident_client.get("/addresses/").content.decode()
    assert ("17 Trent Lane" in page, "/addresses/home/" in page) == (True, False)
    assert "Only the parking office can change your address." in page
    assert resident_client.get("/addresses/home/").status_code == 404
    assert resident_client.post("/addresses/home/", TYPED).status_code == 404
    assert said(resident_client.post("/addresses/home/remove/")) == ["Only the parking office can change this."]


@pytest.mark.parametrize("how", ["hidden", "off"])
def test_hidden_or_switched_off_there_is_no_page(resident: User, resident_client: Client, how: str) -> None:
    make_address(resident)
    if how == "off":
        change_office(addresses_enabled=False)
    else:
        ProfilePolicy.objects.create(field="address", rule="hidden")
    assert resident_client.get("/addresses/").status_code == 404
    assert resident_client.post("/addresses/home/", TYPED).status_code == 404
    assert resident_client.post("/addresses/home/remove/").status_code == 404
    assert Address.objects.count() == 1


def test_menu_leads_there_unless_switched_off(resident_client: Client) -> None:
    assert 'href="/addresses/"' in resident_client.get("/profile/").content.decode()
    change_office(addresses_enabled=False)
    assert 'href="/addresses/"' not in resident_client.get("/profile/").content.decode()


def test_unknown_kind_is_not_there(resident_client: Client) -> None:
    assert resident_client.get("/addresses/secret/").status_code == 404
    assert resident_client.post("/addresses/secret/remove/").status_code == 404


def test_nobody_reaches_another_persons_address(resident: User) -> None:
    make_address(resident)
    other = sign_in(Client(), make_user())
    assert "17 Trent Lane" not in other.get("/addresses/").content.decode()
    assert other.post("/addresses/home/remove/").status_code == 404
    other.post("/addresses/home/", TYPED | {"city": "Elora"})
    assert resident.addresses.get().city == "Guelph"


def test_pages_cost_the_same_with_three_addresses(
    resident: User, resident_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    resident_client.get("/addresses/")
    for kind in Address.Kind.values:
        make_address(resident, kind=kind)
        with django_assert_num_queries(5 + SETTINGS_READ):
            resident_client.get("/addresses/")
        with django_assert_num_queries(5 + SETTINGS_READ):
            resident_client.get("/addresses/home/")
    with django_assert_num_queries(11 + SETTINGS_READ):
        resident_client.post("/addresses/home/", TYPED)
