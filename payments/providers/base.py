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


@dataclass(frozen=True)
class Outcome:
    """The provider's own word on an attempt; `reference`, `amount` and `currency` are as the provider has them."""

    result: Result
    provider_ref: str
    reference: str
    amount: Decimal
    currency: str
    message: str = ""


@dataclass(frozen=True)
class Notice:
    """A verified webhook: which event, about which attempt."""

    event_id: str
    kind: str
    provider_ref: str
    reference: str


class Provider(ABC):
    """Every call may raise ProviderUnreachable; none is made inside a transaction."""

    name: ClassVar[str]
    page_minutes: ClassVar[int] = 31

    @abstractmethod
    def start(self, attempt: Attempt) -> HostedPage:
        """Open a payment page; asked twice with one reference, it answers the same page."""

    @abstractmethod
    def resolve(self, attempt: Attempt) -> Outcome:
        """Ask the provider's server how the attempt stands. Nothing that a browser brought is believed."""

    @abstractmethod
    def expire(self, attempt: Attempt) -> None:
        """Close the payment page if it is still open; nothing happens if it is not."""

    @abstractmethod
    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """Verify the signature on the raw body. None for an event that is none of ours; BadSignature, ValueError."""
