"""The Moneris peer refuses what Moneris refuses, in its shape."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.peers.moneris_driver import CHECKOUT, STORE, TOKEN, MonerisPeer
from tests.peers.sockets import LOOPBACK, listening_hosts

PAN = "4242424242424242"
CREDENTIALS = {"store_id": STORE, "api_token": TOKEN, "checkout_id": CHECKOUT, "environment": "qa"}


@pytest.fixture(scope="module")
def running() -> Iterator[MonerisPeer]:
    with MonerisPeer() as peer:
        yield peer


@pytest.fixture
def peer(running: MonerisPeer) -> MonerisPeer:
    """In its first state."""
    running.reset()
    return running


def preload(peer: MonerisPeer, **changes: Any) -> Any:
    """What a preload is answered."""
    body = CREDENTIALS | {"action": "preload", "txn_total": "30.00", "order_no": "ORDER1"} | changes
    answer = requests.post(f"{peer.url}/chktv2/request/request.php", json=body, timeout=5)
    assert answer.status_code == 200
    return answer.json()["response"]


def frame(peer: MonerisPeer, ticket: str) -> str:
    """Address of the form of a ticket."""
    return f"{peer.url}/chktv2/display/index.php?tck={ticket}"


def submit(address: str, pan: str = PAN) -> requests.Response:
    """Fill the form and press its button."""
    return requests.post(address, data={"pan": pan, "expiry": "12/40", "cvv": "123", "holder": "X"}, timeout=5)


def told(page: requests.Response) -> Any:
    """What the frame tells the page around it."""
    return json.loads(page.text.split("postMessage('")[1].split("'")[0])


def gateway(peer: MonerisPeer, inner: str, token: str = TOKEN) -> str:
    """The Gateway's answer, as text."""
    body = f"<request><store_id>{STORE}</store_id><api_token>{token}</api_token>{inner}</request>"
    return requests.post(f"{peer.url}/gateway2/servlet/MpgRequest", data=body.encode(), timeout=5).text


def test_it_listens_on_loopback_alone(peer: MonerisPeer) -> None:
    assert listening_hosts(peer.url) == [LOOPBACK]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"api_token": "wrong"}, {"api_token": "invalid api_token"}),
        ({"txn_total": "30"}, {"txn_total": "invalid amount"}),
        ({"txn_total": 30.0}, {"txn_total": "invalid amount"}),
        ({"order_no": "A$B"}, {"order_no": "invalid order_no"}),
        ({"language": "es"}, {"language": "invalid language"}),
        ({"recur": {}}, {"recur": "not modelled by the test peer"}),
        ({"cart": {"items": [], "subtotal": "30.00"}}, {"cart": "the items do not add up"}),
    ],
)
def test_wrong_preload_is_refused_with_strings(peer: MonerisPeer, changes: Any, error: Any) -> None:
    assert preload(peer, **changes) == {"success": "false", "error": error}


def test_unfinished_and_unknown_tickets_are_the_same(peer: MonerisPeer) -> None:
    unfinished = preload(peer)["ticket"]
    for ticket in (unfinished, "unknown"):
        body = CREDENTIALS | {"action": "receipt", "ticket": ticket}
        answer = requests.post(f"{peer.url}/chktv2/request/request.php", json=body, timeout=5)
        error = {"ticket": "invalid ticket or transaction is not complete"}
        assert answer.json() == {"response": {"success": "false", "error": error}}


def test_form_is_shown_once_and_pays_once(peer: MonerisPeer) -> None:
    address = frame(peer, preload(peer)["ticket"])
    first, second = requests.get(address, timeout=5), requests.get(address, timeout=5)
    assert (told(first)["handler"], told(first)["response_code"]) == ("page_loaded", "001")
    assert (told(second)["handler"], told(second)["response_code"]) == ("error_event", "2002")
    with ThreadPoolExecutor(4) as pool:
        handlers = sorted(told(page)["handler"] for page in pool.map(submit, [address] * 4))
    assert handlers == ["error_event", "error_event", "error_event", "payment_complete"]
    assert peer.movements() == [("purchase", 3000)]


def test_ticket_ends_with_its_time(peer: MonerisPeer) -> None:
    peer.control("tickets", seconds=60)
    ticket = preload(peer)["ticket"]
    peer.control("clock", seconds=61)
    page = submit(frame(peer, ticket))
    assert (page.status_code, told(page)["response_code"]) == (410, "2003")
    assert requests.get(frame(peer, "unknown"), timeout=5).status_code == 404
    assert peer.movements() == []


def test_wrong_card_field_is_said_and_no_number_is_kept(peer: MonerisPeer) -> None:
    address = frame(peer, preload(peer)["ticket"])
    assert (submit(address, "4242424242424241").status_code, peer.movements()) == (422, [])
    submit(address)
    assert (peer.stderr() + str(peer.movements())).count(PAN) == 0


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ("<refund/>", "Data error: refund takes"),
        ("<capture/>", "Global Error: unknown transaction"),
        (
            "<refund><order_id>A</order_id><amount>1.00</amount><txn_number>1</txn_number><crypt_type>7</crypt_type></refund>",
            "The original transaction was not found",
        ),
    ],
)
def test_gateway_refuses_before_the_host_with_the_word_null(peer: MonerisPeer, inner: str, message: str) -> None:
    text = gateway(peer, inner)
    assert ("<Complete>false</Complete>" in text, "<ResponseCode>null</ResponseCode>" in text) == (True, True)
    assert message in text


def test_gateway_refuses_a_wrong_token(peer: MonerisPeer) -> None:
    assert "<Message>Invalid api_token</Message>" in gateway(peer, "<res_delete/>", token="wrong")


def test_switches_refuse_unknown_keys_and_types(peer: MonerisPeer) -> None:
    for route, body in [
        ("pay", {"card": "1"}),
        ("clock", {"seconds": "1"}),
        ("fail_next", {"kind": "late"}),
        ("no", {}),
    ]:
        response = requests.post(f"{peer.url}/_test/{route}", json=body, timeout=5)
        assert response.status_code == (404 if route == "no" else 400)
