"""Every provider in its world."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.payments.providers.worlds import (
    WORLDS,
    BamboraWorld,
    EdgeExpressWorld,
    MonerisWorld,
    SandboxWorld,
    StripeWorld,
    World,
)
from tests.peers.bambora_driver import HASH_KEY, MERCHANT, PASSCODES, BamboraPeer
from tests.peers.edgeexpress_driver import EdgeExpressPeer
from tests.peers.moneris_driver import MonerisPeer
from tests.peers.stripe_driver import KEY, SECRET, StripePeer


@pytest.fixture(scope="session")
def _stripe_process() -> Iterator[StripePeer]:
    with StripePeer() as peer:
        yield peer


@pytest.fixture
def stripe_peer(_stripe_process: StripePeer, settings: Settings) -> StripePeer:
    """The Stripe peer, empty, with the portal pointed at it."""
    _stripe_process.reset()
    settings.STRIPE_API_BASE = _stripe_process.url
    settings.STRIPE_SECRET_KEY = KEY
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    return _stripe_process


@pytest.fixture
def stripe_world(stripe_peer: StripePeer) -> StripeWorld:
    """Stripe and its peer."""
    return StripeWorld(stripe_peer)


@pytest.fixture(scope="session")
def _moneris_process() -> Iterator[MonerisPeer]:
    with MonerisPeer() as peer:
        yield peer


@pytest.fixture
def moneris_peer(_moneris_process: MonerisPeer, settings: Settings, db: None) -> MonerisPeer:
    """The Moneris peer, empty, with the portal pointed at it."""
    _moneris_process.reset()
    for name, value in _moneris_process.environment.items():
        setattr(settings, name, value)
    return _moneris_process


@pytest.fixture
def moneris_world(moneris_peer: MonerisPeer) -> MonerisWorld:
    """Moneris and its peer."""
    return MonerisWorld(moneris_peer)


@pytest.fixture(scope="session")
def _edgeexpress_process() -> Iterator[EdgeExpressPeer]:
    with EdgeExpressPeer() as peer:
        yield peer


@pytest.fixture
def edgeexpress_peer(_edgeexpress_process: EdgeExpressPeer, settings: Settings, db: None) -> EdgeExpressPeer:
    """The EdgeExpress peer, empty, with the portal pointed at it."""
    _edgeexpress_process.reset()
    for name, value in _edgeexpress_process.environment.items():
        setattr(settings, name, value)
    return _edgeexpress_process


@pytest.fixture
def edgeexpress_world(edgeexpress_peer: EdgeExpressPeer) -> EdgeExpressWorld:
    """EdgeExpress and its peer."""
    return EdgeExpressWorld(edgeexpress_peer)


@pytest.fixture(scope="session")
def _bambora_process() -> Iterator[BamboraPeer]:
    with BamboraPeer() as peer:
        yield peer


@pytest.fixture
def bambora_peer(_bambora_process: BamboraPeer, settings: Settings, db: None) -> BamboraPeer:
    """The Bambora peer, empty, with the portal pointed at it."""
    _bambora_process.reset()
    settings.BAMBORA_WEB_BASE = settings.BAMBORA_API_BASE = _bambora_process.url
    settings.BAMBORA_MERCHANT_ID, settings.BAMBORA_HASH_KEY = MERCHANT, HASH_KEY
    for name, passcode in PASSCODES.items():
        setattr(settings, f"BAMBORA_{name.upper()}_PASSCODE", passcode)
    return _bambora_process


@pytest.fixture
def bambora_world(bambora_peer: BamboraPeer) -> BamboraWorld:
    """Bambora and its peer."""
    return BamboraWorld(bambora_peer)


@pytest.fixture
def sandbox_world() -> SandboxWorld:
    """The sandbox."""
    return SandboxWorld()


@pytest.fixture
def world(request: pytest.FixtureRequest, db: None, settings: Settings) -> World:
    """One provider and its other side."""
    settings.CARD_PROVIDER = request.param
    made: World = request.getfixturevalue(WORLDS[request.param].fixture)
    return made
