"""What Stripe alone does."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import stripe
from pytest_django.fixtures import Settings

from payments.errors import ProviderUnreachable
from payments.providers.base import Attempt, DisputeOutcome, DisputeResult, Line, Notice, Result, Subject
from payments.providers.stripe import StripeProvider
from tests.payments.providers.test_contract import stored
from tests.payments.providers.worlds import StripeWorld, sign_stripe
from tests.peers.stripe_driver import SECRET, StripePeer


@pytest.fixture
def attempt(stripe_peer: StripePeer) -> Attempt:
    """$30."""
    return Attempt(
        reference="ABCDEFGHJKMNPQRSTVWX",
        amount=Decimal("30.00"),
        currency="CAD",
        lines=(Line("Ticket TT-10133", Decimal("30.00")),),
        email="payer@example.test",
        language="en",
        success_url="http://127.0.0.1:8000/ok/",
        cancel_url="http://127.0.0.1:8000/no/",
        expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=31),
    )


@pytest.mark.parametrize("kind", ["timeout", "reset"])
def test_answer_that_never_came_makes_no_second_session(stripe_peer: StripePeer, attempt: Attempt, kind: str) -> None:
    stripe_peer.control("fail_next", kind=kind, when="after", seconds=0.2, times=1, path="/v1/checkout/sessions")
    provider = StripeProvider()
    page = provider.start(attempt)
    assert stripe_peer.faults_left() == 0
    assert provider.start(attempt) == page


def test_page_whose_making_was_answered_with_trouble_is_found_again(stripe_peer: StripePeer, attempt: Attempt) -> None:
    """Stripe keeps an error for a day under the idempotency key of what it has done all the same."""
    stripe_peer.control("fail_next", kind="error", when="after", times=1, path="/v1/checkout/sessions")
    provider = StripeProvider()
    page = provider.start(attempt)
    assert stripe_peer.faults_left() == 0
    assert provider.start(attempt) == page
    attempt = replace(attempt, provider_ref=page.provider_ref)
    stripe_peer.pay(page.provider_ref)
    assert provider.resolve(attempt).result is Result.APPROVED


def test_page_that_was_made_unsaid_and_is_closed_leads_back(stripe_peer: StripePeer, attempt: Attempt) -> None:
    stripe_peer.control("fail_next", kind="error", when="after", times=1, path="/v1/checkout/sessions")
    provider = StripeProvider()
    page = provider.start(attempt)
    stripe_peer.control("clock", seconds=3600)
    late = provider.start(attempt)
    assert (late.url, late.provider_ref) == (attempt.cancel_url, page.provider_ref)


def test_nobody_listening_is_unreachable(attempt: Attempt, settings: Settings) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(ProviderUnreachable):
        StripeProvider().start(attempt)


def test_wrong_key_is_unreachable_and_not_in_the_message(attempt: Attempt, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_wrongwrongwrong"
    with pytest.raises(ProviderUnreachable) as error:
        StripeProvider().start(attempt)
    assert "wrongwrong" not in str(error.value)


def test_slow_method_is_pending_until_its_money_comes(stripe_peer: StripePeer, attempt: Attempt) -> None:
    provider = StripeProvider()
    stripe_peer.control("behaviour", async_payment=True)
    attempt = replace(attempt, provider_ref=provider.start(attempt).provider_ref)
    stripe_peer.pay(attempt.provider_ref)
    assert provider.resolve(attempt).result is Result.PENDING
    stripe_peer.control("async", session=attempt.provider_ref, succeeded=True)
    assert provider.resolve(attempt).result is Result.APPROVED


def test_declined_card_leaves_the_page_open(stripe_peer: StripePeer, attempt: Attempt) -> None:
    provider = StripeProvider()
    attempt = replace(attempt, provider_ref=provider.start(attempt).provider_ref)
    stripe_peer.pay(attempt.provider_ref, card="declined")
    assert provider.resolve(attempt).result is Result.OPEN
    assert stripe_peer.captured() == []


@pytest.mark.parametrize(
    ("ends", "result"),
    [(None, DisputeResult.OPEN), (True, DisputeResult.WON), (False, DisputeResult.LOST)],
)
def test_dispute_is_open_until_the_bank_decides(
    stripe_peer: StripePeer, attempt: Attempt, ends: bool | None, result: DisputeResult
) -> None:
    provider = StripeProvider()
    attempt = replace(attempt, provider_ref=provider.start(attempt).provider_ref)
    stripe_peer.pay(attempt.provider_ref)
    [capture] = stripe_peer.ledger()["captures"]
    dispute = stripe_peer.control("dispute", charge=capture["charge"])["dispute"]
    if ends is not None:
        stripe_peer.control("close_dispute", dispute=dispute, won=ends)
    intent = capture["payment_intent"]
    assert provider.resolve_dispute(dispute) == DisputeOutcome(result, dispute, intent, Decimal("30.00"), "CAD")
    moved = provider.movements(datetime.now(UTC) - timedelta(minutes=1), datetime.now(UTC) + timedelta(minutes=1))
    back = {None: [], True: [Decimal("30.00")], False: []}[ends]
    assert [move.amount for move in moved if move.provider_ref == dispute] == [Decimal("-30.00"), *back]


@pytest.mark.parametrize(
    ("kind", "thing", "notice"),
    [
        (
            "refund.failed",
            {"id": "re_1", "payment_intent": "pi_1", "metadata": {"refund": "OURS"}},
            ("re_1", "OURS", Subject.REFUND, "pi_1"),
        ),
        (
            "refund.created",
            {"id": "re_1", "payment_intent": "pi_1", "metadata": {}},
            ("re_1", "", Subject.REFUND, "pi_1"),
        ),
        (
            "charge.dispute.created",
            {"id": "du_1", "payment_intent": "pi_1", "metadata": {}},
            ("du_1", "", Subject.DISPUTE, "pi_1"),
        ),
        ("payment_method.detached", {"id": "pm_1", "metadata": {}}, ("pm_1", "", Subject.CARD, "")),
        (
            "setup_intent.succeeded",
            {"id": "seti_1", "payment_method": "pm_1", "metadata": {"setup": "OURS"}},
            ("pm_1", "OURS", Subject.CARD, ""),
        ),
    ],
)
def test_webhook_says_what_it_is_about(
    stripe_peer: StripePeer, kind: str, thing: dict[str, object], notice: tuple[str, str, Subject, str]
) -> None:
    found = StripeProvider().read_webhook(*sign_stripe(kind, thing))
    assert found == Notice("evt_1", kind, notice[0], notice[1], notice[2], notice[3])


def test_page_that_stored_a_card_is_told_by_its_intent_alone(stripe_peer: StripePeer) -> None:
    session = {"id": "cs_1", "object": "checkout.session", "mode": "setup", "client_reference_id": "OURS"}
    assert StripeProvider().read_webhook(*sign_stripe("checkout.session.completed", session)) is None


def test_new_expiry_date_of_a_card_is_read_from_stripe(stripe_peer: StripePeer) -> None:
    world = StripeWorld(stripe_peer)
    card = stored(world)
    stripe_peer.control("card", payment_method=card.token, exp_month=2, exp_year=2044)
    assert world.provider.read_card(card) == replace(card, exp_month=2, exp_year=2044)


def test_event_of_another_kind_is_none_of_ours(stripe_peer: StripePeer) -> None:
    body = json.dumps({"id": "evt_2", "object": "event", "type": "customer.created", "data": {"object": {}}}).encode()
    at = int(time.time())
    signature = stripe.WebhookSignature._compute_signature(f"{at}.{body.decode()}", SECRET)
    assert StripeProvider().read_webhook(body, {"Stripe-Signature": f"t={at},v1={signature}"}) is None
