"""What Moneris keeps: tickets, transactions and the vault. Amounts are integer cents."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from tests.peers.stripe_peer.cards import Card
from tests.peers.toolkit.books import Books, NextDecline

AMOUNT = re.compile(r"\d{1,7}\.\d\d")
LETTERS = {"visa": "V", "mastercard": "M", "amex": "AX"}
APPROVED = NextDecline("027", "00", "APPROVED           *                    =")


def cents(text: object) -> int | None:
    """Cents of `12.34`; none for anything else."""
    return int(text.replace(".", "")) if isinstance(text, str) and AMOUNT.fullmatch(text) else None


def dollars(amount: int) -> str:
    """As Moneris writes amounts."""
    return f"{amount // 100}.{amount % 100:02d}"


@dataclass
class Ticket:
    """One preloaded checkout. It is shown once, and finished once."""

    id: str
    order: str
    amount: int
    customer: str
    language: str
    expires_at: int
    shown: bool = False
    receipt: dict[str, Any] | None = None


@dataclass
class VaultCard:
    """All that the vault tells of a card: six and four digits, the letter of its brand, MMYY."""

    key: str
    masked: str
    brand: str
    expiry: str
    issuer_id: str
    says: NextDecline | None = None


@dataclass
class Transaction:
    """What the host was sent. `kind` is purchase, verification, refund or purchasecorrection."""

    kind: str
    order: str
    number: str
    amount: int
    code: str
    iso: str
    message: str
    batch: int
    card: VaultCard
    refunded: int = 0
    corrected: bool = False

    @property
    def approved(self) -> bool:
        """Below 50."""
        return int(self.code) < 50


@dataclass
class Store(Books):
    """Everything, in memory. `ticket_seconds` is how long a ticket lives."""

    tickets: dict[str, Ticket] = field(default_factory=dict)
    transactions: list[Transaction] = field(default_factory=list)
    vault: dict[str, VaultCard] = field(default_factory=dict)
    batch: int = 1
    ticket_seconds: int = 1800

    def clear(self) -> None:
        """As at the start."""
        super().clear()
        self.tickets.clear()
        self.transactions.clear()
        self.vault.clear()
        self.batch, self.ticket_seconds = 1, 1800

    def bought(self, order: str) -> Transaction | None:
        """What that order number was used for; it may be used once, for a purchase that was declined, too."""
        for row in self.transactions:
            if row.order == order and row.kind in ("purchase", "verification"):
                return row
        return None

    def add(self, kind: str, order: str, amount: int, card: VaultCard, said: NextDecline) -> Transaction:
        """Send one to the host, and move the money if it says yes."""
        number = f"{len(self.transactions) + 1}-0_{secrets.randbelow(900) + 100}"
        row = Transaction(kind, order, number, amount, said.code, said.iso, said.message, self.batch, card)
        self.transactions.append(row)
        moved = {"purchase": "purchase", "refund": "refund", "purchasecorrection": "void"}.get(kind)
        if row.approved and moved:
            self.move(moved, amount, order, number)
        return row

    def keep(self, card: Card) -> VaultCard:
        """A card as a transaction or the vault knows it. Only the last four digits got this far."""
        return VaultCard(
            key=secrets.token_urlsafe(18)[:25],
            masked=f"424242***{card.last4}" if card.brand == "visa" else f"545454***{card.last4}",
            brand=LETTERS.get(card.brand, "V"),
            expiry=f"{card.exp_month:02d}{card.exp_year % 100:02d}",
            issuer_id=f"9{secrets.randbelow(10**14):014d}",
        )
