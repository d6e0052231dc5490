"""What a provider knows outlives its API: the books in a file, from one process to the next."""

import pickle
import threading
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from .messages import HttpRequest, HttpResponse
from .state import Peer

WAIT_SECONDS = 4.0


class Door:
    """Lets requests in until it is closed. Closing waits for those inside, so that the books have all of their work."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer
        self.inside = 0
        self.closed = False
        self.changed = threading.Condition()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with self.changed:
            if self.closed:
                return HttpResponse(503, reset=True)
            self.inside += 1
        try:
            return self.answer(request)
        finally:
            with self.changed:
                self.inside -= 1
                self.changed.notify_all()

    def close(self) -> None:
        """Nobody comes in any more."""
        with self.changed:
            self.closed = True
            self.changed.wait_for(lambda: not self.inside, WAIT_SECONDS)


def save_books(peer: Peer, path: Path) -> None:
    """Objects, ledger, idempotency keys, and where webhooks go with those that still wait."""
    with peer.store.lock, peer.keys.lock:
        kept = {field.name: getattr(peer.store, field.name) for field in fields(peer.store) if field.name != "lock"}
        path.write_bytes(pickle.dumps((kept, peer.keys.entries, peer.sender.switches, peer.sender.waiting())))


def load_books(peer: Peer, path: Path) -> None:
    """As they were saved; nothing where they never were."""
    if not path.exists():
        return
    kept, peer.keys.entries, switches, waiting = pickle.loads(path.read_bytes())
    for name, value in kept.items():
        setattr(peer.store, name, value)
    peer.sender.switches = switches
    for job in waiting:
        peer.sender.send_now(job)
