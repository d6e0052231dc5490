"""A card provider whose every answer a test chooses: no wire, only the contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from payments.errors import ProviderUnreachable
from payments.providers.base import (
    Attempt,
    DisputeOutcome,
    HostedPage,
    Notice,
    Offers,
    Outcome,
    Provider,
    RefundOrder,
    RefundOutcome,
    RefundResult,
)


@dataclass
class Books:
    """What the bank has: refunds by our reference, disputes by its own."""

    refunds: dict[str, RefundOutcome] = field(default_factory=dict)
    disputes: dict[str, DisputeOutcome] = field(default_factory=dict)
    asked: list[RefundOrder] = field(default_factory=list)
    answer: RefundResult = RefundResult.DONE
    silent: bool = False
    dies_after: bool = False

    def given(self) -> Decimal:
        """How much money left the bank."""
        went = [RefundResult.DONE, RefundResult.PENDING]
        return sum((row.amount for row in self.refunds.values() if row.result in went), start=Decimal(0))

    def becomes(self, reference: str, result: RefundResult, message: str = "") -> None:
        """The bank decides later."""
        old = self.refunds[reference]
        self.refunds[reference] = RefundOutcome(result, old.refund_ref, old.amount, old.currency, message)


BOOKS = Books()


class Bank(Provider):
    """Refunds are kept by our reference, so the same one again moves no money."""

    name = "bank"
    offers = Offers.REFUNDS | Offers.WEBHOOKS

    def start(self, attempt: Attempt) -> HostedPage:
        return HostedPage("https://bank.example.test/", f"page_{attempt.reference}", attempt.expires_at)

    def resolve(self, attempt: Attempt) -> Outcome:
        raise NotImplementedError

    def expire(self, attempt: Attempt) -> None:
        raise NotImplementedError

    def refund(self, order: RefundOrder) -> RefundOutcome:
        if BOOKS.silent:
            raise ProviderUnreachable("silence")
        BOOKS.asked.append(order)
        BOOKS.refunds.setdefault(
            order.reference, RefundOutcome(BOOKS.answer, f"re_{order.reference}", order.amount, order.currency)
        )
        if BOOKS.dies_after:
            raise ProviderUnreachable("the line broke after the money went")
        return BOOKS.refunds[order.reference]

    def resolve_refund(self, order: RefundOrder) -> RefundOutcome:
        if BOOKS.silent:
            raise ProviderUnreachable("silence")
        for reference, outcome in BOOKS.refunds.items():
            if order.refund_ref == outcome.refund_ref or (not order.refund_ref and order.reference == reference):
                return outcome
        return RefundOutcome(RefundResult.UNKNOWN, "", order.amount, order.currency)

    def resolve_dispute(self, dispute_ref: str) -> DisputeOutcome:
        return BOOKS.disputes[dispute_ref]

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        raise NotImplementedError
