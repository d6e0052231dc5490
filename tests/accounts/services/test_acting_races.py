"""Starting to act and the consent for it, many at once, on PostgreSQL."""

import threading

import pytest

from accounts.models import ActAsSession, CompanyMembership, User
from accounts.services import acting
from accounts.services.acting import revoke_consent, start_acting
from tests.factories import make_company, make_manager, make_member
from tests.together import WAIT_SECONDS, all_at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def pair() -> tuple[User, CompanyMembership]:
    company = make_company()
    return make_manager(company).user, make_member(company)


def start_and_revoke() -> int:
    """A manager enters while the person withdraws the consent; answers how many sessions still run afterwards."""
    manager, member = pair()
    all_at_once(
        [
            lambda: start_acting(member.user, by=manager, company=member.company),
            lambda: revoke_consent(member.user),
        ]
    )
    return ActAsSession.objects.running().filter(person=member.user).count()


def test_no_session_outlives_the_consent() -> None:
    assert [start_and_revoke() for _round in range(10)] == [0] * 10


def test_control_without_locks_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    checked, revoked = threading.Event(), threading.Event()
    allowed = acting._may_act

    def while_the_consent_goes(*args: object) -> bool:
        answer = allowed(*args)  # type: ignore[arg-type]
        checked.set()
        assert revoked.wait(WAIT_SECONDS)
        return answer

    monkeypatch.setattr(acting, "_may_act", while_the_consent_goes)
    monkeypatch.setattr(acting, "_lock_people", lambda *people: None)
    manager, member = pair()

    def revoke() -> None:
        assert checked.wait(WAIT_SECONDS)
        revoke_consent(member.user)
        revoked.set()

    all_at_once([lambda: start_acting(member.user, by=manager, company=member.company), revoke])
    assert ActAsSession.objects.running().filter(person=member.user).count() == 1


def test_twelve_starts_at_once_leave_one_running() -> None:
    manager, member = pair()
    results = all_at_once([lambda: start_acting(member.user, by=manager, company=member.company)] * 12)
    assert [type(result).__name__ for result in results] == ["ActAsSession"] * 12
    assert sorted(ActAsSession.objects.values_list("ended", flat=True)) == ["", *["replaced"] * 11]
