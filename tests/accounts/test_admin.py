"""People and mail in the office."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin import site
from django.contrib.auth.models import Group
from django.test import Client
from django_otp.plugins.otp_email.models import EmailDevice
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import DjangoAssertNumQueries

from accounts.models import AccountEvent, Mail, ProfilePolicy, User, UserType
from accounts.services.registration import send_account_exists, send_create_password
from accounts.services.second_factor import send_one_time_password
from tests.accounts.mailbox import kinds, link_in
from tests.accounts.office import SETTINGS_READ
from tests.conftest import sign_in
from tests.factories import make_user, make_user_type

pytestmark = pytest.mark.django_db
USERS = "/admin/accounts/user/"
MAILS = "/admin/accounts/mail/"


def member_of(role: str) -> Client:
    """The browser of a member of staff in that role."""
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return sign_in(Client(), user)


def change(user: User, **fields: str) -> dict[str, str]:
    """What the change form posts for that person."""
    return {
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "language": user.language,
        "login_source": "portal",
        "is_active": "on",
    } | fields


def test_new_person_gets_the_create_password_mail(staff_client: Client) -> None:
    response = staff_client.post(
        f"{USERS}add/", {"email": "Nell@Example.test", "first_name": "Nell", "language": "fr", "login_source": "portal"}
    )
    assert response.status_code == 302
    user = User.objects.get(email="nell@example.test")
    assert (user.has_usable_password(), user.profile_complete, user.is_staff) == (False, False, False)
    assert (kinds(), Mail.objects.get().language) == (["create_password"], "fr")
    assert Client().get(link_in(Mail.objects.get()), follow=True).status_code == 200


def test_new_single_sign_on_person_gets_no_mail(staff_client: Client) -> None:
    staff_client.post(f"{USERS}add/", {"email": "nell@example.test", "language": "en", "login_source": "sso"})
    assert User.objects.filter(login_source="sso").count() == 1
    assert kinds() == []


def test_new_person_with_a_known_address_is_refused(staff_client: Client) -> None:
    make_user(email="nell@example.test")
    page = staff_client.post(f"{USERS}add/", {"email": "NELL@example.test", "language": "en", "login_source": "portal"})
    assert "There is an account with this address already." in page.content.decode()
    assert kinds() == []


def test_new_address_replaces_the_old_one_unproven(staff_client: Client, resident: User) -> None:
    staff_client.post(f"{USERS}{resident.pk}/change/", change(resident, email="new@example.test"))
    assert list(EmailAddress.objects.filter(user=resident).values_list("email", "verified", "primary")) == [
        ("new@example.test", False, True)
    ]


def test_other_changes_keep_the_address_proven(staff_client: Client, resident: User) -> None:
    staff_client.post(f"{USERS}{resident.pk}/change/", change(resident, first_name="Adele"))
    resident.refresh_from_db()
    assert resident.first_name == "Adele"
    assert EmailAddress.objects.get(user=resident).verified


def test_front_desk_changes_residents_but_makes_no_staff(resident: User) -> None:
    client = member_of("Front desk")
    client.post(
        f"{USERS}{resident.pk}/change/",
        change(resident, first_name="Adele", is_staff="on", is_superuser="on", groups="1"),
    )
    resident.refresh_from_db()
    assert (resident.first_name, resident.is_staff, resident.is_superuser, resident.groups.count()) == (
        "Adele",
        False,
        False,
        0,
    )


@pytest.mark.parametrize(("role", "reaches_staff"), [("Front desk", False), ("Manager", True)])
def test_who_reaches_staff_and_nobody_reaches_an_operator(staff: User, role: str, reaches_staff: bool) -> None:
    clerk = make_user(is_staff=True)
    client = member_of(role)
    client.post(f"{USERS}{clerk.pk}/change/", change(clerk, first_name="Changed", is_staff="on"))
    refused = client.post(f"{USERS}{staff.pk}/change/", change(staff, email="mine@example.test"))
    clerk.refresh_from_db()
    staff.refresh_from_db()
    assert (clerk.first_name == "Changed", clerk.is_staff) == (reaches_staff, True)
    assert (refused.status_code, staff.email) == (403, "office@example.test")


def test_manager_makes_no_operator(resident: User) -> None:
    member_of("Manager").post(f"{USERS}{resident.pk}/change/", change(resident, is_staff="on", is_superuser="on"))
    resident.refresh_from_db()
    assert (resident.is_staff, resident.is_superuser) == (True, False)


@pytest.mark.parametrize(("role", "status"), [("Auditor", 403), ("Cashier", 403), ("Enforcement", 403)])
def test_roles_that_only_look_change_nobody(resident: User, role: str, status: int) -> None:
    client = member_of(role)
    assert client.post(f"{USERS}{resident.pk}/change/", change(resident, first_name="X")).status_code == status


def test_nobody_deletes_people(staff_client: Client, resident: User) -> None:
    assert staff_client.post(f"{USERS}{resident.pk}/delete/", {"post": "yes"}).status_code == 403


def test_resident_and_stranger_stay_out(resident_client: Client, client: Client) -> None:
    assert resident_client.get(USERS, follow=True).status_code == 403
    assert client.get(USERS).status_code == 302


def test_action_sends_fresh_links_to_whom_it_may(staff_client: Client, resident: User) -> None:
    sso = make_user(login_source="sso")
    off = make_user(is_active=False)
    staff_client.post(USERS, {"action": "send_create_password_mail", "_selected_action": [resident.pk, sso.pk, off.pk]})
    assert list(Mail.objects.values_list("to", flat=True)) == [resident.email]


def test_action_of_the_front_desk_reaches_no_operator(staff: User, resident: User) -> None:
    member_of("Front desk").post(
        USERS, {"action": "send_create_password_mail", "_selected_action": [resident.pk, staff.pk]}
    )
    assert list(Mail.objects.values_list("to", flat=True)) == [resident.email]


def test_list_of_people_costs_the_same_for_one_and_three(
    staff_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user_type = make_user_type()
    staff_client.get(USERS)
    for more in (1, 2):
        for _person in range(more):
            make_user(user_type=user_type)
        with django_assert_num_queries(7 + SETTINGS_READ):
            staff_client.get(USERS)


@pytest.mark.parametrize("term", ["reyes", "resident@", "x" * 10_000, "%", "'\"<"])
def test_search_takes_any_text(staff_client: Client, resident: User, term: str) -> None:
    assert staff_client.get(USERS, {"q": term}).status_code in (200, 302)


def test_letters_that_open_accounts_are_not_shown(staff_client: Client, resident: User) -> None:
    send_create_password(resident)
    send_one_time_password(resident)
    send_account_exists(resident.email)
    shown = {
        mail.kind: mail.text.split("\n")[0] in staff_client.get(f"{MAILS}{mail.pk}/change/").content.decode()
        for mail in Mail.objects.all()
    }
    assert shown == {"create_password": False, "one_time_password": False, "account_exists": True}


def test_subject_of_a_one_time_password_holds_no_code(resident: User) -> None:
    """Lists of mail and locked screens show subjects."""
    send_one_time_password(resident)
    assert not any(character.isdigit() for character in Mail.objects.get().subject)


def test_mails_are_only_looked_at(staff_client: Client, resident: User) -> None:
    send_account_exists(resident.email)
    pk = Mail.objects.get().pk
    assert staff_client.post(f"{MAILS}{pk}/change/", {"to": "x@example.test"}).status_code == 403
    assert staff_client.post(f"{MAILS}{pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff_client.get(f"{MAILS}add/").status_code == 403


def test_send_again_queues_what_was_sent_or_refused(staff_client: Client, resident: User) -> None:
    send_account_exists(resident.email)
    send_one_time_password(resident)
    Mail.objects.update(state="failed", tries=10, error="550 no such user")
    staff_client.post(
        MAILS, {"action": "send_mail_again", "_selected_action": list(Mail.objects.values_list("pk", flat=True))}
    )
    assert dict(Mail.objects.values_list("kind", "state")) == {
        "account_exists": "queued",
        "one_time_password": "failed",
    }
    assert Mail.objects.get(kind="account_exists").tries == 0


@pytest.mark.parametrize(("role", "state"), [("Front desk", "queued"), ("Auditor", "failed")])
def test_send_again_by_role(resident: User, role: str, state: str) -> None:
    send_account_exists(resident.email)
    Mail.objects.update(state="failed")
    member_of(role).post(MAILS, {"action": "send_mail_again", "_selected_action": [Mail.objects.get().pk]})
    assert Mail.objects.get().state == state


def test_list_of_mails_costs_the_same_for_one_and_three(
    staff_client: Client, resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    staff_client.get(MAILS)
    for more in (1, 2):
        for _mail in range(more):
            send_account_exists(resident.email)
        with django_assert_num_queries(5 + SETTINGS_READ):
            staff_client.get(MAILS)


def test_office_configures_types_and_questions(staff_client: Client) -> None:
    staff_client.post(
        "/admin/accounts/usertype/add/",
        {"code": "staff", "name_en": "Staff", "name_fr": "Personnel", "name_es": "Personal", "position": "1"},
    )
    staff_client.post(
        "/admin/accounts/profilepolicy/add/", {"field": "phone", "rule": "required", "at_registration": "on"}
    )
    assert ProfilePolicy.objects.get().rule == "required"
    assert (
        "Personnel"
        in staff_client.get(f"/admin/accounts/usertype/{UserType.objects.get().pk}/change/").content.decode()
    )


@pytest.mark.parametrize("model", [EmailAddress, EmailDevice, StaticDevice, TOTPDevice])
def test_rows_that_open_accounts_have_no_list(model: type) -> None:
    assert not site.is_registered(model)


def reset_data(*people: User, **more: str) -> dict[str, object]:
    return {"action": "reset_action", "_selected_action": [user.pk for user in people], **more}


def test_reset_asks_for_the_reason_first(staff_client: Client, resident: User) -> None:
    page = staff_client.post(USERS, reset_data(resident))
    assert "Reset second factor" in page.content.decode()
    assert resident.email in page.content.decode()
    assert 'name="reason"' in staff_client.post(USERS, reset_data(resident, reason=" ")).content.decode()
    assert AccountEvent.objects.count() == 0


def test_reset_with_a_reason_is_written_down_with_who_did_it(staff_client: Client, staff: User, resident: User) -> None:
    response = staff_client.post(USERS, reset_data(resident, reason="Phone lost"), follow=True)
    assert "1 second factor is reset." in response.content.decode()
    assert list(AccountEvent.objects.values_list("user", "verb", "by", "detail")) == [
        (resident.pk, "second_factor_reset", staff.pk, "Phone lost")
    ]


def test_reset_of_the_front_desk_reaches_no_staff(staff: User, resident: User) -> None:
    member_of("Front desk").post(USERS, reset_data(resident, staff, reason="Phone lost"))
    assert list(AccountEvent.objects.values_list("user", flat=True)) == [resident.pk]


def test_reset_is_not_for_those_who_only_look(resident: User) -> None:
    member_of("Auditor").post(USERS, reset_data(resident, reason="Phone lost"))
    assert AccountEvent.objects.count() == 0
