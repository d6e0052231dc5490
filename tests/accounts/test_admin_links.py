"""Single sign-on in the office."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import AccountEvent, User
from tests.accounts.test_admin import USERS, change, member_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ISSUER = "https://id.campus.example"


@pytest.fixture
def linked() -> User:
    user = make_user(email="ada@campus.example", login_source="sso")
    SocialAccount.objects.create(user=user, provider=ISSUER, uid="ada-1")
    return user


def unlink(client: Client, user: User) -> Client:
    client.post(USERS, {"action": "unlink_action", "_selected_action": [user.pk]})
    return client


def events(user: User) -> list[tuple[str, bool]]:
    return [(event.verb, event.by_id != user.pk) for event in AccountEvent.objects.filter(user=user)]


def test_page_shows_login_source_and_link(staff_client: Client, linked: User) -> None:
    page = staff_client.get(f"{USERS}{linked.pk}/change/?details=1").content.decode()
    assert f"{ISSUER}: ada-1 (" in page
    SocialAccount.objects.all().delete()
    assert "not yet" in staff_client.get(f"{USERS}{linked.pk}/change/?details=1").content.decode()


def test_office_takes_a_link_away(staff_client: Client, linked: User) -> None:
    unlink(staff_client, linked)
    assert (SocialAccount.objects.count(), events(linked)) == (0, [("sso_unlinked", True)])
    unlink(staff_client, linked)  # nothing left: nothing is told
    assert len(events(linked)) == 1


def test_nobody_takes_away_a_link_above_themselves(linked: User) -> None:
    User.objects.filter(pk=linked.pk).update(is_staff=True)
    unlink(member_of("Front desk"), linked)
    unlink(member_of("Auditor"), linked)
    assert (SocialAccount.objects.count(), events(linked)) == (1, [])


def test_change_to_a_portal_password_takes_the_link_away(staff_client: Client, linked: User) -> None:
    staff_client.post(f"{USERS}{linked.pk}/change/", change(linked, login_source="portal"))
    linked.refresh_from_db()
    assert (linked.login_source, SocialAccount.objects.count(), events(linked)) == (
        "portal",
        0,
        [("sso_unlinked", True)],
    )


def test_change_to_single_sign_on_ends_the_password(staff_client: Client) -> None:
    user = make_user()
    user.set_password("harbour-lantern-42")
    user.save()
    staff_client.post(f"{USERS}{user.pk}/change/", change(user, login_source="sso"))
    user.refresh_from_db()
    assert (user.login_source, user.has_usable_password()) == ("sso", False)


def test_staff_are_not_locked_out_by_single_sign_on(staff_client: Client, linked: User) -> None:
    user = make_user(is_staff=True)
    answers = {"login_source": "sso", "is_staff": "on"}
    response = staff_client.post(f"{USERS}{user.pk}/change/", change(user, **answers))
    assert list(response.context["adminform"].form.errors) == ["login_source"]
    assert staff_client.post(f"{USERS}{linked.pk}/change/", change(linked, **answers)).status_code == 302
    linked.refresh_from_db()
    assert linked.is_staff


@pytest.mark.parametrize("model", ["socialaccount", "socialapp", "socialtoken"])
def test_rows_that_open_accounts_have_no_pages(staff_client: Client, model: str) -> None:
    assert staff_client.get(f"/admin/socialaccount/{model}/").status_code == 404
