"""One Stripe peer process and one webhook endpoint for all tests of this folder, wiped before each test."""

from collections.abc import Iterator
from typing import Any

import pytest

from .receiver import WebhookReceiver
from .stripe_driver import StripePeer


@pytest.fixture(scope="session")
def running_peer() -> Iterator[tuple[StripePeer, WebhookReceiver]]:
    with WebhookReceiver() as receiver, StripePeer(webhook_url=receiver.url) as peer:
        yield peer, receiver


@pytest.fixture
def peer(running_peer: tuple[StripePeer, WebhookReceiver]) -> StripePeer:
    """The peer in its first state."""
    peer, receiver = running_peer
    peer.control("webhooks", retry_delays=[0.02, 0.05], url=receiver.url, secret=peer.webhook_secret, delay=0.0)
    peer.reset()
    peer.drain()
    receiver.clear()
    return peer


@pytest.fixture
def receiver(peer: StripePeer, running_peer: tuple[StripePeer, WebhookReceiver]) -> WebhookReceiver:
    """The endpoint that the peer's webhooks go to."""
    return running_peer[1]


@pytest.fixture
def client(peer: StripePeer) -> Any:
    """The official SDK without retries."""
    return peer.client()
