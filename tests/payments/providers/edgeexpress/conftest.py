"""What EdgeExpress is asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from payments.providers.base import Attempt, Card, Line, Setup, StoredPayment
from payments.providers.edgeexpress import EdgeExpressProvider
from tests.peers.edgeexpress_driver import EdgeExpressPeer


@pytest.fixture
def provider(edgeexpress_peer: EdgeExpressPeer) -> EdgeExpressProvider:
    """The adapter under test."""
    return EdgeExpressProvider()


@pytest.fixture
def attempt(edgeexpress_peer: EdgeExpressPeer) -> Attempt:
    """$30."""
    return Attempt(
        reference="ABCDEFGHJKMNPQRSTVWX",
        amount=Decimal("30.00"),
        currency="CAD",
        lines=(Line("Ticket TT-10133", Decimal("30.00")),),
        email="payer@example.test",
        language="en",
        success_url="http://127.0.0.1:8000/ok/?a=1&b=2",
        cancel_url="http://127.0.0.1:8000/no/",
        expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=10),
    )


@pytest.fixture
def started(provider: EdgeExpressProvider, attempt: Attempt) -> Attempt:
    """The attempt with its page opened."""
    return replace(attempt, provider_ref=provider.start(attempt).provider_ref)


@pytest.fixture
def setup(attempt: Attempt) -> Setup:
    """A card is to be stored."""
    return Setup(
        "SETUP1",
        "PERSON1",
        "Ada Ray & Co",
        attempt.email,
        "en",
        attempt.success_url,
        attempt.cancel_url,
        attempt.expires_at,
    )


@pytest.fixture
def card(edgeexpress_peer: EdgeExpressPeer, provider: EdgeExpressProvider, setup: Setup) -> Card:
    """The stored card."""
    started = replace(setup, provider_ref=provider.start_setup(setup).provider_ref)
    edgeexpress_peer.pay(started.provider_ref)
    outcome = provider.resolve_setup(started)
    assert outcome.card is not None
    return outcome.card


@pytest.fixture
def stored(card: Card) -> StoredPayment:
    """$45 from it, by the nightly run."""
    return StoredPayment("ROLLOVER1", Decimal("45.00"), "CAD", card, "Permit", True, datetime.now(UTC))
