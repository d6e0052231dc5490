"""What every card provider must do, asked of each one and of its other side."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from opscom.lib.codes import random_code
from payments.errors import BadSignature, ProviderUnreachable
from payments.providers.base import Attempt, Line, Notice, Outcome, Result
from tests.payments.providers.worlds import World


@pytest.fixture
def attempt() -> Attempt:
    """$94.50 in two lines."""
    return Attempt(
        reference=random_code(20),
        amount=Decimal("94.50"),
        currency="CAD",
        lines=(Line("Ticket TT-10133", Decimal("30.00")), Line("Permit Y-20418, Zone <jaune> é", Decimal("64.50"))),
        email="payer@example.test",
        language="fr",
        success_url="http://127.0.0.1:8000/payments/return/X/",
        cancel_url="http://127.0.0.1:8000/payments/return/X/?cancelled=1",
        expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=31),
    )


def started(world: World, attempt: Attempt) -> Attempt:
    """The attempt with its page opened."""
    return replace(attempt, provider_ref=world.provider.start(attempt).provider_ref)


def test_page_has_an_address_a_reference_and_an_end(world: World, attempt: Attempt) -> None:
    page = world.provider.start(attempt)
    assert page.url.startswith("http://127.0.0.1:")
    assert page.provider_ref in page.url
    assert page.expires_at == attempt.expires_at


def test_same_reference_opens_the_same_page(world: World, attempt: Attempt) -> None:
    assert world.provider.start(attempt) == world.provider.start(attempt)


def test_open_page_is_open_with_our_own_figures(world: World, attempt: Attempt) -> None:
    attempt = started(world, attempt)
    assert world.provider.resolve(attempt) == Outcome(
        Result.OPEN, attempt.provider_ref, attempt.reference, Decimal("94.50"), "CAD"
    )


def test_paid_page_is_approved(world: World, attempt: Attempt) -> None:
    attempt = started(world, attempt)
    world.pay(attempt.provider_ref)
    assert world.provider.resolve(attempt) == Outcome(
        Result.APPROVED, attempt.provider_ref, attempt.reference, Decimal("94.50"), "CAD"
    )
    assert world.times_paid(attempt) == 1


def test_closed_page_is_expired_and_closing_again_is_harmless(world: World, attempt: Attempt) -> None:
    attempt = started(world, attempt)
    world.provider.expire(attempt)
    world.provider.expire(attempt)
    assert world.provider.resolve(attempt).result is Result.EXPIRED


def test_paid_page_cannot_be_closed(world: World, attempt: Attempt) -> None:
    attempt = started(world, attempt)
    world.pay(attempt.provider_ref)
    world.provider.expire(attempt)
    assert world.provider.resolve(attempt).result is Result.APPROVED


def test_unknown_session_concludes_nothing(world: World, attempt: Attempt) -> None:
    with pytest.raises(ProviderUnreachable):
        world.provider.resolve(replace(attempt, provider_ref="cs_test_unknown"))


def test_genuine_webhook_names_its_payment(world: World) -> None:
    body, headers = world.webhook("ref_1", "OURS1")
    notice = world.provider.read_webhook(body, headers)
    assert notice is not None
    assert (notice.event_id, notice.provider_ref, notice.reference) == ("evt_1", "ref_1", "OURS1")
    assert isinstance(notice, Notice)


@pytest.mark.parametrize("change", ["body", "header", "missing"])
def test_forged_webhook_is_refused(world: World, change: str) -> None:
    body, headers = world.webhook("ref_1", "OURS1")
    [name] = headers
    forged = {
        "body": (body.replace(b"OURS1", b"OURS2"), headers),
        "header": (body, {name: headers[name][:-2] + "00"}),
        "missing": (body, {}),
    }
    with pytest.raises(BadSignature):
        world.provider.read_webhook(*forged[change])


def test_old_webhook_is_refused(world: World) -> None:
    with pytest.raises(BadSignature):
        world.provider.read_webhook(*world.webhook("ref_1", "OURS1", at=time.time() - 301))
