"""The single sign-on providers: on loopback only, and gone when they are told to go."""

import pytest
import requests

from .oidc_driver import OidcPeer
from .process import PeerProcess
from .sockets import LOOPBACK, listening_hosts


def listens_and_leaves(peer: PeerProcess) -> None:
    with peer:
        url = peer.url
        assert listening_hosts(url) == [LOOPBACK]
        assert peer.stop() == 0
    assert listening_hosts(url) == []
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=1)


def test_openid_connect_provider_listens_on_loopback_only_and_leaves() -> None:
    listens_and_leaves(OidcPeer())


def test_saml_provider_listens_on_loopback_only_and_leaves() -> None:
    pytest.importorskip("onelogin", reason="the SAML extra is not installed: bin/setup test installs it")
    from .saml_driver import SamlPeer

    listens_and_leaves(SamlPeer())
