"""Starts such a peer for a test and works its switches."""

from typing import Any

import requests

from tests.peers.process import PeerProcess

TIMEOUT_SECONDS = 15


class PeerDriver(PeerProcess):
    """One process serves many tests, with `reset()` between them."""

    def control(self, route: str, *, wait_seconds: float = TIMEOUT_SECONDS, **body: Any) -> dict[str, Any]:
        """`POST /_test/<route>`; raises AssertionError with the peer's words if it refuses."""
        response = requests.post(f"{self.url}/_test/{route}", json=body, timeout=wait_seconds)
        answer: dict[str, Any] = response.json()
        if response.status_code != 200:
            raise AssertionError(f"/_test/{route}: {answer['error']}")
        return answer

    def reset(self) -> None:
        """As at the start."""
        self.control("reset")

    def movements(self, order: str = "") -> list[tuple[str, int]]:
        """(kind, cents) of every time that money moved, or moved for that order, the oldest first."""
        rows = self._read("ledger")["movements"]
        return [(row["kind"], row["amount"]) for row in rows if order in ("", row["order"])]

    def faults_left(self) -> int:
        """Failures asked for by `fail_next` that no call has met yet."""
        left: int = self._read("faults")["waiting"]
        return left

    def _read(self, route: str) -> dict[str, Any]:
        response = requests.get(f"{self.url}/_test/{route}", timeout=TIMEOUT_SECONDS)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer
