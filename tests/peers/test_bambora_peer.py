"""The Bambora peer refuses what the vendor refuses, in the vendor's shape."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from .bambora_driver import MERCHANT, PASSCODES, BamboraPeer
from .sockets import LOOPBACK, listening_hosts


@pytest.fixture(scope="module")
def _running() -> Iterator[BamboraPeer]:
    with BamboraPeer() as peer:
        yield peer


@pytest.fixture
def peer(_running: BamboraPeer) -> BamboraPeer:
    _running.reset()
    return _running


def call(peer: BamboraPeer, method: str, path: str, body: Any = None, *, part: str = "payments") -> tuple[int, Any]:
    """Status and answer, or the answer's code where it is a refusal."""
    token = base64.b64encode(f"{MERCHANT}:{PASSCODES[part]}".encode()).decode()
    headers = {"Authorization": f"Passcode {token}"}
    response = requests.request(method, f"{peer.url}/v1{path}", json=body, headers=headers, timeout=15)
    answer = response.json()
    if response.status_code != 200:
        assert set(answer) == {"code", "category", "message", "reference", "details"}
        return response.status_code, answer["code"]
    return 200, answer


def charge(**changes: Any) -> dict[str, Any]:
    """A charge of a stored card."""
    return {
        "order_number": "ORDER1",
        "amount": "12.34",
        "payment_method": "payment_profile",
        "payment_profile": {"customer_code": "CARD1", "card_id": 1, "complete": True},
        "card_on_file": {"type": "subsequent_recurring"},
    } | changes


def test_it_listens_on_loopback_alone(peer: BamboraPeer) -> None:
    assert listening_hosts(peer.url) == [LOOPBACK]


@pytest.mark.parametrize(
    ("path", "part"), [("/payments/1", "profiles"), ("/profiles/X/cards", "payments"), ("/payments/1", "reporting")]
)
def test_each_part_wants_its_own_passcode(peer: BamboraPeer, path: str, part: str) -> None:
    assert call(peer, "GET", path, part=part) == (401, 21)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, (402, 800)),
        ({"amount": "12.345"}, (400, 314)),
        ({"amount": "-1.00"}, (400, 314)),
        ({"amount": "NaN"}, (400, 314)),
        ({"order_number": "with space"}, (400, 314)),
        ({"order_number": "x" * 31}, (400, 314)),
        ({"payment_method": "card"}, (400, 314)),
        ({"surprise": 1}, (400, 314)),
        ({"card_on_file": {"series_id": "other"}}, (400, 314)),
    ],
)
def test_wrong_charge_is_refused(peer: BamboraPeer, changes: dict[str, Any], refusal: tuple[int, int]) -> None:
    assert call(peer, "POST", "/payments", charge(**changes)) == refusal
    assert peer.transactions() == []


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/payments/7/returns"), ("POST", "/payments/7/void"), ("GET", "/payments/7")]
)
def test_transaction_that_is_not_there_is_not_found(peer: BamboraPeer, method: str, path: str) -> None:
    body = {"order_number": "R1", "amount": "1.00"} if path.endswith("returns") else {"amount": "1.00"}
    assert call(peer, method, path, body)[0] == 404


def test_profile_of_no_transaction_is_refused(peer: BamboraPeer) -> None:
    body = {"customer_code": "CARD1", "transaction_id": "7"}
    assert call(peer, "POST", "/profiles", body, part="profiles")[0] == 404
    assert call(peer, "GET", "/profiles/CARD1/cards", part="profiles") == (402, 15)
    assert call(peer, "DELETE", "/profiles/CARD1", part="profiles") == (402, 15)


def test_page_without_a_hash_is_refused(peer: BamboraPeer) -> None:
    response = peer.fill_in(f"{peer.url}/scripts/payment/payment.asp?merchant_id={MERCHANT}&trnAmount=1.00")
    assert (response.status_code, "Hash validation error" in response.text) == (400, True)


def test_question_without_a_hash_is_not_answered(peer: BamboraPeer) -> None:
    url = f"{peer.url}/scripts/process_transaction.asp?requestType=BACKEND&trnType=Q&trnOrderNumber=X"
    assert "trnId" not in requests.get(url, timeout=15).text


def test_unknown_switch_is_not_found(peer: BamboraPeer) -> None:
    with pytest.raises(requests.HTTPError):
        peer.control("no_such_switch")
