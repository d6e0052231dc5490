"""A second opinion on signature handling: events signed by code that is not ours, checked by the official SDK."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import stripe

from .process import PeerProcess
from .receiver import Received, WebhookReceiver
from .sockets import LOOPBACK, listening_hosts

KEY = "sk_test_localstripe"
SECRET = "whsec_localstripe"
EVENT = "payment_intent.succeeded"


@pytest.fixture(scope="module")
def server() -> Iterator[PeerProcess]:
    with PeerProcess("tests.peers.localstripe_loopback") as process:
        yield process


@pytest.fixture(scope="module")
def delivery(server: PeerProcess) -> Iterator[tuple[Received, Any]]:
    """One webhook and the PaymentIntent that it tells of."""
    with WebhookReceiver() as receiver:
        hook = {"url": receiver.url, "secret": SECRET, "events": [EVENT]}
        assert requests.post(f"{server.url}/_config/webhooks/test", json=hook, timeout=5).status_code == 200
        client: Any = stripe.StripeClient(KEY, base_addresses={"api": server.url}, max_network_retries=0)
        card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
        method = client.v1.payment_methods.create({"type": "card", "card": card})
        intent = client.v1.payment_intents.create({"amount": 1234, "currency": "cad", "payment_method": method.id})
        client.v1.payment_intents.confirm(intent.id)
        yield receiver.wait_for(1)[0], intent


def test_localstripe_listens_on_loopback_only(server: PeerProcess) -> None:
    assert listening_hosts(server.url) == [LOOPBACK]


def test_localstripe_webhook_is_verified_by_the_official_sdk(delivery: tuple[Received, Any]) -> None:
    received, intent = delivery
    event = stripe.Webhook.construct_event(received.body, received.signature, SECRET)
    assert event.type == EVENT
    assert event["data"]["object"]["id"] == intent.id
    assert event["data"]["object"]["amount"] == 1234


def test_localstripe_webhook_with_another_secret_is_refused(delivery: tuple[Received, Any]) -> None:
    received, _ = delivery
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(received.body, received.signature, "whsec_other")


def test_localstripe_webhook_with_altered_body_is_refused(delivery: tuple[Received, Any]) -> None:
    received, _ = delivery
    altered = received.body.replace(b"1234", b"1235")
    assert altered != received.body
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(altered, received.signature, SECRET)
