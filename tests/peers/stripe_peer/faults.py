"""Failures that a test asks for: the next matching API calls go wrong before or after doing their work."""

import threading
from dataclasses import dataclass, field

KINDS = ("timeout", "error", "reset", "html", "empty", "half")
BODIES = {"html": b"<!doctype html><title>Bad gateway</title>", "empty": b"", "half": b'{"id": "cs_te'}


@dataclass
class Fault:
    """``timeout`` sleeps ``seconds`` and then answers; ``error`` is HTTP 500; ``reset`` breaks the connection (TCP RST);
    ``html``, ``empty`` and ``half`` are 200 with a body that is no JSON, as a proxy on the way may send.

    ``after`` = the work was done first, which is what makes a careless client charge twice.
    """

    kind: str
    after: bool
    seconds: float = 0.0
    method: str = ""
    path: str = ""
    times: int = 1

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("", method) and path.startswith(self.path)


@dataclass
class Faults:
    """Waiting faults, oldest first."""

    waiting: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        with self.lock:
            self.waiting.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this call, used up by one."""
        with self.lock:
            for fault in self.waiting:
                if fault.matches(method, path):
                    fault.times -= 1
                    return fault
            return None

    def left(self) -> int:
        with self.lock:
            return sum(fault.times for fault in self.waiting)

    def clear(self) -> None:
        with self.lock:
            self.waiting.clear()
