"""What Moneris is asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from payments.providers.base import Attempt, Card, Line, Outcome, RefundOrder, Setup, StoredPayment
from payments.providers.moneris import MonerisProvider
from tests.peers.moneris_driver import MonerisPeer


@pytest.fixture
def provider(moneris_peer: MonerisPeer) -> MonerisProvider:
    """The adapter under test."""
    return MonerisProvider()


@pytest.fixture
def attempt(moneris_peer: MonerisPeer) -> Attempt:
    """$30."""
    return Attempt(
        reference="ABCDEFGHJKMNPQRSTVWX",
        amount=Decimal("30.00"),
        currency="CAD",
        lines=(Line("Ticket TT-10133 <50% off>", Decimal("30.00")),),
        email="payer@example.test",
        language="fr",
        success_url="http://127.0.0.1:8000/ok/",
        cancel_url="http://127.0.0.1:8000/no/",
        expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=15),
    )


@pytest.fixture
def started(provider: MonerisProvider, attempt: Attempt) -> Attempt:
    """The attempt with its page opened."""
    return replace(attempt, provider_ref=provider.start(attempt).provider_ref)


@pytest.fixture
def paid(moneris_peer: MonerisPeer, provider: MonerisProvider, started: Attempt) -> Outcome:
    """That attempt, paid."""
    moneris_peer.pay(started.provider_ref)
    return provider.resolve(started)


@pytest.fixture
def order(started: Attempt, paid: Outcome) -> RefundOrder:
    """$10 of it are to go back."""
    return RefundOrder("REFUND1", Decimal("10.00"), "CAD", started, paid.charge_ref, datetime.now(UTC))


@pytest.fixture
def setup(attempt: Attempt) -> Setup:
    """A card is to be stored."""
    return Setup(
        "SETUP1",
        "PERSON1",
        "Ada Ray",
        attempt.email,
        "en",
        attempt.success_url,
        attempt.cancel_url,
        attempt.expires_at,
    )


@pytest.fixture
def card(moneris_peer: MonerisPeer, provider: MonerisProvider, setup: Setup) -> Card:
    """The stored card."""
    started = replace(setup, provider_ref=provider.start_setup(setup).provider_ref)
    moneris_peer.pay(started.provider_ref)
    outcome = provider.resolve_setup(started)
    assert outcome.card is not None
    return outcome.card


@pytest.fixture
def stored(card: Card) -> StoredPayment:
    """$45 from it, by the nightly run."""
    return StoredPayment("ROLLOVER1", Decimal("45.00"), "CAD", card, "Permit", True, datetime.now(UTC))
