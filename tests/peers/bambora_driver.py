"""Starts the Bambora peer for a test and works its switches."""

from typing import Any

import requests

from .process import PeerProcess

MERCHANT = "300200578"
HASH_KEY = "hash-key-of-the-peer"
PASSCODES = {"payments": "passcode-1", "profiles": "passcode-2", "reporting": "passcode-3"}
TIMEOUT_SECONDS = 15


class BamboraPeer(PeerProcess):
    """One process serves many tests, with ``reset()`` between them."""

    def __init__(self) -> None:
        options = {"merchant": MERCHANT, "hash-key": HASH_KEY} | PASSCODES
        super().__init__(
            "tests.peers.bambora_peer", *(part for name, value in options.items() for part in (f"--{name}", value))
        )

    def control(self, route: str, **body: Any) -> dict[str, Any]:
        """``POST /_test/<route>``."""
        response = requests.post(f"{self.url}/_test/{route}", json=body, timeout=TIMEOUT_SECONDS)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def reset(self) -> None:
        self.control("reset")

    def transactions(self) -> list[dict[str, Any]]:
        """Every transaction in order; see state.Transaction, with the amount as text."""
        rows: list[dict[str, Any]] = self.control("ledger")["transactions"]
        return rows

    def fill_in(self, url: str, number: str = "4030000010001234") -> requests.Response:
        """What a payer types on the hosted page."""
        form = {
            "trnCardOwner": "Test Payer",
            "trnCardNumber": number,
            "trnExpMonth": "02",
            "trnExpYear": "2044",
            "trnCardCvd": "123",
        }
        return requests.post(url, data=form, allow_redirects=False, timeout=TIMEOUT_SECONDS)
