"""A provider that keeps cards, in this process: it knows the contract and nothing of our rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from payments.errors import ProviderUnreachable
from payments.providers.base import (
    Attempt,
    Card,
    Decline,
    HostedPage,
    Notice,
    Offers,
    Outcome,
    Provider,
    Result,
    Setup,
    SetupOutcome,
    StoredPayment,
)

VISA = Card("tok_visa", "cus_1", "Visa", "4242", 12, 2031, "series_1")


@dataclass
class Machine:
    """What the provider has on its own side, and how it behaves today. `times_charged` counts real money."""

    setups: dict[str, SetupOutcome] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    charges: dict[str, Outcome] = field(default_factory=dict)
    declines: dict[str, Decline] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    silent: bool = False
    charges_then_dies: bool = False
    on_charge: Callable[[], None] = lambda: None

    def finish(self, reference: str, card: Card = VISA) -> None:
        """The person gives a card on the page."""
        self.cards[card.token] = card
        self.setups[reference] = replace(self.setups[reference], result=Result.APPROVED, card=card)

    def end(self, reference: str, result: Result, message: str = "") -> None:
        """The page ends in another way."""
        self.setups[reference] = replace(self.setups[reference], result=result, message=message)

    @property
    def money(self) -> Decimal:
        """What was really collected."""
        return sum(
            (charge.amount for charge in self.charges.values() if charge.result is Result.APPROVED), start=Decimal(0)
        )


class VaultProvider(Provider):
    """The contract over one machine that the test can look into."""

    name = "vault"
    offers = Offers.STORED_CARDS
    machine: ClassVar[Machine] = Machine()

    def _answer(self, what: str) -> None:
        self.machine.asked.append(what)
        if self.machine.silent:
            raise ProviderUnreachable("silent")

    def start(self, attempt: Attempt) -> HostedPage:
        raise NotImplementedError

    def resolve(self, attempt: Attempt) -> Outcome:
        raise NotImplementedError

    def expire(self, attempt: Attempt) -> None:
        raise NotImplementedError

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        raise NotImplementedError

    def start_setup(self, setup: Setup) -> HostedPage:
        self._answer("start_setup")
        known = self.machine.setups.setdefault(
            setup.reference, SetupOutcome(Result.OPEN, f"page_{setup.reference}", setup.reference)
        )
        return HostedPage(f"https://vault.example.test/{known.provider_ref}", known.provider_ref, setup.expires_at)

    def resolve_setup(self, setup: Setup) -> SetupOutcome:
        self._answer("resolve_setup")
        return self.machine.setups[setup.reference]

    def charge_stored(self, payment: StoredPayment) -> Outcome:
        self._answer("charge_stored")
        self.machine.on_charge()
        decline = self.machine.declines.get(payment.card.token)
        known = self.machine.charges.setdefault(
            payment.reference,
            Outcome(
                Result.DECLINED if decline else Result.APPROVED,
                f"ch_{payment.reference}",
                payment.reference,
                payment.amount,
                payment.currency,
                message="the bank said no" if decline else "",
                charge_ref="" if decline else f"ch_{payment.reference}",
                decline=decline,
            ),
        )
        if self.machine.charges_then_dies:
            raise ProviderUnreachable("the line broke")
        return known

    def resolve_stored(self, payment: StoredPayment) -> Outcome:
        self._answer("resolve_stored")
        nothing = Outcome(Result.EXPIRED, "", payment.reference, payment.amount, payment.currency)
        return self.machine.charges.get(payment.reference, nothing)

    def read_card(self, card: Card) -> Card | None:
        self._answer("read_card")
        return self.machine.cards.get(card.token)

    def remove_card(self, card: Card) -> None:
        self._answer("remove_card")
        self.machine.cards.pop(card.token, None)


def next_year(card: Card, at: datetime) -> Card:
    """The same card with a later date."""
    return replace(card, exp_year=at.year + 5)
