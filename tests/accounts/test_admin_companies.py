"""Companies in the office, and acting for a person from there."""

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import ActAsSession, Company, CompanyMembership, User
from accounts.services.acting import start_acting
from tests.accounts.office import SETTINGS_READ
from tests.conftest import sign_in
from tests.factories import make_company, make_manager, make_member, make_user
from tests.payments.views.counting import queries

pytestmark = pytest.mark.django_db
COMPANIES, MEMBERS = "/admin/accounts/company/", "/admin/accounts/companymembership/"
SESSIONS, USERS = "/admin/accounts/actassession/", "/admin/accounts/user/"


def member_of(role: str) -> Client:
    """The browser of a member of staff in that role."""
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return sign_in(Client(), user)


@pytest.fixture
def clerk() -> Client:
    return member_of("Front desk")


def test_office_keeps_companies_and_the_trail_knows(clerk: Client) -> None:
    clerk.post(f"{COMPANIES}add/", {"name": "Northfield Labs", "code": "northfield", "active": "on"})
    company = Company.objects.get()
    clerk.post(f"{COMPANIES}{company.pk}/change/", {"name": "Northfield", "code": "northfield"})
    company.refresh_from_db()
    assert (company.name, company.active) == ("Northfield", False)
    changes = LogEntry.objects.get_for_object(company).values_list("changes", flat=True)
    assert {"active": ["True", "False"], "name": ["Northfield Labs", "Northfield"]} in list(changes)


def form_of(company: Company, **fields: Any) -> dict[str, Any]:
    return {"company": company.pk, "role": "member", "active": "on"} | fields


def test_office_adds_a_member_with_the_consent_that_was_given(clerk: Client) -> None:
    company, user = make_company(), make_user()
    clerk.post(
        f"{MEMBERS}add/",
        form_of(company, user=user.pk, consent_given_at_0="2026-01-05", consent_given_at_1="09:00"),
    )
    assert CompanyMembership.objects.get().consents
    other = make_user()
    clerk.post(f"{MEMBERS}add/", form_of(company, user=other.pk, consent_given_at_0="", consent_given_at_1=""))
    assert not CompanyMembership.objects.get(user=other).consents


def test_consent_is_the_persons_own_afterwards(clerk: Client) -> None:
    company = make_company()
    member = make_member(company, consent_given_at=None)
    clerk.post(
        f"{MEMBERS}{member.pk}/change/",
        form_of(company, role="manager", consent_given_at_0="2026-01-05", consent_given_at_1="09:00"),
    )
    member.refresh_from_db()
    assert (member.role, member.consents) == ("manager", False)


def test_consent_does_not_move_to_another_company(clerk: Client) -> None:
    member, other = make_member(make_company()), make_company()
    clerk.post(f"{MEMBERS}{member.pk}/change/", form_of(other))
    member.refresh_from_db()
    assert (member.company, member.consents) == (other, False)


def test_second_company_and_second_billing_contact_are_refused(clerk: Client) -> None:
    member = make_member(make_company(), billing_contact=True)
    twice = clerk.post(f"{MEMBERS}add/", form_of(make_company(), user=member.user_id))
    assert list(twice.context["adminform"].form.errors) == ["user"]
    second = clerk.post(f"{MEMBERS}add/", form_of(member.company, user=make_user().pk, billing_contact="on"))
    assert second.status_code == 200
    assert CompanyMembership.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_a_constant_number_of_queries(staff_client: Client, rows: int) -> None:
    for _row in range(rows):
        member = make_member(make_company())
        start_acting(member.user, by=make_manager(member.company).user, company=member.company)
    for url, count in ((COMPANIES, 5), (MEMBERS, 6), (SESSIONS, 7)):
        staff_client.get(url)  # content types are read once a process
        with queries(count + SETTINGS_READ):
            staff_client.get(url)


def test_staff_act_for_a_person_and_the_row_says_why(clerk: Client) -> None:
    person = make_user()
    page = clerk.get(f"{USERS}{person.pk}/change/").content.decode()
    assert f"{USERS}{person.pk}/act/" in page
    assert clerk.post(f"{USERS}{person.pk}/act/", {"reason": "  "}).context["form"].errors == {
        "reason": ["Say why you act for this person; they read it in their history."]
    }
    answer = clerk.post(f"{USERS}{person.pk}/act/", {"reason": "Helps at the counter"})
    assert answer.headers["Location"] == "/home/"
    session = ActAsSession.objects.get()
    assert (session.person, session.company, session.reason) == (person, None, "Helps at the counter")
    clerk.post("/company/back/")
    listed = clerk.get(SESSIONS).content.decode()
    assert "Helps at the counter" in listed
    assert "Went back" in listed


@pytest.mark.parametrize("role", ["Cashier", "Appeals", "Finance", "Enforcement", "Auditor"])
def test_other_roles_do_not_act_for_people(role: str) -> None:
    person, client = make_user(), member_of(role)
    assert (
        client.get(f"{USERS}{person.pk}/act/").status_code,
        client.post(f"{USERS}{person.pk}/act/").status_code,
    ) == (
        403,
        403,
    )
    assert f"{USERS}{person.pk}/act/" not in client.get(f"{USERS}{person.pk}/change/").content.decode()


def test_staff_and_switched_off_people_are_nobodys(clerk: Client) -> None:
    for person in (make_user(is_staff=True), make_user(is_active=False)):
        answer = clerk.post(f"{USERS}{person.pk}/act/", {"reason": "Help"})
        assert answer.headers["Location"] == f"{USERS}{person.pk}/change/"
        assert [str(message) for message in get_messages(answer.wsgi_request)][-1:] == [
            f"You cannot act for {person.get_full_name()}. They may have withdrawn their consent, or left."
        ]
    assert clerk.post(f"{USERS}999999/act/", {"reason": "Help"}).status_code == 404
    assert User.objects.filter(acted_for__isnull=False).count() == 0
