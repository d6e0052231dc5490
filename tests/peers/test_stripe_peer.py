"""The peer's API half, driven by the official SDK: what it refuses, what it answers, and what it remembers."""

import json
import time
from typing import Any

import pytest
import requests
import stripe

from .stripe_driver import KEY, StripePeer
from .stripe_samples import REFERENCE, line_item, refuse, session_params

EXPIRE_MIN, EXPIRE_MAX = 30 * 60, 24 * 60 * 60


def invalid(param: str | None, code: str | None = None) -> dict[str, Any]:
    return {"status": 400, "code": code, "param": param}


def raw_get(peer: StripePeer, path: str, **headers: str) -> requests.Response:
    return requests.get(f"{peer.url}{path}", headers=headers, timeout=5)


def test_a_missing_key_is_401_in_stripes_shape(peer: StripePeer) -> None:
    response = raw_get(peer, "/v1/events", **{"Stripe-Version": stripe.api_version})
    assert response.status_code == 401
    assert sorted(response.json()["error"]) == ["message", "type"]
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert response.headers["Request-Id"].startswith("req_")


def test_a_wrong_key_is_401_and_not_echoed(peer: StripePeer) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        peer.client(key="sk_test_this_is_another_key").v1.events.list()
    assert caught.value.user_message == "Invalid API Key provided: sk_test_********_key"


@pytest.mark.parametrize("version", [None, "2017-08-15", "rubbish"])
def test_a_missing_or_other_api_version_is_refused(peer: StripePeer, version: str | None) -> None:
    headers = {"Authorization": f"Bearer {KEY}"} | ({"Stripe-Version": version} if version else {})
    assert raw_get(peer, "/v1/events", **headers).status_code == 400


def test_version_and_request_id_come_back(client: Any) -> None:
    headers = client.v1.events.list().last_response.headers
    assert headers["Stripe-Version"] == stripe.api_version
    assert headers["Request-Id"].startswith("req_")


def test_an_unknown_path_is_404(peer: StripePeer) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Stripe-Version": stripe.api_version}
    response = raw_get(peer, "/v1/subscriptions", **headers)
    assert response.status_code == 404
    assert response.json()["error"]["message"] == "Unrecognized request URL (GET: /v1/subscriptions)."


def test_a_json_body_is_refused(peer: StripePeer) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Stripe-Version": stripe.api_version}
    response = requests.post(f"{peer.url}/v1/refunds", json={"charge": "ch_1"}, headers=headers, timeout=5)
    assert response.status_code == 400


def test_a_new_session_has_the_cart_and_no_payment_intent(peer: StripePeer, client: Any) -> None:
    before = int(time.time())
    session = client.v1.checkout.sessions.create(session_params())
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency) == (3200, "cad")
    assert (session.client_reference_id, session.metadata["payment"]) == (REFERENCE, REFERENCE)
    assert session.url == f"{peer.url}/c/pay/{session.id}"
    assert session.expires_at - session.created == EXPIRE_MAX
    assert before <= session.created <= before + 5
    assert session.id.startswith("cs_test_")


