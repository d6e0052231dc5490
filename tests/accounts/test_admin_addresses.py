"""Postal addresses in the office."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import AccountEvent, ProfilePolicy, User
from tests.conftest import sign_in
from tests.factories import make_address, make_user

pytestmark = pytest.mark.django_db
ADDRESSES = "/admin/accounts/address/"
TYPED = {
    "line1": "4 Elm Street",
    "line2": "",
    "city": "Elora",
    "region": "CA-ON",
    "postal_code": "n0b1s0",
    "country": "CA",
}


@pytest.fixture
def clerk() -> User:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Front desk"))
    return user


@pytest.fixture
def desk(clerk: User) -> Client:
    return sign_in(Client(), clerk)


def test_person_shows_with_their_addresses(desk: Client, resident: User) -> None:
    address = make_address(resident)
    page = desk.get(f"/admin/accounts/user/{resident.pk}/change/").content.decode()
    assert f'<a href="{ADDRESSES}{address.pk}/change/">Home address: 17 Trent Lane, Guelph ON N1G 2W1' in page


def test_front_desk_changes_an_address_that_its_person_may_not(desk: Client, clerk: User, resident: User) -> None:
    ProfilePolicy.objects.create(field="address", rule="read_only")
    address = make_address(resident)
    assert desk.post(f"{ADDRESSES}{address.pk}/change/", TYPED).status_code == 302
    address.refresh_from_db()
    assert (address.line1, address.postal_code, address.kind) == ("4 Elm Street", "N0B 1S0", "home")
    [event] = AccountEvent.objects.for_user(resident)
    assert (event.verb, event.by) == ("address_saved", clerk)


def test_front_desk_adds_an_address_once_per_kind(desk: Client, resident: User) -> None:
    for city in ("Elora", "Fergus"):
        form = TYPED | {"user": str(resident.pk), "kind": "billing", "city": city}
        assert desk.post(f"{ADDRESSES}add/", form).status_code == 302
    assert list(resident.addresses.values_list("kind", "city")) == [("billing", "Fergus")]


def test_operator_removes_an_address(staff_client: Client, resident: User) -> None:
    address = make_address(resident)
    assert staff_client.post(f"{ADDRESSES}{address.pk}/delete/", {"post": "yes"}).status_code == 302
    assert (resident.addresses.count(), AccountEvent.objects.for_user(resident).get().verb) == (0, "address_removed")


def test_wrong_postal_code_is_refused(desk: Client, resident: User) -> None:
    address = make_address(resident)
    page = desk.post(f"{ADDRESSES}{address.pk}/change/", TYPED | {"postal_code": "14850"})
    assert "Enter the postal code, for example N1G 2W1." in page.content.decode()
