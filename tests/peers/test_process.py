"""The launcher: starts, reports, stops."""

import os

import pytest
import requests

from .process import PeerError, PeerProcess
from .sockets import LOOPBACK, listening_hosts
from .stripe_driver import StripePeer


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
