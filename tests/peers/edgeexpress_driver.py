"""Starts the EdgeExpress peer for a test and works its switches."""

from typing import Any

from tests.peers.toolkit.driver import PeerDriver

XWEBID, TERMINAL, KEY = "800000001234", "80022706", "edge-secret-key"


class EdgeExpressPeer(PeerDriver):
    """EdgeExpress, on loopback."""

    def __init__(self) -> None:
        super().__init__("tests.peers.edgeexpress_peer", "--xwebid", XWEBID, "--terminal", TERMINAL, "--auth-key", KEY)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point a portal at it."""
        return {
            "EDGEEXPRESS_XWEBID": XWEBID,
            "EDGEEXPRESS_XWEBTERMINALID": TERMINAL,
            "EDGEEXPRESS_XWEBAUTHKEY": KEY,
            "EDGEEXPRESS_HOST": self.url,
        }

    def pay(self, token: str, **options: Any) -> dict[str, Any]:
        """Pay a page without a browser."""
        return self.control("pay", token=token, **options)
