"""The peer's own books, in memory. Amounts are Decimal, times are unix seconds on the peer's clock."""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.peers.stripe_peer.faults import Faults

PACIFIC = ZoneInfo("America/Vancouver")
MESSAGES = {
    1: "Approved",
    7: "DECLINE",
    15: "Customer code does not exist",
    16: "Duplicate",
    52: "Invalid card number",
    194: "Adjustment amount is over the limit",
    196: "This transaction cannot be adjusted",
    205: "Transaction cannot be voided any more",
    311: "3D Secure failed",
    788: "Duplicate order number",
    800: "Customer code does not exist",
    802: "Hash validation has expired",
}


@dataclass(frozen=True)
class Merchant:
    """One account. ``passcodes`` by part of the API: payments, profiles, reports."""

    number: str
    hash_key: str
    algorithm: str
    passcodes: dict[str, str]


@dataclass
class Card:
    """What is left of a card."""

    card_type: str
    last_four: str
    month: str
    year: str


@dataclass
class Transaction:
    """P purchase, PA pre-authorisation, PAC its completion, R return, VP void. ``parent`` is what is adjusted."""

    number: int
    kind: str
    order_number: str
    amount: Decimal
    message_id: int
    at: int
    card: Card
    parent: int = 0

    @property
    def approved(self) -> bool:
        return self.message_id == 1


@dataclass
class Peer:
    """Every transaction in order, and profiles, with what the bank will say of them, by customer code."""

    merchant: Merchant
    base_url: str = ""
    transactions: list[Transaction] = field(default_factory=list)
    profiles: dict[str, Card] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    clock_offset: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def now(self) -> int:
        return int(time.time()) + self.clock_offset

    def local(self, at: int | None = None) -> datetime:
        """Pacific time, without its zone."""
        return datetime.fromtimestamp(self.now() if at is None else at, PACIFIC).replace(tzinfo=None)

    def record(
        self, kind: str, order_number: str, amount: Decimal, message_id: int, card: Card, parent: int = 0
    ) -> Transaction:
        """Append to the books; nothing ever edits them."""
        number = 10000001 + len(self.transactions)
        transaction = Transaction(number, kind, order_number, amount, message_id, self.now(), card, parent)
        self.transactions.append(transaction)
        return transaction

    def find(self, number: str) -> Transaction | None:
        return next((row for row in self.transactions if str(row.number) == number), None)

    def by_order(self, order_number: str) -> Transaction | None:
        """The approved one of that order number, else the last that was tried."""
        rows = [row for row in self.transactions if row.order_number == order_number and row.kind != "VP"]
        return next((row for row in rows if row.approved), rows[-1] if rows else None)

    def taken(self, order_number: str) -> bool:
        """The merchant account wants unique order numbers: an approved one is not approved again."""
        found = self.by_order(order_number)
        return found is not None and found.approved

    def adjusted_by(self, transaction: Transaction) -> list[Transaction]:
        return [row for row in self.transactions if row.parent == transaction.number and row.approved]

    def left(self, transaction: Transaction) -> Decimal:
        """What can still be given back."""
        given = [row.amount for row in self.adjusted_by(transaction) if row.kind in ("R", "VP")]
        return transaction.amount - sum(given, Decimal(0))

    def reset(self) -> None:
        self.transactions.clear()
        self.profiles.clear()
        self.answers.clear()
        self.faults.clear()
        self.clock_offset = 0
