"""First logins at the same moment, on PostgreSQL."""

import time
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from pytest_django import Settings

from accounts.models import User
from accounts.services import sso
from accounts.services.saml import keep_answer
from accounts.sso.identity import Identity, SsoRefused
from opscom.lib.sso import SingleSignOn
from tests.factories import make_user
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ISSUER = "https://id.campus.example"


@pytest.fixture(autouse=True)
def _slow_match(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody has looked before anybody writes."""
    settings.SSO = SingleSignOn(issuer=ISSUER, domains=frozenset({"campus.example"}))
    match = sso._match

    def slowly(identity: Identity) -> User | None:
        found = match(identity)
        time.sleep(0.3)
        return found

    monkeypatch.setattr(sso, "_match", slowly)


def identity(subject: str) -> Identity:
    return Identity(issuer=ISSUER, subject=subject, email="alice@campus.example", email_verified=True)


def outcomes(results: list[Any]) -> list[str]:
    return sorted(result.code if isinstance(result, SsoRefused) else type(result).__name__ for result in results)


def test_eight_first_logins_of_one_person_make_one_account() -> None:
    results = all_at_once([lambda: sso.admit_identity(identity("alice"), language="en")] * 8)
    assert outcomes(results) == ["User"] * 8
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 1)


def test_control_without_the_second_try_some_fail() -> None:
    results = all_at_once([lambda: sso._admit(identity("alice"), language="en")] * 8)
    assert outcomes(results).count("IntegrityError") > 0


def two_people_with_one_address() -> list[str]:
    make_user(email="alice@campus.example")
    return outcomes(
        all_at_once(
            [
                lambda: sso.admit_identity(identity("former"), language="en"),
                lambda: sso.admit_identity(identity("present"), language="en"),
            ]
        )
    )


def test_one_of_two_people_with_one_address_is_linked() -> None:
    assert two_people_with_one_address() == ["User", "taken"]
    assert SocialAccount.objects.count() == 1


def test_control_without_locks_both_are_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)
    assert two_people_with_one_address() == ["User", "User"]
    assert SocialAccount.objects.count() == 2


def test_saml_answer_that_comes_eight_times_at_once_is_taken_once() -> None:
    """The database's own constraint decides: no control can take it away."""
    results = all_at_once([lambda: keep_answer(identity("alice"), assertion_id="a1", request_id="r1")] * 8)
    assert outcomes(results) == ["SamlAnswer"] + ["not_finished"] * 7
