"""Addresses are kept one of each kind, as far as the office asks for them."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AccountEvent, Address, ProfilePolicy, User
from accounts.services.addresses import AddressRefused, remove_address, save_address
from accounts.services.profile import is_complete, save_profile
from tests.factories import change_office, make_address, make_user, make_user_type

pytestmark = pytest.mark.django_db
ANSWERS = {
    "line1": "17 Trent Lane",
    "line2": "",
    "city": "Guelph",
    "region": "CA-ON",
    "postal_code": "N1G 2W1",
    "country": "CA",
}


def save(user: User, kind: str = "home", *, by: User | None = None, **answers: str) -> Address:
    return save_address(user, kind=kind, answers=ANSWERS | answers, by=by or user)


def told(user: User) -> list[tuple[str, str, User | None]]:
    """The history's lines, oldest first."""
    return [(event.verb, event.detail, event.by) for event in AccountEvent.objects.for_user(user).order_by("pk")]


def test_second_address_of_a_kind_takes_the_place_of_the_first(resident: User) -> None:
    save(resident)
    save(resident, line1="4 Elm Street")
    save(resident, "billing")
    assert list(resident.addresses.values_list("kind", "line1")) == [
        ("home", "4 Elm Street"),
        ("billing", "17 Trent Lane"),
    ]


def test_every_change_stands_in_the_history_in_the_persons_language(resident: User, staff: User) -> None:
    resident.language = "en"
    remove_address(save(resident, by=staff), by=resident)
    assert told(resident) == [
        ("address_saved", "Home address", staff),
        ("address_removed", "Home address", resident),
    ]


def test_read_only_address_is_changed_by_the_office_alone(resident: User, staff: User) -> None:
    ProfilePolicy.objects.create(field="address", rule="read_only")
    address = save(resident, by=staff)
    for change in (lambda: save(resident), lambda: remove_address(address, by=resident)):
        with pytest.raises(AddressRefused) as refused:
            change()
        assert refused.value.code == "read-only"
    assert resident.addresses.count() == 1


def test_last_address_stays_where_one_is_required(resident: User) -> None:
    ProfilePolicy.objects.create(field="address", rule="required")
    home, billing = save(resident), save(resident, "billing")
    remove_address(home, by=resident)
    with pytest.raises(AddressRefused) as refused:
        remove_address(billing, by=resident)
    assert (refused.value.code, resident.addresses.count()) == ("last", 1)


@pytest.mark.parametrize(("rule", "complete"), [("required", False), ("optional", True), ("hidden", True)])
def test_profile_waits_for_a_required_address_only(rule: str, complete: bool) -> None:
    user = make_user(profile_complete=False, user_type=make_user_type())
    ProfilePolicy.objects.create(field="address", rule=rule, user_type=user.user_type)
    save_profile(user, answers={"first_name": "Ada"})
    assert user.profile_complete is complete
    save(user)
    user.refresh_from_db()
    assert user.profile_complete


def test_profile_does_not_wait_for_an_address_that_is_switched_off() -> None:
    change_office(addresses_enabled=False)
    ProfilePolicy.objects.create(field="address", rule="required")
    assert is_complete(make_user())


def test_address_alone_does_not_complete_a_profile_with_gaps() -> None:
    user = make_user(profile_complete=False, first_name="")
    ProfilePolicy.objects.create(field="address", rule="required")
    ProfilePolicy.objects.create(field="first_name", rule="required")
    save(user)
    user.refresh_from_db()
    assert not user.profile_complete


@pytest.mark.parametrize(
    "wrong",
    [{"region": "US-NY"}, {"region": ""}, {"postal_code": ""}, {"country": "US"}],
)
def test_database_refuses_what_belongs_to_no_country(resident: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.create(user=resident, **ANSWERS | wrong)


def test_database_keeps_one_of_a_kind(resident: User) -> None:
    make_address(resident)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_address(resident)


def test_address_reads_as_on_an_envelope(resident: User) -> None:
    canadian = make_address(resident, line2="Unit 4")
    foreign = make_address(resident, kind="billing", region="", postal_code="", country="IE", city="Cork")
    assert canadian.lines == ["17 Trent Lane", "Unit 4", "Guelph ON N1G 2W1", "Canada"]
    assert str(foreign) == "17 Trent Lane, Cork, Ireland"