PRICE = {"currency": "cad", "unit_amount": 100, "product_data": {"name": "x"}}
REFUSED = {
    "payment_method_types": ({"payment_method_types": ["card"]}, "payment_method_types", "parameter_unknown"),
    "misspelt": ({"sucess_url": "http://x.test"}, "sucess_url", "parameter_unknown"),
    "no mode": ({"mode": None}, "mode", "parameter_missing"),
    "bad mode": ({"mode": "paymint"}, "mode", None),
    "old ui_mode": ({"ui_mode": "hosted"}, "ui_mode", None),
    "bad locale": ({"locale": "fr_CA"}, "locale", None),
    "no success_url": ({"success_url": None}, "success_url", "parameter_missing"),
    "relative success_url": ({"success_url": "/return/"}, "success_url", "url_invalid"),
    "relative cancel_url": ({"cancel_url": "/cancel/"}, "cancel_url", "url_invalid"),
    "no lines": ({"line_items": None}, "line_items", "parameter_missing"),
    "101 lines": ({"line_items": [line_item("x", 100)] * 101}, "line_items", None),
    "lines not a list": ({"line_items": "x"}, "line_items", None),
    "price": ({"line_items": [{"price": "price_1", "quantity": 1}]}, "line_items[0][price]", "resource_missing"),
    "no price": ({"line_items": [{"quantity": 1}]}, "line_items[0][price_data]", "parameter_missing"),
    "no quantity": ({"line_items": [{"price_data": PRICE}]}, "line_items[0][quantity]", "parameter_missing"),
    "quantity 0": ({"line_items": [line_item("x", 100, 0)]}, "line_items[0][quantity]", "parameter_invalid_integer"),
    "float cents": (
        {"line_items": [line_item("x", 12.5)]},
        "line_items[0][price_data][unit_amount]",
        "parameter_invalid_integer",
    ),
    "whole float cents": (
        {"line_items": [line_item("x", 1250.0)]},
        "line_items[0][price_data][unit_amount]",
        "parameter_invalid_integer",
    ),
    "negative cents": (
        {"line_items": [line_item("x", -100)]},
        "line_items[0][price_data][unit_amount]",
        "parameter_invalid_integer",
    ),
    "no currency": (
        {"line_items": [{"quantity": 1, "price_data": {"unit_amount": 100, "product_data": {"name": "x"}}}]},
        "line_items[0][price_data][currency]",
        "parameter_missing",
    ),
    "capital currency": (
        {"line_items": [line_item("x", 100, currency="CAD")]},
        "line_items[0][price_data][currency]",
        None,
    ),
    "mixed currencies": ({"line_items": [line_item("x", 99), line_item("y", 99, currency="usd")]}, "line_items", None),
    "flat nesting": (
        {"line_items": [{"amount": 100, "quantity": 1}]},
        "line_items[0][amount]",
        "parameter_unknown",
    ),
    "no product name": (
        {"line_items": [{"quantity": 1, "price_data": PRICE | {"product_data": {"description": "x"}}}]},
        "line_items[0][price_data][product_data][name]",
        "parameter_missing",
    ),
    "49 cents": ({"line_items": [line_item("x", 49)]}, None, "amount_too_small"),
    "empty text": ({"client_reference_id": ""}, "client_reference_id", "parameter_invalid_empty"),
    "long reference": ({"client_reference_id": "x" * 201}, "client_reference_id", None),
    "bad e-mail": ({"customer_email": "nobody"}, "customer_email", "email_invalid"),
    "nested metadata": ({"metadata": {"a": {"b": "c"}}}, "metadata[a]", None),
    "long metadata": ({"metadata": {"a": "x" * 501}}, "metadata[a]", None),
    "long metadata key": ({"metadata": {"k" * 41: "x"}}, "metadata", None),
    "bad expand": ({"expand": ["client_reference_id"]}, "expand", None),
    "not modelled": ({"automatic_tax": {"enabled": True}}, "automatic_tax", None),
    "setup mode": ({"mode": "setup"}, "line_items", None),
}


