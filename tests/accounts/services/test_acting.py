"""Acting for a person: who may, for how long, and what ends it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import AccountEvent, ActAsSession, Company, CompanyMembership, Mail, User
from accounts.services.acting import (
    ActingRefused,
    end_acting,
    end_overdue,
    give_consent,
    may_go_on,
    revoke_consent,
    start_acting,
)
from tests.factories import change_office, make_company, make_manager, make_member, make_user

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def manager(company: Company) -> User:
    return make_manager(company, make_user(first_name="Dana", last_name="Reyes")).user


@pytest.fixture
def member(company: Company) -> CompanyMembership:
    return make_member(company, make_user(first_name="Maya", last_name="Okafor", language="fr"))


@pytest.fixture
def clerk() -> User:
    """Staff who may act for people, and nothing else."""
    user = make_user(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="act_user"))
    return user


def start(manager: User, member: CompanyMembership, **kwargs: Any) -> ActAsSession:
    return start_acting(member.user, by=manager, company=member.company, **kwargs)


def story(user: User) -> list[tuple[str, str, User | None, User | None]]:
    events = AccountEvent.objects.for_user(user).order_by("pk")
    return [(event.verb, event.detail, event.by, event.acting) for event in events]


def reload(session: ActAsSession) -> ActAsSession:
    return ActAsSession.objects.get(pk=session.pk)


def test_manager_acts_for_a_member_for_the_offices_minutes(manager: User, member: CompanyMembership) -> None:
    change_office(acting_minutes=45)
    session = start(manager, member, at=NOW)
    assert (session.started_at, session.expires_at) == (NOW, NOW + timedelta(minutes=45))
    assert (session.actor, session.person, session.company) == (manager, member.user, member.company)
    assert may_go_on(session, at=NOW + timedelta(minutes=44))
    assert not may_go_on(session, at=NOW + timedelta(minutes=45))


def test_person_gets_a_mail_in_their_language_and_a_line_in_their_history(
    manager: User, member: CompanyMembership
) -> None:
    start(manager, member)
    mail = Mail.objects.get()
    assert (mail.to, mail.kind, mail.language) == (member.user.email, "acting_started", "fr")
    assert story(member.user) == [("acting_started", "Northfield Labs", manager, None)]


def test_staff_act_with_a_reason(clerk: User) -> None:
    person = make_user()
    session = start_acting(person, by=clerk, reason="  Helps at the counter  ")
    assert (session.company, session.reason) == (None, "Helps at the counter")
    assert may_go_on(session, at=timezone.now())
    assert story(person) == [("acting_started", "Campus Parking: Helps at the counter", clerk, None)]
    assert "The reason: Helps at the counter" in Mail.objects.get().text


def test_staff_without_a_reason_do_not(clerk: User) -> None:
    with pytest.raises(ActingRefused) as refusal:
        start_acting(make_user(), by=clerk, reason="  ")
    assert refusal.value.code == "reason"


def test_staff_without_the_right_do_not() -> None:
    with pytest.raises(ActingRefused):
        start_acting(make_user(), by=make_user(is_staff=True), reason="Curious")


@pytest.mark.parametrize(
    "person",
    [{"is_staff": True}, {"is_superuser": True}, {"is_active": False}],
    ids=["staff", "operator", "switched off"],
)
def test_nobody_acts_for_these(manager: User, clerk: User, company: Company, person: dict[str, Any]) -> None:
    member = make_member(company, make_user(**person))
    with pytest.raises(ActingRefused):
        start(manager, member)
    with pytest.raises(ActingRefused):
        start_acting(member.user, by=clerk, reason="Help")
    assert ActAsSession.objects.count() == 0


def test_nobody_acts_for_themselves(manager: User, company: Company) -> None:
    with pytest.raises(ActingRefused):
        start_acting(manager, by=manager, company=company)


def test_manager_stays_inside_the_own_company(manager: User, company: Company) -> None:
    stranger = make_member(make_company())
    for where in (company, stranger.company):
        with pytest.raises(ActingRefused):
            start_acting(stranger.user, by=manager, company=where)
    with pytest.raises(ActingRefused):
        start_acting(make_user(), by=manager, company=company)


def test_member_who_is_no_manager_does_not(company: Company, member: CompanyMembership) -> None:
    with pytest.raises(ActingRefused):
        start(make_member(company, billing_contact=True).user, member)


def change(row: Any, **fields: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**fields)


ENDS: dict[str, Callable[[User, CompanyMembership], None]] = {
    "manager is a member now": lambda manager, member: change(manager.membership, role="member"),
    "manager left": lambda manager, member: change(manager.membership, active=False),
    "manager switched off": lambda manager, member: change(manager, is_active=False),
    "manager changed company": lambda manager, member: change(manager.membership, company=make_company()),
    "person left": lambda manager, member: change(member, active=False),
    "person switched off": lambda manager, member: change(member.user, is_active=False),
    "person is staff now": lambda manager, member: change(member.user, is_staff=True),
    "person changed company": lambda manager, member: change(member, company=make_company()),
    "company switched off": lambda manager, member: change(member.company, active=False),
    "no consent yet": lambda manager, member: change(member, consent_given_at=None),
    "consent revoked": lambda manager, member: change(member, consent_revoked_at=timezone.now()),
}


@pytest.mark.parametrize("what", ENDS)
def test_right_that_ends_ends_the_acting(manager: User, member: CompanyMembership, what: str) -> None:
    session = start(manager, member)
    assert may_go_on(reload(session), at=timezone.now())
    ENDS[what](manager, member)
    assert not may_go_on(reload(session), at=timezone.now())
    with pytest.raises(ActingRefused):
        start_acting(User.objects.get(pk=member.user_id), by=User.objects.get(pk=manager.pk), company=member.company)


def test_staff_lose_it_with_the_right(clerk: User) -> None:
    session = start_acting(make_user(), by=clerk, reason="Help")
    clerk.user_permissions.clear()
    assert not may_go_on(reload(session), at=timezone.now())


def test_second_start_ends_the_first(manager: User, member: CompanyMembership, company: Company) -> None:
    first = start(manager, member, at=NOW)
    second = start(manager, make_member(company), at=NOW + timedelta(minutes=1))
    third = start(manager, member, at=NOW + timedelta(minutes=90))
    assert [(s.ended, s.ended_at) for s in map(reload, (first, second, third))] == [
        ("replaced", NOW + timedelta(minutes=1)),
        ("expired", second.expires_at),
        ("", None),
    ]


def test_end_is_written_once(manager: User, member: CompanyMembership) -> None:
    session = start(manager, member)
    end_acting(session, how=ActAsSession.Ended.BACK)
    end_acting(session, how=ActAsSession.Ended.LOGGED_OUT)
    assert reload(session).ended == "back"
    assert [line[0] for line in story(member.user)] == ["acting_started", "acting_ended"]


def test_sweep_ends_what_nobody_ended(manager: User, member: CompanyMembership) -> None:
    session = start(manager, member, at=NOW)
    assert end_overdue(at=NOW + timedelta(minutes=29)) == 0
    assert end_overdue(at=NOW + timedelta(hours=3)) == 1
    assert (reload(session).ended, reload(session).ended_at) == ("expired", session.expires_at)
    assert end_overdue(at=NOW + timedelta(hours=4)) == 0


def test_revoking_ends_what_runs_and_allowing_starts_nothing(manager: User, member: CompanyMembership) -> None:
    session = start(manager, member)
    revoke_consent(member.user)
    assert reload(session).ended == "revoked"
    revoke_consent(member.user)
    give_consent(member.user)
    give_consent(member.user)
    member.refresh_from_db()
    assert (member.consents, member.consent_revoked_at) == (True, None)
    assert reload(session).ended == "revoked"
    assert [line[0] for line in story(member.user)] == [
        "acting_started",
        "acting_ended",
        "acting_revoked",
        "acting_allowed",
    ]


def test_revoking_does_not_stop_the_office(clerk: User, member: CompanyMembership) -> None:
    session = start_acting(member.user, by=clerk, reason="Help")
    revoke_consent(member.user)
    assert may_go_on(reload(session), at=timezone.now())


def test_consent_of_somebody_without_a_company_is_nothing() -> None:
    user = make_user()
    assert (revoke_consent(user), give_consent(user), story(user)) == (None, None, [])


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("act_as_not_oneself", {"person": "actor"}),
        ("act_as_bounded", {"expires_at": NOW}),
        ("act_as_end_whole", {"ended": "back"}),
        ("act_as_end_whole", {"ended_at": NOW}),
        ("act_as_company_or_reason", {"reason": ""}),
    ],
)
def test_database_refuses_a_row_that_is_not_whole(name: str, fields: dict[str, Any]) -> None:
    actor = make_user()
    row: dict[str, Any] = {
        "actor": actor,
        "person": make_user(),
        "reason": "Help",
        "started_at": NOW,
        "expires_at": NOW + timedelta(minutes=5),
    }
    fields = {key: actor if value == "actor" else value for key, value in fields.items()}
    with pytest.raises(IntegrityError, match=name):
        ActAsSession.objects.create(**row | fields)


def test_database_refuses_two_at_a_time_and_two_billing_contacts(manager: User, company: Company) -> None:
    make_member(company, billing_contact=True)
    with pytest.raises(IntegrityError):
        make_member(company, billing_contact=True)


def test_database_refuses_a_second_running_one(manager: User, member: CompanyMembership) -> None:
    session = start(manager, member)
    session.pk = None
    with pytest.raises(IntegrityError):
        session.save()
