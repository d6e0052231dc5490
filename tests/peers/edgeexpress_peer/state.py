"""What EdgeExpress keeps: sessions of its page, orders, aliases. Amounts are integer cents."""

import re
import secrets
from dataclasses import dataclass, field

from tests.peers.stripe_peer.cards import Card
from tests.peers.toolkit.books import Books, NextDecline

AMOUNT = re.compile(r"\d{1,5}\.\d\d")
PAGE_SECONDS = 600
GOOD = NextDecline("0", "00", "Approval")


def cents(text: str) -> int | None:
    """Cents of `12.34`, from 0.01 to 99999.99; none for anything else."""
    amount = int(text.replace(".", "")) if AMOUNT.fullmatch(text) else 0
    return amount or None


def dollars(amount: int) -> str:
    """As EdgeExpress writes amounts."""
    return f"{amount // 100}.{amount % 100:02d}"


@dataclass
class Session:
    """One hosted page. An amount of none stores a card alone."""

    token: str
    kind: str
    order: str
    amount: int | None
    return_url: str
    ends_at: int


@dataclass
class Alias:
    """A stored card."""

    alias: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    says: NextDecline | None = None


@dataclass
class Order:
    """What an order number was used for, and how it ended."""

    order: str
    kind: str
    code: str
    description: str
    bank: str
    transaction: str
    amount: int
    approved: int
    alias: Alias | None = None
    batch: int = 1
    returned: int = 0
    voided: bool = False

    @property
    def state(self) -> str:
        """Open client code names the field STATE, and none of its values: these words are ours."""
        return "VOIDED" if self.voided else "RETURNED" if self.returned else "APPROVED" if self.approved else "DECLINED"


@dataclass
class Store(Books):
    """Everything, in memory. `partial` is how many cents the next sale approves at most."""

    sessions: dict[str, Session] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    batch: int = 1
    partial: int = 0

    def clear(self) -> None:
        """As at the start."""
        super().clear()
        self.sessions.clear()
        self.orders.clear()
        self.aliases.clear()
        self.batch, self.partial = 1, 0

    def sell(self, order: str, kind: str, amount: int, alias: Alias | None, said: NextDecline) -> Order:
        """One sale, at the bank. ValueError if the order number was used before."""
        approved = min(amount, self.partial or amount)
        self.partial = 0
        if said.code == "0" and approved < amount:
            said = NextDecline("7", "10", "Partial Approval")
        row = self._note(order, kind, said, amount, approved if said.code in ("0", "7") else 0, alias)
        if row.approved:
            self.move("purchase", row.approved, order, row.transaction)
        return row

    def keep(self, order: str, card: Card) -> Order:
        """A card is stored, or the bank says no to it."""
        said = self.next_decline()
        if said is not None:
            return self._note(order, "ALIASCREATE", said, 0, 0, None)
        alias = Alias(secrets.token_hex(10), card.brand, card.last4, card.exp_month, card.exp_year)
        self.aliases[alias.alias] = alias
        return self._note(order, "ALIASCREATE", NextDecline("5", "", "Alias Success"), 0, 0, alias)

    def give_back(self, order: str, sale: Order, amount: int, kind: str) -> Order:
        """A return, or a void of all of it."""
        row = self._note(order, kind, GOOD, amount, amount, sale.alias)
        self.move("void" if kind == "CREDITVOID" else "refund", amount, sale.order, row.transaction)
        return row

    def by_transaction(self, transaction: str) -> Order | None:
        """The sale with that number."""
        for row in self.orders.values():
            if row.transaction == transaction and row.kind == "CREDITSALE" and row.approved:
                return row
        return None

    def _note(self, order: str, kind: str, said: NextDecline, amount: int, approved: int, alias: Alias | None) -> Order:
        if order in self.orders:
            raise ValueError("Duplicate ORDERID")
        number = f"{900000000 + len(self.orders)}{secrets.randbelow(900) + 100}"
        row = Order(order, kind, said.code, said.message, said.iso, number, amount, approved, alias, self.batch)
        self.orders[order] = row
        return row
