"""The plate check for programs."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from permits.models import PlateCheck, PlateToken
from permits.services.plate_tokens import make_token, revoke_token
from tests.factories import change_office, make_lot
from tests.payments.views.counting import queries
from tests.permits.test_plate_check import permit_of

pytestmark = pytest.mark.django_db
PATH = "/api/plate-check/"


@pytest.fixture(autouse=True)
def office_row() -> None:
    """So that every request reads the same settings."""
    change_office()


def token_of(**fields: Any) -> tuple[PlateToken, str]:
    token = PlateToken(**{"name": "Gate 4", "scope": "permit"} | fields)
    return token, make_token(token)


def ask(secret: str, data: Any = None, **headers: str) -> Any:
    body = data if isinstance(data, str) else json.dumps({"plate": "ckrt 418"} if data is None else data)
    bearer = {"Authorization": f"Bearer {secret}"} if secret else {}
    return Client(enforce_csrf_checks=True).post(PATH, body, "application/json", headers={**bearer, **headers})


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def test_answer_has_stable_words_and_a_sentence() -> None:
    permit = permit_of("CKRT418", lot=make_lot(name="Lot B", code="lot-b"), number="Y-20418")
    _token, secret = token_of()
    response = ask(secret, {"plate": "ckrt-418", "region": "CA-ON", "lot": "lot-b"})
    found = response.json()
    assert abs(datetime.fromisoformat(found.pop("checked_at")) - timezone.now()) < timedelta(minutes=1)
    assert found == {
        "plate": "CKRT418",
        "region": "CA-ON",
        "verdict": "covered",
        "covered": True,
        "until": "2026-12-01T00:00:00-05:00",
        "grace_until": None,
        "message": "Its permit is valid through Nov. 30, 2026 in Lot B.",
        "notes": [],
        "permit": {"number": "Y-20418", "type": permit.permit_type.name, "lot": "lot-b", "lot_name": "Lot B"},
        "look_alikes": [],
    }
    assert (response.status_code, response.headers.get("Set-Cookie"), response.cookies) == (200, None, {})


def test_token_that_may_learn_little_learns_no_numbers() -> None:
    permit_of("B0I8")
    _token, secret = token_of(scope="answer")
    found = ask(secret, {"plate": "BOI8"}).json()
    assert (found["verdict"], found["notes"], found.keys() & {"permit", "look_alikes"}) == ("unknown", [], set())


def test_sentence_is_in_the_tokens_language() -> None:
    _token, secret = token_of(language="fr")
    refused = ask(secret, {"plate": ""}).json()
    assert refused["message"] == "Entrez la plaque, par exemple CKRT 418."


def test_every_answer_is_logged_with_its_token() -> None:
    token, secret = token_of()
    lot = make_lot()
    ask(secret, {"plate": "CKRT418", "lot": lot.code})
    ask("wrong")
    [logged] = PlateCheck.objects.all()
    assert (logged.token, logged.plate, logged.lot, logged.verdict, logged.by) == (
        token,
        "CKRT418",
        lot,
        "unknown",
        None,
    )


def test_check_takes_three_queries() -> None:
    permit_of("CKRT418", lot=make_lot(code="lot-b", free_times="mon-sun"))
    _token, secret = token_of()
    ask(secret)
    for plate, verdict in (("CKRT418", "covered"), ("BVLP902", "free")):
        with queries(3 + (not settings.REDIS_URL)):  # without Redis the office's settings are a row
            answer = ask(secret, {"plate": plate, "lot": "lot-b"}).json()
        assert (answer["verdict"], answer["covered"]) == (verdict, True)


@pytest.mark.parametrize("secret", ["", "plates", "plates_NOBODY_x", "Gate 4", "plates_\x00_é"])
def test_without_a_token_of_ours_nobody_learns_anything(secret: str) -> None:
    response = ask(secret.encode().decode("latin-1"))
    assert (refusal(response), response.headers["WWW-Authenticate"]) == (
        (401, "invalid_token"),
        'Bearer realm="plate check"',
    )


def test_wrong_secret_with_the_right_beginning_is_refused() -> None:
    _token, secret = token_of()
    assert refusal(ask(secret[:-1])) == (401, "invalid_token")


def test_revoked_and_expired_tokens_are_refused() -> None:
    token, secret = token_of()
    assert ask(secret).status_code == 200
    revoke_token(token)
    assert refusal(ask(secret)) == (401, "invalid_token")
    _token, old = token_of(name="Gate 5", expires_at=timezone.now())
    assert refusal(ask(old)) == (401, "invalid_token")


def test_a_browser_that_is_signed_in_needs_a_token_too(staff_client: Client) -> None:
    assert refusal(staff_client.post(PATH, {"plate": "CKRT418"})) == (401, "invalid_token")


def test_token_of_one_lot_is_about_that_lot() -> None:
    lot, other = make_lot(), make_lot()
    permit_of("CKRT418", lot=other)
    _token, secret = token_of(lot=lot)
    assert refusal(ask(secret, {"plate": "CKRT418", "lot": other.code})) == (403, "other_lot")
    assert [ask(secret, {"plate": "CKRT418", "lot": code}).json()["verdict"] for code in ("", lot.code)] == [
        "elsewhere",
        "elsewhere",
    ]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ("", "not_json"),
        ("[]", "not_json"),
        ("[" * 100_000, "not_json"),
        ('"' + "x" * 3_000_000 + '"', "not_json"),
        ({}, "invalid"),
        ({"plate": "C" * 11}, "invalid"),
        ({"plate": ["CKRT418"]}, "invalid"),
        ({"plate": "CK\x00T418"}, "invalid"),
        ({"plate": "CKRT418", "region": "Ontario"}, "invalid"),
        ({"plate": "CKRT418", "lot": "nowhere"}, "unknown_lot"),
        ({"plate": "CKRT418", "lot": "\x00"}, "invalid"),
        ('{"plate": "CKRT418", "lot": "\\ud800"}', "invalid"),
        ({"plate": "CKRT418", "lot": {"a": 1}}, "invalid"),
    ],
)
def test_bad_questions_are_answered_with_what_is_wrong(data: Any, word: str) -> None:
    _token, secret = token_of()
    assert refusal(ask(secret, data)) == (400, word)


def test_plates_come_in_the_body_so_that_no_log_keeps_them() -> None:
    _token, secret = token_of()
    response = Client().get(PATH, {"plate": "CKRT418"}, headers={"Authorization": f"Bearer {secret}"})
    assert (refusal(response), response.headers["Allow"]) == ((405, "method_not_allowed"), "POST")


def test_more_than_the_tokens_minute_holds_is_turned_away() -> None:
    token, secret = token_of(per_minute=2)
    _other, second = token_of(name="Gate 5")
    assert [ask(secret).status_code for _ in range(3)] == [200, 200, 429]
    refused = ask(secret)
    assert (refusal(refused), 50 <= int(refused.headers["Retry-After"]) <= 60) == ((429, "too_many_requests"), True)
    assert (ask(second).status_code, PlateCheck.objects.filter(token=token).count()) == (200, 2)
    PlateCheck.objects.update(at=timezone.now() - timedelta(seconds=60))
    assert ask(secret).status_code == 200


def test_only_a_digest_of_the_token_is_kept() -> None:
    token, secret = token_of()
    row = PlateToken.objects.filter(pk=token.pk).values().get()
    tail = secret.rpartition("_")[2]
    assert [name for name, value in row.items() if tail in str(value)] == []
    assert len(row["digest"]) == 64
