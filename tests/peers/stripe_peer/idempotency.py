"""Idempotency-Key memory. https://docs.stripe.com/api/idempotent_requests"""

import hashlib
import json
import threading
from dataclasses import dataclass, field

from .errors import ApiError
from .form import Tree

MAX_KEY = 255


@dataclass(frozen=True)
class Answer:
    """A stored response; ``request_id`` is that of the first request."""

    status: int
    body: bytes
    request_id: str


@dataclass
class _Entry:
    path: str
    fingerprint: str
    answer: Answer | None = None


@dataclass
class IdempotencyKeys:
    """Keys of one account. Only a hash of the parameters is kept."""

    entries: dict[str, _Entry] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, key: str, path: str, params: Tree) -> Answer | None:
        """Reserve the key, or give back the stored answer; raises for a misused key or a request still running."""
        if len(key) > MAX_KEY:
            raise ApiError(f"Idempotency keys may be at most {MAX_KEY} characters long.", kind="idempotency_error")
        fingerprint = hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()
        with self.lock:
            entry = self.entries.get(key)
            if entry is None:
                self.entries[key] = _Entry(path, fingerprint)
                return None
            if entry.path != path:
                raise _other_use(key, f"for the same endpoint they were first used for ('{path}' vs '{entry.path}')")
            if entry.fingerprint != fingerprint:
                raise _other_use(key, "with the same parameters they were first used with")
            if entry.answer is None:
                raise ApiError(
                    f"There is currently another in-progress request using this Idempotent Key ({key}).",
                    status=409,
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                )
            return entry.answer

    def finish(self, key: str, answer: Answer) -> None:
        with self.lock:
            if key in self.entries:
                self.entries[key].answer = answer

    def forget(self, key: str) -> None:
        """The request never began its work, so the key stays free."""
        with self.lock:
            self.entries.pop(key, None)

    def clear(self) -> None:
        with self.lock:
            self.entries.clear()


def _other_use(key: str, rule: str) -> ApiError:
    return ApiError(
        f"Keys for idempotent requests can only be used {rule}. Try using a key other than '{key}' if you meant to "
        "execute a different request.",
        kind="idempotency_error",
    )