@pytest.mark.parametrize(("changes", "param", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_session_is_refused(client: Any, changes: dict[str, Any], param: str, code: str | None) -> None:
    assert refuse(client.v1.checkout.sessions.create, session_params(**changes)) == invalid(param, code)
    assert client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize(("seconds", "accepted"), [(EXPIRE_MIN - 5, False), (EXPIRE_MAX + 5, False), (1860, True)])
def test_expires_at_must_lie_in_30_minutes_to_24_hours(client: Any, seconds: int, accepted: bool) -> None:
    params = session_params(expires_at=int(time.time()) + seconds)
    if accepted:
        assert client.v1.checkout.sessions.create(params).expires_at == params["expires_at"]
    else:
        assert refuse(client.v1.checkout.sessions.create, params) == invalid("expires_at")


def test_customer_and_customer_email_exclude_each_other(client: Any) -> None:
    customer = client.v1.customers.create({"email": "driver@example.test"})
    create = client.v1.checkout.sessions.create
    assert refuse(create, session_params(customer=customer.id)) == invalid("customer")
    assert create(session_params(customer=customer.id, customer_email=None)).customer == customer.id
    unknown = session_params(customer="cus_unknown", customer_email=None)
    assert refuse(create, unknown) == invalid("customer", "resource_missing")


def test_expire_works_once_and_only_while_open(client: Any) -> None:
    sessions = client.v1.checkout.sessions
    session = sessions.create(session_params())
    expired = sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert refuse(sessions.expire, session.id) == invalid(None)


def test_a_paid_session_cannot_be_expired(peer: StripePeer, client: Any) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    peer.pay(session.id)
    assert refuse(client.v1.checkout.sessions.expire, session.id) == invalid(None)


def test_the_expiry_clock_closes_a_session(peer: StripePeer, client: Any) -> None:
    params = session_params(expires_at=int(time.time()) + 1860)
    session = client.v1.checkout.sessions.create(params)
    peer.control("clock", seconds=1850)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    peer.control("clock", seconds=20)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert [event.type for event in client.v1.events.list().data] == ["checkout.session.expired"]
    with pytest.raises(AssertionError, match="session is expired"):
        peer.pay(session.id)
    assert peer.captured() == []


def test_missing_objects_are_404(client: Any) -> None:
    missing = {"status": 404, "code": "resource_missing"}
    retrieve = client.v1.checkout.sessions.retrieve
    assert refuse(retrieve, "cs_test_none") == missing | {"param": "session"}
    assert refuse(client.v1.payment_intents.retrieve, "pi_none") == missing | {"param": "intent"}
    assert refuse(client.v1.charges.retrieve, "ch_none") == missing | {"param": "id"}
    assert refuse(client.v1.refunds.retrieve, "re_none") == missing | {"param": "id"}
    assert refuse(client.v1.events.retrieve, "evt_none") == missing | {"param": "id"}


def test_expand_fills_ids_in_and_adds_lines(peer: StripePeer, client: Any) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    peer.pay(session.id)
    paths = ["payment_intent.latest_charge", "line_items"]
    full = client.v1.checkout.sessions.retrieve(session.id, {"expand": paths})
    intent = full.payment_intent
    assert (intent.amount_received, intent.metadata["payment"]) == (3200, REFERENCE)
    card = intent.latest_charge.payment_method_details.card
    assert (card.brand, card.last4) == ("visa", "4242")
    assert [(line.description, line.quantity, line.amount_total) for line in full.line_items.data] == [
        ("Permit", 1, 2500),
        ("Decal", 2, 700),
    ]
    plain = client.v1.checkout.sessions.retrieve(session.id)
    assert (plain.payment_intent, "line_items" in plain) == (intent.id, False)
    assert client.v1.payment_intents.retrieve(intent.id).latest_charge == intent.latest_charge.id
    assert client.v1.charges.retrieve(intent.latest_charge.id).amount_captured == 3200


def test_lists_are_paged_newest_first(client: Any) -> None:
    create, listing = client.v1.checkout.sessions.create, client.v1.checkout.sessions.list
    ids = [create(session_params()).id for _ in range(5)][::-1]
    first = listing({"limit": 2})
    assert ([row.id for row in first.data], first.has_more) == (ids[:2], True)
    last = listing({"limit": 2, "starting_after": ids[3]})
    assert ([row.id for row in last.data], last.has_more) == (ids[4:], False)
    back = listing({"limit": 2, "ending_before": ids[3]})
    assert ([row.id for row in back.data], back.has_more) == (ids[1:3], True)
    assert [row.id for row in listing({"limit": 2}).auto_paging_iter()] == ids
    assert [row.id for row in client.v1.checkout.sessions.line_items.list(ids[0], {"limit": 1}).data] != ids[:1]


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"limit": 0}, "limit", "parameter_invalid_integer"),
        ({"limit": 101}, "limit", "parameter_invalid_integer"),
        ({"starting_after": "cs_none"}, "starting_after", "resource_missing"),
        ({"starting_after": "a", "ending_before": "b"}, None, None),
        ({"status": "paid"}, "status", None),
    ],
)
def test_a_wrong_list_call_is_refused(client: Any, params: dict[str, Any], param: str | None, code: str | None) -> None:
    assert refuse(client.v1.checkout.sessions.list, params) == invalid(param, code)


def test_control_routes_refuse_unknown_keys_and_types(peer: StripePeer) -> None:
    for route, body in [("pay", {"card": "ok"}), ("webhooks", {"delai": 1}), ("webhooks", {"copies": "2"})]:
        response = requests.post(f"{peer.url}/_test/{route}", data=json.dumps(body), timeout=5)
        assert (route, response.status_code) == (route, 400)
