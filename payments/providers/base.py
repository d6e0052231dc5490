"""The contract of a card provider: frozen values in, frozen values out."""

import enum
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar


@dataclass(frozen=True)
class Line:
    """One line of the provider's page."""

    text: str
    amount: Decimal


@dataclass(frozen=True)
class Attempt:
    """What a provider is asked to collect. `reference` is ours: idempotency key, and what must come back."""

    reference: str
    amount: Decimal
    currency: str
    lines: tuple[Line, ...]
    email: str
    language: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    provider_ref: str = ""


@dataclass(frozen=True)
class HostedPage:
    """Where the payer goes, the provider's reference for it, and when it closes."""

    url: str
    provider_ref: str
    expires_at: datetime


class Result(enum.Enum):
    """How an attempt stands at the provider."""

    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    OPEN = "open"
    PENDING = "pending"


class Decline(enum.Enum):
    """Why a stored card was declined, as far as it matters: whether another try may help, or the person must come."""

    SOFT = "soft"
    HARD = "hard"
    AUTHENTICATE = "authenticate"


@dataclass(frozen=True)
class Outcome:
    """The provider's own word on an attempt; `reference`, `amount` and `currency` are as the provider has them.

    `charge_ref` is what a refund of it names, once it is paid.
    """

    result: Result
    provider_ref: str
    reference: str
    amount: Decimal
    currency: str
    message: str = ""
    charge_ref: str = ""
    decline: Decline | None = None


@dataclass(frozen=True)
class RefundOrder:
    """What a provider is asked to give back of one payment. `reference` is ours: idempotency key, and what must come back.
    `refund_ref` is the provider's, once it is known."""

    reference: str
    amount: Decimal
    currency: str
    payment: Attempt
    charge_ref: str
    paid_at: datetime
    refund_ref: str = ""


class RefundResult(enum.Enum):
    """How a refund stands at the provider."""

    DONE = "done"
    PENDING = "pending"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class RefundOutcome:
    """The provider's own word on a refund. UNKNOWN: it has none, so it may be asked for again with the same reference."""

    result: RefundResult
    refund_ref: str
    amount: Decimal
    currency: str
    message: str = ""


class DisputeResult(enum.Enum):
    """How a dispute stands at the provider."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True)
class DisputeOutcome:
    """The provider's own word on a dispute; `charge_ref` is the transaction that it is about."""

    result: DisputeResult
    dispute_ref: str
    charge_ref: str
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Card:
    """A card as the provider keeps it: never a number. `brand` in small letters, as "visa"; `series_ref` links what is
    charged to the first consent."""

    token: str
    customer_ref: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    series_ref: str = ""


@dataclass(frozen=True)
class Setup:
    """A card to be stored at the provider. `reference` is ours, as with an attempt."""

    reference: str
    customer_ref: str
    name: str
    email: str
    language: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    provider_ref: str = ""


@dataclass(frozen=True)
class SetupOutcome:
    """The provider's own word on storing a card; `card` is there once it is APPROVED."""

    result: Result
    provider_ref: str
    reference: str
    card: Card | None = None
    message: str = ""


@dataclass(frozen=True)
class StoredPayment:
    """What a provider is asked to collect from a stored card. `unattended`: the person is not there (a rollover)."""

    reference: str
    amount: Decimal
    currency: str
    card: Card
    description: str
    unattended: bool
    started_at: datetime
    provider_ref: str = ""


@dataclass(frozen=True)
class Movement:
    """Money that moved, as the provider has it: a payment (positive) or a refund (negative).

    `provider_ref` is the `charge_ref` of a payment, the `refund_ref` of a refund (positive again where it failed later), or
    the provider's name of a dispute; `reference` is ours, empty for what we did not ask for.
    """

    provider_ref: str
    reference: str
    amount: Decimal
    currency: str
    at: datetime


