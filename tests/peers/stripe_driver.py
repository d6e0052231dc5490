"""Starts the Stripe peer for a test and works its switches."""

from typing import Any

import requests
import stripe

from .process import PeerProcess

KEY = "sk_test_peer"
SECRET = "whsec_peer"
TIMEOUT_SECONDS = 15


class StripePeer(PeerProcess):
    """``with StripePeer(webhook_url=…) as peer:``; one process serves many tests, with ``reset()`` between them."""

    def __init__(self, *, webhook_url: str = "", delay: float = 0.0, port: int = 0, books: str = "") -> None:
        """``delay`` in seconds between an event and its delivery. With a port and a file for its books it can be stopped and
        started again, and knows what it knew."""
        self.key = KEY
        self.webhook_secret = SECRET
        super().__init__(
            "tests.peers.stripe_peer",
            *("--secret-key", KEY, "--webhook-secret", SECRET),
            *("--webhook-url", webhook_url, "--delay", str(delay), "--port", str(port), "--books", books),
        )

    def client(self, *, retries: int = 0, key: str = KEY) -> Any:
        """The official SDK pointed at the peer. Untyped, so that tests can send what the types forbid."""
        version = stripe.api_version
        return stripe.StripeClient(
            key, base_addresses={"api": self.url}, stripe_version=version, max_network_retries=retries
        )

    def control(self, route: str, **body: Any) -> dict[str, Any]:
        """``POST /_test/<route>``; raises AssertionError with the peer's words if it refuses."""
        response = requests.post(f"{self.url}/_test/{route}", json=body, timeout=TIMEOUT_SECONDS)
        answer: dict[str, Any] = response.json()
        if response.status_code != 200:
            raise AssertionError(f"/_test/{route}: {answer['error']}")
        return answer

    def pay(self, session: str, card: str = "ok", **options: Any) -> dict[str, Any]:
        """Pay a session without a browser."""
        return self.control("pay", session=session, card=card, **options)

    def reset(self) -> None:
        self.control("reset")

    def drain(self) -> None:
        """Wait until every webhook, retries included, is out."""
        if not self.control("drain")["idle"]:
            raise AssertionError("webhooks still under way after 5 s")

    def deliveries(self) -> list[dict[str, Any]]:
        """Every delivery attempt: event, type, attempt (from 1), status (None = unreachable), ok."""
        rows: list[dict[str, Any]] = self._read("deliveries")["deliveries"]
        return rows

    def faults_left(self) -> int:
        """Failures asked for by ``fail_next`` that no call has met yet."""
        left: int = self._read("faults")["waiting"]
        return left

    def newest(self, kind: str) -> str:
        """The id of the object of that kind that was made last."""
        newest: str = self.control("newest", kind=kind)["id"]
        return newest

    def ledger(self) -> dict[str, Any]:
        """How often money moved; see Store.ledger."""
        return self._read("ledger")

    def captured(self) -> list[int]:
        """Amounts captured so far, in minor units."""
        return [row["amount"] for row in self.ledger()["captures"]]

    def _read(self, route: str) -> dict[str, Any]:
        response = requests.get(f"{self.url}/_test/{route}", timeout=TIMEOUT_SECONDS)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer
