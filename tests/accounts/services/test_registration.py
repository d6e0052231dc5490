"""Accounts and the links that set their passwords."""

import pytest
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings

from accounts.models import Mail, User
from accounts.services.registration import (
    AddressTaken,
    LinkOver,
    change_email,
    create_account,
    password_link,
    send_reset_link,
    set_password_by_link,
    verify_address,
)
from tests.accounts.office import PASSWORD
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def key_of(user: User) -> str:
    return password_link(user).rstrip("/").partition(f"/activate/{user_pk_to_url_str(user)}-")[2]


def test_create_account_makes_an_unproven_address_and_no_password() -> None:
    user = create_account("Nell@Example.test", answers={"first_name": "Nell"}, user_type=None, language="es")
    assert (user.email, user.language, user.has_usable_password()) == ("nell@example.test", "es", False)
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary")) == [
        ("nell@example.test", False, True)
    ]


def test_create_account_refuses_a_known_address_and_leaves_nothing() -> None:
    make_user(email="nell@example.test")
    with pytest.raises(AddressTaken):
        create_account("NELL@example.test", answers={}, user_type=None, language="en")
    assert User.objects.count() == 1


def test_links_go_to_the_portals_own_address_whatever_the_request_says() -> None:
    assert password_link(make_user()).startswith(f"{settings.BASE_URL}/activate/")


def test_link_survives_a_login_and_not_a_new_password() -> None:
    user = make_user()
    key = key_of(user)
    user.last_login = user.date_joined
    user.save()
    set_password_by_link(user, key=key, password=PASSWORD)
    with pytest.raises(LinkOver):
        set_password_by_link(user, key=key, password="another-password-77")


def test_link_of_one_person_does_not_fit_another() -> None:
    with pytest.raises(LinkOver):
        set_password_by_link(make_user(), key=key_of(make_user()), password=PASSWORD)


@pytest.mark.parametrize("change", [{"is_active": False}, {"login_source": "sso"}])
def test_link_is_over_for_whoever_cannot_log_in_here(change: dict[str, object]) -> None:
    user = make_user()
    key = key_of(user)
    User.objects.update(**change)
    with pytest.raises(LinkOver):
        set_password_by_link(user, key=key, password=PASSWORD)


def test_link_writes_only_the_password() -> None:
    user = make_user(first_name="Kim")
    key = key_of(user)
    User.objects.update(first_name="Changed meanwhile")
    set_password_by_link(user, key=key, password=PASSWORD)
    assert User.objects.get().first_name == "Changed meanwhile"


def test_reset_for_an_unknown_address_leaves_no_row() -> None:
    send_reset_link("nobody@example.test")
    assert Mail.objects.count() == 0


def test_verify_address_makes_a_missing_row() -> None:
    user = make_user()
    EmailAddress.objects.filter(user=user).delete()
    verify_address(user)
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary")) == [
        (user.email, True, True)
    ]


def test_change_email_keeps_an_unchanged_address() -> None:
    user = make_user()
    change_email(user, before=user.email)
    assert EmailAddress.objects.get(user=user).verified
