"""Guessing passwords and codes, from many addresses: it locks what is attacked, nothing else, and each try is logged."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_email.models import EmailDevice

from accounts.models import AccountEvent, User
from tests.accounts.codes import half_way, mailed_code, person_with_password
from tests.accounts.office import PASSWORD
from tests.sample import FULL

pytestmark = pytest.mark.django_db
TRIES = 1000 if FULL else 40


@pytest.fixture
def attacked() -> User:
    return person_with_password(email="ada@example.test")


def log_in(email: str, password: str, *, address: str = "198.51.100.1", client: Client | None = None) -> Any:
    return (client or Client()).post("/login", {"login": email, "password": password}, REMOTE_ADDR=address)


def address(n: int) -> str:
    """Where the n-th try comes from: so many machines of several networks."""
    return f"203.0.{113 + n // 250}.{n % 250 + 1}"


def attack(email: str) -> None:
    """Many wrong passwords, each from an address of its own."""
    for n in range(TRIES):
        log_in(email, f"wrong-{n}", address=address(n))


def lines(caplog: pytest.LogCaptureFixture, logger: str) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == logger]


def test_wrong_passwords_lock_the_attacked_account_alone(attacked: User, caplog: pytest.LogCaptureFixture) -> None:
    other = person_with_password(email="eve@example.test")
    inside = half_way(attacked)
    attack(attacked.email)
    told = log_in(attacked.email, PASSWORD).content.decode()
    assert "Too many tries. Wait 5 minutes, or use Forgot Password." in told
    assert log_in(other.email, PASSWORD, address="203.0.113.1").headers["Location"] == "/home/"
    assert inside.get("/home/").status_code == 200
    written = lines(caplog, "accounts.adapter")
    assert written[:TRIES] == [
        f"password {'wrong' if n < 5 else 'throttled'}: ada@example.test from {address(n)}" for n in range(TRIES)
    ]
    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1)):
        assert log_in(attacked.email, PASSWORD).headers["Location"] == "/home/"


def test_an_address_without_an_account_is_throttled_and_logged_alike(caplog: pytest.LogCaptureFixture) -> None:
    attack("nobody@example.test")
    assert "Too many tries." in log_in("nobody@example.test", PASSWORD).content.decode()
    assert len(lines(caplog, "accounts.adapter")) == TRIES + 1


def test_wrong_codes_lock_the_attacked_factor_alone(attacked: User, caplog: pytest.LogCaptureFixture) -> None:
    other = person_with_password(email="eve@example.test")
    User.objects.update(second_factor=True)
    code = mailed_code(attacked)
    thief = half_way(attacked)
    with time_machine.travel(timezone.now(), tick=False):  # all within one second, however slow the machine
        for n in range(TRIES):
            thief.post("/one_time_password", {"code": f"x{n}"}, REMOTE_ADDR=address(n))
        owner = half_way(attacked)
        response = owner.post("/one_time_password", {"code": code})
    [told] = response.context["form"].errors["code"]
    assert told.startswith("Too many tries. Wait ")
    assert half_way(other).post("/one_time_password", {"code": mailed_code(other)}).status_code == 302
    written = lines(caplog, "accounts.services.second_factor")
    assert len(written) == TRIES + 1
    assert written[0] == f"one-time password wrong: user {attacked.pk} from 203.0.113.1"
    assert written[-1] == f"one-time password throttled: user {attacked.pk} from 127.0.0.1"


def test_patient_guesses_are_told_to_the_owner_and_hold_the_door_for_nine_minutes_at_most(attacked: User) -> None:
    User.objects.update(second_factor=True)
    mailed_code(attacked)
    thief, at = half_way(attacked), timezone.now()
    for _try in range(40):
        at += timedelta(minutes=10)
        with time_machine.travel(at):
            assert thief.post("/one_time_password", {"code": "x"}).status_code == 200
    assert EmailDevice.objects.get().throttling_failure_count == 11
    assert list(AccountEvent.objects.values_list("user", "verb")) == [(attacked.pk, "codes_refused")]
    with time_machine.travel(at + timedelta(minutes=9)):
        assert half_way(attacked).post("/one_time_password", {"code": mailed_code(attacked)}).status_code == 302


def hashed(what: Any) -> int:
    """How often a password was hashed meanwhile."""
    real = MD5PasswordHasher.encode
    with patch.object(MD5PasswordHasher, "encode", autospec=True, side_effect=real) as encode:
        what()
    return encode.call_count


@pytest.mark.parametrize(
    "fields",
    [None, {}, {"is_active": False}, {"password": "!unusable"}, {"login_source": "sso"}, {"is_staff": True}],
)
def test_a_wrong_password_costs_one_hash_whoever_it_is(fields: dict[str, object] | None) -> None:
    if fields is not None:
        user = person_with_password(email="ada@example.test")
        User.objects.filter(pk=user.pk).update(**fields)
    assert hashed(lambda: log_in("ada@example.test", "wrong")) == 1


@pytest.mark.parametrize("known", [True, False])
def test_forgot_password_hashes_nothing(known: bool) -> None:
    if known:
        person_with_password(email="ada@example.test")
    assert hashed(lambda: Client().post("/forgot-password/", {"email": "ada@example.test"})) == 0


def test_refusals_read_the_same(attacked: User) -> None:
    User.objects.create_user("off@example.test", PASSWORD, is_active=False)
    pages = {
        Client()
        .post("/login", {"login": email, "password": "wrong"})
        .content.decode()
        .replace(email, "X")
        .count("do not match")
        for email in ("ada@example.test", "nobody@example.test", "off@example.test")
    }
    assert pages == {1}
