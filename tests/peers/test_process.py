"""The launcher: starts, reports, stops."""

import os
from pathlib import Path

import pytest
import requests

from tests.journeys.stack import free_port

from .process import PeerError, PeerProcess
from .sockets import LOOPBACK, listening_hosts
from .stripe_driver import SECRET, StripePeer
from .stripe_samples import session_params


def test_a_peer_listens_on_loopback_only_and_leaves_cleanly_on_sigterm() -> None:
    with StripePeer() as peer:
        url = peer.url
        assert listening_hosts(url) == [LOOPBACK]
        assert peer.stop() == 0
    assert listening_hosts(url) == []
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/_test/ledger", timeout=1)


def test_a_peer_that_cannot_start_shows_its_stderr() -> None:
    with pytest.raises(PeerError, match=r"exit code 2(?s:.*)--secret-key"):
        PeerProcess("tests.peers.stripe_peer").start()


def test_a_peer_that_dies_is_reported_at_the_end() -> None:
    peer = StripePeer().start()
    os.kill(peer.pid, 9)
    with pytest.raises(PeerError, match="ended with exit code -9"):
        peer.stop()


def test_what_the_peer_knows_outlives_its_stop(tmp_path: Path) -> None:
    """Objects, money, idempotency keys and where webhooks go, on the same port."""
    peer = StripePeer(port=free_port(), books=str(tmp_path / "books"))
    with peer:
        session = peer.client().v1.checkout.sessions.create(session_params(), options={"idempotency_key": "k"})
        intent = peer.pay(session.id)["payment_intent"]
        peer.control("webhooks", url="http://127.0.0.1:9/hook", secret=SECRET)
        url = peer.url
    with pytest.raises(requests.ConnectionError):
        peer.ledger()
    with peer:
        again = peer.client().v1.checkout.sessions.create(session_params(), options={"idempotency_key": "k"})
        assert (peer.url, again.id) == (url, session.id)
        assert [(row["payment_intent"], row["amount"]) for row in peer.ledger()["captures"]] == [(intent, 3200)]
        assert peer.control("webhooks")["url"] == "http://127.0.0.1:9/hook"
