"""State of the peer, in memory only. Objects are plain JSON dicts in Stripe's shape; amounts are integer minor units."""

import secrets
import string
import threading
import time
from dataclasses import asdict, dataclass, field

from .cards import Outcome
from .errors import JsonObject, no_such

TYPES = {"capture": "charge", "refund": "refund", "refund_reversed": "refund_failure"}
ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """An opaque id such as ``pi_…``."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length))


@dataclass(frozen=True)
class Movement:
    """Money that moved: ``kind`` is capture, refund or refund_reversed; ``amount`` is positive minor units."""

    kind: str
    amount: int
    currency: str
    client_reference_id: str | None
    session: str | None
    payment_intent: str
    charge: str
    refund: str | None
    metadata: dict[str, str]
    at: int


@dataclass
class Store:
    """Every object by kind and id, in order of creation. Callers hold ``lock`` while they read or change.

    ``line_items`` and ``payment_intent_data`` go by session id; ``outcomes`` (what the issuer will say of the last card
    tried) by PaymentIntent or SetupIntent id; ``cards`` (what it will say of a stored one) by PaymentMethod id.
    """

    lock: threading.RLock = field(default_factory=threading.RLock)
    tables: dict[str, dict[str, JsonObject]] = field(default_factory=dict)
    line_items: dict[str, list[JsonObject]] = field(default_factory=dict)
    payment_intent_data: dict[str, JsonObject] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    cards: dict[str, Outcome] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    clock_offset: int = 0

    def now(self) -> int:
        """Unix seconds on the peer's own clock, which a control route can move forward."""
        return int(time.time()) + self.clock_offset

    def add(self, obj: JsonObject) -> JsonObject:
        self.tables.setdefault(obj["object"], {})[obj["id"]] = obj
        return obj

    def find(self, kind: str, identifier: str) -> JsonObject | None:
        return self.tables.get(kind, {}).get(identifier)

    def get(self, kind: str, identifier: str, *, param: str = "id", status: int = 404) -> JsonObject:
        """Raises Stripe's ``resource_missing``."""
        found = self.find(kind, identifier)
        if found is None:
            raise no_such(kind, identifier, param=param, status=status)
        return found

    def newest_first(self, kind: str) -> list[JsonObject]:
        return list(reversed(self.tables.get(kind, {}).values()))

    def session_of(self, payment_intent: str) -> JsonObject | None:
        """The Checkout Session that made a PaymentIntent."""
        for session in self.tables.get("checkout.session", {}).values():
            if session["payment_intent"] == payment_intent:
                return session
        return None

    def record_movement(self, kind: str, amount: int, charge: JsonObject, refund: str | None = None) -> None:
        """Append to the ledger, and a balance transaction; nothing ever edits either."""
        session = self.session_of(charge["payment_intent"]) or {}
        self.movements.append(
            Movement(
                kind=kind,
                amount=amount,
                currency=charge["currency"],
                client_reference_id=session.get("client_reference_id"),
                session=session.get("id"),
                payment_intent=charge["payment_intent"],
                charge=charge["id"],
                refund=refund,
                metadata=dict(charge["metadata"]),
                at=self.now(),
            )
        )
        source = self.get("refund", refund) if refund else charge
        self.record_transaction(TYPES[kind], amount if kind != "refund" else -amount, source)

    def record_transaction(self, kind: str, amount: int, source: JsonObject) -> None:
        """https://docs.stripe.com/api/balance_transactions: signed minor units, fees left out."""
        transaction = {
            "id": new_id("txn_"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": self.now(),
            "created": self.now(),
            "currency": source["currency"],
            "description": None,
            "exchange_rate": None,
            "fee": 0,
            "fee_details": [],
            "net": amount,
            "source": source["id"],
            "status": "available",
            "type": kind,
        }
        source["balance_transaction"] = self.add(transaction)["id"]

    def ledger(self) -> JsonObject:
        """How often money moved: ``captures`` and ``refunds`` in order, and amounts per client_reference_id ("" if none)."""
        by_reference: dict[str, dict[str, list[int]]] = {}
        for movement in self.movements:
            entry = by_reference.setdefault(
                movement.client_reference_id or "", {"captured": [], "refunded": [], "refund_reversed": []}
            )
            name = {"capture": "captured", "refund": "refunded"}.get(movement.kind, movement.kind)
            entry[name].append(movement.amount)
        rows = [asdict(movement) for movement in self.movements]
        return {
            "captures": [row for row in rows if row["kind"] == "capture"],
            "refunds": [row for row in rows if row["kind"] == "refund"],
            "refunds_reversed": [row for row in rows if row["kind"] == "refund_reversed"],
            "by_reference": by_reference,
        }

    def clear(self) -> None:
        self.tables.clear()
        self.line_items.clear()
        self.payment_intent_data.clear()
        self.outcomes.clear()
        self.cards.clear()
        self.movements.clear()
        self.clock_offset = 0
