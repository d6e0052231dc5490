"""Starts the Moneris peer for a test and works its switches."""

from typing import Any

from tests.peers.toolkit.driver import PeerDriver

STORE, TOKEN, CHECKOUT = "store1", "yesguy-secret", "chkt1ON1"


class MonerisPeer(PeerDriver):
    """Moneris, on loopback."""

    def __init__(self) -> None:
        super().__init__(
            "tests.peers.moneris_peer", "--store-id", STORE, "--api-token", TOKEN, "--checkout-id", CHECKOUT
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point a portal at it."""
        return {
            "MONERIS_STORE_ID": STORE,
            "MONERIS_API_TOKEN": TOKEN,
            "MONERIS_CHECKOUT_ID": CHECKOUT,
            "MONERIS_ENVIRONMENT": "qa",
            "MONERIS_CHECKOUT_HOST": self.url,
            "MONERIS_GATEWAY_HOST": self.url,
        }

    def pay(self, ticket: str, **options: Any) -> dict[str, Any]:
        """Pay a ticket without a browser."""
        return self.control("pay", ticket=ticket, **options)
