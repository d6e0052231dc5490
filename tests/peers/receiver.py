"""A tiny webhook endpoint for tests: keeps every request, answers what it is told."""

import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Received:
    """One delivery: the raw body as signed, and its ``Stripe-Signature`` header."""

    body: bytes
    signature: str


class WebhookReceiver:
    """Context manager; ``url`` is where to send. ``answers`` are statuses used up first, afterwards 200.

    ``pause`` in seconds is how long each answer takes; ``most_at_once`` is how many requests were ever open together.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[int] = []
        self.pause = 0.0
        self.open = self.most_at_once = 0
        self.arrived = threading.Condition()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int, timeout: float = 5.0) -> list[Received]:
        """All deliveries once there are at least ``count``; fails after ``timeout`` seconds."""
        with self.arrived:
            if not self.arrived.wait_for(lambda: len(self.received) >= count, timeout):
                raise AssertionError(f"{len(self.received)} of {count} webhooks arrived")
            return list(self.received)

    def clear(self) -> None:
        with self.arrived:
            self.received.clear()
            self.answers.clear()
            self.pause, self.most_at_once = 0.0, 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, owner: WebhookReceiver) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        owner = self.server.owner
        with owner.arrived:
            owner.received.append(Received(body, self.headers.get("Stripe-Signature", "")))
            status = owner.answers.pop(0) if owner.answers else 200
            owner.open += 1
            owner.most_at_once = max(owner.most_at_once, owner.open)
            owner.arrived.notify_all()
        time.sleep(owner.pause)
        with owner.arrived:
            owner.open -= 1
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silence."""