class Subject(enum.Enum):
    """What a webhook is about."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    CARD = "card"


@dataclass(frozen=True)
class Notice:
    """A verified webhook: which event, about what. `provider_ref` and `reference` name the payment (for REFUND the refund,
    for DISPUTE the dispute, for CARD the card's token and, when it was just stored, our setup); `charge_ref` is the
    transaction that a refund or dispute is about. A refund without a reference was made at the provider."""

    event_id: str
    kind: str
    provider_ref: str
    reference: str
    subject: Subject = Subject.PAYMENT
    charge_ref: str = ""


class Offers(enum.Flag):
    """What a provider can do beside taking a payment. CLOSING: a page that is open can be closed there before its time.
    LATE_FAILURES: it tells of a refund that comes back after it was done. LOOK_BACK: it lists no movements, but can be asked
    what went back of one payment."""

    NOTHING = 0
    WEBHOOKS = enum.auto()
    REFUNDS = enum.auto()
    STORED_CARDS = enum.auto()
    MOVEMENTS = enum.auto()
    CLOSING = enum.auto()
    LATE_FAILURES = enum.auto()
    LOOK_BACK = enum.auto()


class Provider(ABC):
    """Every call may raise ProviderUnreachable; none is made inside a transaction. What a provider does not offer raises
    NotImplementedError; `offers` says so before."""

    name: ClassVar[str]
    page_minutes: ClassVar[int] = 31
    offers: ClassVar[Offers] = Offers.NOTHING

    @abstractmethod
    def start(self, attempt: Attempt) -> HostedPage:
        """Open a payment page; asked twice with one reference, it answers the same page."""

    @abstractmethod
    def resolve(self, attempt: Attempt) -> Outcome:
        """Ask the provider's server how the attempt stands. Nothing that a browser brought is believed."""

    @abstractmethod
    def expire(self, attempt: Attempt) -> None:
        """Close the payment page if it is still open; nothing happens if it is not, or where there is no CLOSING."""

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Give money back; asked twice with one reference, it is given back once. A refusal is FAILED with its reason."""
        raise NotImplementedError

    def resolve_refund(self, order: RefundOrder) -> RefundOutcome:
        """Ask the provider how a refund stands; UNKNOWN if it has never heard of it."""
        raise NotImplementedError

    def look_back(self, order: RefundOrder) -> list[RefundOutcome]:
        """What went back of a payment, whoever gave it back; `order.amount` is what is left of it in our books. Where the
        provider does not say how much it was, its result is UNKNOWN."""
        raise NotImplementedError

    def resolve_dispute(self, dispute_ref: str) -> DisputeOutcome:
        """Ask the provider how a dispute stands, of which its webhook told us."""
        raise NotImplementedError

    def start_setup(self, setup: Setup) -> HostedPage:
        """Open the page on which a card is stored; asked twice with one reference, it answers the same page."""
        raise NotImplementedError

    def resolve_setup(self, setup: Setup) -> SetupOutcome:
        """Ask the provider whether the card is stored."""
        raise NotImplementedError

    def charge_stored(self, payment: StoredPayment) -> Outcome:
        """Collect from a stored card; asked twice with one reference, it is collected once. A refusal is DECLINED, with
        `decline` saying whether to try again. ProviderUnreachable: nobody knows; ask `resolve_stored` before anything else."""
        raise NotImplementedError

    def resolve_stored(self, payment: StoredPayment) -> Outcome:
        """Ask the provider how that stands; EXPIRED if it has never heard of it, so nothing was or will be collected."""
        raise NotImplementedError

    def read_card(self, card: Card) -> Card | None:
        """The card as the provider keeps it now (banks send new expiry dates); None if it is not there any more."""
        raise NotImplementedError

    def remove_card(self, card: Card) -> None:
        """Forget the card at the provider; one that is not there is forgotten already."""
        raise NotImplementedError

    def movements(self, start: datetime, end: datetime) -> list[Movement]:
        """Money that moved from `start` until before `end`."""
        raise NotImplementedError

    @abstractmethod
    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """Verify the signature on the raw body. None for an event that is none of ours; BadSignature, ValueError."""
