"""Many tries at one person's second factor at the same moment, on PostgreSQL."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory
from django_otp.plugins.otp_email.models import EmailDevice
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from accounts.services.second_factor import CodeRefused, enter_one_time_password, send_one_time_password
from tests.accounts.codes import app_code, give_app, mailed_code
from tests.factories import make_user
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
MANY = 8


def request_of(user: User) -> HttpRequest:
    """A session of its own, as each browser has one."""
    request = RequestFactory().post("/one_time_password")
    request.session = SessionStore()
    request.user = User.objects.get(pk=user.pk)
    request.user.is_verified = lambda: False  # type: ignore[method-assign]
    return request


def enter(user: User, code: str) -> Callable[[], str]:
    request = request_of(user)

    def job() -> str:
        try:
            enter_one_time_password(request, code)
        except CodeRefused as refusal:
            return refusal.code
        return "in"

    return job


def outcomes(jobs: list[Callable[[], str]]) -> Counter[Any]:
    return Counter(all_at_once(jobs))


def slow(monkeypatch: pytest.MonkeyPatch, model: type, method: str) -> None:
    """Make that method wait first, so that everybody has read before anybody writes."""
    real = getattr(model, method)

    def slowly(self: object, *args: object, **kwargs: object) -> object:
        time.sleep(0.3)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(model, method, slowly)


@pytest.fixture
def person() -> User:
    return make_user(second_factor=True)


def test_wrong_codes_at_once_count_one_by_one(person: User) -> None:
    mailed_code(person)
    assert outcomes([enter(person, "00000x") for _ in range(MANY)]) == {"wrong": 1, "throttled": MANY - 1}
    assert EmailDevice.objects.get().throttling_failure_count == 1


def test_control_without_locks_all_of_them_are_tried(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    mailed_code(person)
    without_row_locks(monkeypatch)
    slow(monkeypatch, EmailDevice, "throttle_increment")
    assert outcomes([enter(person, "00000x") for _ in range(MANY)])["wrong"] > 1


@pytest.mark.parametrize("kind", ["mail", "app", "backup"])
def test_one_code_opens_one_of_many_sessions(person: User, kind: str) -> None:
    code = code_of(person, kind)
    assert outcomes([enter(person, code) for _ in range(MANY)])["in"] == 1


@pytest.mark.parametrize(
    ("kind", "model", "method"),
    [("mail", EmailDevice, "save"), ("app", TOTPDevice, "save"), ("backup", StaticToken, "delete")],
)
def test_control_without_locks_it_opens_several(
    person: User, kind: str, model: type, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = code_of(person, kind)
    without_row_locks(monkeypatch)
    slow(monkeypatch, model, method)
    assert outcomes([enter(person, code) for _ in range(MANY)])["in"] > 1


def code_of(person: User, kind: str) -> str:
    """A code of that kind that was not used yet."""
    if kind == "mail":
        return mailed_code(person)
    device, codes = give_app(person)
    return app_code(device, steps=1) if kind == "app" else codes[0]


def test_one_mail_for_many_requests_at_once(person: User) -> None:
    def send() -> str:
        try:
            send_one_time_password(person)
        except CodeRefused as refusal:
            return refusal.code
        return "sent"

    assert outcomes([send] * MANY) == {"sent": 1, "cooldown": MANY - 1}
    assert EmailDevice.objects.count() == 1
