"""What one running peer is made of."""

from dataclasses import dataclass, field

from .faults import Faults
from .idempotency import IdempotencyKeys
from .store import Store
from .webhooks import Sender


@dataclass
class Behaviour:
    """How payments go from now on."""

    async_payment: bool = False
    refund_status: str = "succeeded"


@dataclass
class Peer:
    """``base_url`` has no trailing slash, e.g. ``http://127.0.0.1:4242``."""

    secret_key: str
    sender: Sender
    base_url: str = ""
    store: Store = field(default_factory=Store)
    keys: IdempotencyKeys = field(default_factory=IdempotencyKeys)
    faults: Faults = field(default_factory=Faults)
    behaviour: Behaviour = field(default_factory=Behaviour)

    def reset(self) -> None:
        """Forget everything but where webhooks go, their secret and their delay."""
        with self.store.lock:
            self.store.clear()
            self.keys.clear()
            self.faults.clear()
            self.behaviour = Behaviour()
            self.sender.reset_switches()
            self.sender.clear()
