"""The state that every such peer has: its clock, its ledger of money that moved, what goes wrong next."""

import threading
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.peers.stripe_peer.faults import Faults


@dataclass(frozen=True)
class Movement:
    """Money that moved. `kind` is purchase, refund or void; `amount` is positive cents; `order` is the merchant's."""

    kind: str
    amount: int
    order: str
    transaction: str
    at: int


@dataclass(frozen=True)
class NextDecline:
    """What the bank says instead of yes."""

    code: str
    iso: str
    message: str


@dataclass
class Books:
    """Callers hold `lock` while they read or change."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    faults: Faults = field(default_factory=Faults)
    movements: list[Movement] = field(default_factory=list)
    declines: list[NextDecline] = field(default_factory=list)
    clock_offset: int = 0

    def now(self) -> int:
        """Unix seconds on the peer's own clock, which a switch can move forward."""
        return int(time.time()) + self.clock_offset

    def move(self, kind: str, amount: int, order: str, transaction: str) -> None:
        """Write down that money moved."""
        self.movements.append(Movement(kind, amount, order, transaction, self.now()))

    def ledger(self) -> dict[str, Any]:
        """Every movement, the oldest first."""
        return {"movements": [asdict(movement) for movement in self.movements]}

    def next_decline(self) -> NextDecline | None:
        """What the bank says to the next try, if a test has asked for something."""
        return self.declines.pop(0) if self.declines else None

    def clear(self) -> None:
        """As at the start."""
        self.faults.clear()
        self.movements.clear()
        self.declines.clear()
        self.clock_offset = 0
