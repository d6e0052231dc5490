"""What Stripe alone does with stored cards, and with answers that are no clear ones."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from payments.errors import ProviderUnreachable
from payments.providers import stripe_api, stripe_cards
from payments.providers.base import Decline, Result
from payments.providers.stripe import StripeProvider
from tests.payments.providers.test_contract import a_setup, charge_of, stored
from tests.payments.providers.worlds import StripeWorld


def refusal(code: str) -> Exception:
    """A request that Stripe refuses; the SDK's errors are untyped."""
    made: Any = stripe.InvalidRequestError
    error: Exception = made("No.", "id", code)
    return error


@pytest.mark.parametrize(
    ("code", "decline"),
    [
        ("insufficient_funds", Decline.SOFT),
        ("try_again_later", Decline.SOFT),
        ("stolen_card", Decline.HARD),
        ("expired_card", Decline.HARD),
        ("authentication_required", Decline.AUTHENTICATE),
    ],
)
def test_decline_codes_are_soft_or_hard_or_want_the_person(
    stripe_world: StripeWorld, monkeypatch: pytest.MonkeyPatch, code: str, decline: Decline
) -> None:
    error = {"code": "card_declined", "decline_code": code, "message": "No."}

    def refuse(call: object, *refusals: type[Exception]) -> list[object]:
        if not refusals:
            return []
        made: Any = stripe.CardError
        raise made("No.", None, "card_declined", json_body={"error": error}, http_status=402)

    payment = charge_of(stored(stripe_world))
    monkeypatch.setattr(stripe_cards, "ask", refuse)
    outcome = StripeProvider().charge_stored(payment)
    assert (outcome.result, outcome.provider_ref, outcome.decline) == (Result.DECLINED, "", decline)


def test_payment_that_waits_for_its_person_is_declined() -> None:
    intent = {"id": "pi_1", "currency": "cad", "amount": 100, "metadata": {}, "status": "requires_action"}
    assert stripe_cards._outcome(intent).decline is Decline.AUTHENTICATE


def test_charge_sent_a_moment_ago_may_still_be_on_its_way(stripe_world: StripeWorld) -> None:
    payment = replace(charge_of(stored(stripe_world)), started_at=datetime.now(UTC))
    assert stripe_world.provider.resolve_stored(payment).result is Result.PENDING


def test_request_that_stripe_cannot_read_concludes_nothing(stripe_world: StripeWorld) -> None:
    payment = replace(charge_of(stored(stripe_world)), currency="XYZ")
    with pytest.raises(ProviderUnreachable):
        stripe_world.provider.charge_stored(payment)


def test_other_charges_of_the_card_are_not_taken_for_this_one(stripe_world: StripeWorld) -> None:
    first = charge_of(stored(stripe_world))
    second = replace(first, reference="ANOTHER")
    stripe_world.provider.charge_stored(first)
    assert stripe_world.provider.resolve_stored(second).result is Result.EXPIRED
    assert stripe_world.provider.charge_stored(second).reference == "ANOTHER"


def test_card_that_was_never_there_is_gone(stripe_world: StripeWorld) -> None:
    card = replace(stored(stripe_world), token="pm_unknown")
    stripe_world.provider.remove_card(card)
    assert stripe_world.provider.read_card(card) is None


@pytest.mark.parametrize("call", ["read_card", "remove_card"])
def test_refusal_of_another_kind_says_nothing_about_the_card(
    stripe_world: StripeWorld, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    card = stored(stripe_world)

    def refuse(_call: object, *_refusals: type[Exception]) -> None:
        raise refusal("parameter_unknown")

    monkeypatch.setattr(stripe_cards, "ask", refuse)
    with pytest.raises(ProviderUnreachable):
        getattr(StripeProvider(), call)(card)


def test_card_that_stripe_would_not_let_go_of_is_still_there(
    stripe_world: StripeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = stored(stripe_world)
    real = stripe_api.ask

    def refuse(call: object, *refusals: type[Exception]) -> object:
        monkeypatch.setattr(stripe_cards, "ask", real)
        raise refusal("lock_timeout")

    monkeypatch.setattr(stripe_cards, "ask", refuse)
    with pytest.raises(ProviderUnreachable):
        StripeProvider().remove_card(card)
    assert stripe_world.provider.read_card(card) == card


def test_page_for_a_card_whose_making_was_answered_with_trouble_is_found_again(stripe_world: StripeWorld) -> None:
    setup, provider = a_setup(), stripe_world.provider
    stripe_world.peer.control("fail_next", kind="error", when="after", times=1, path="/v1/checkout/sessions")
    page = provider.start_setup(setup)
    assert provider.start_setup(setup) == page


def test_customer_whose_making_was_answered_with_trouble_keeps_nobody_from_the_page(stripe_world: StripeWorld) -> None:
    setup, provider = a_setup(), stripe_world.provider
    stripe_world.peer.control("fail_next", kind="error", when="after", times=1, path="/v1/customers")
    page = provider.start_setup(setup)
    assert stripe_world.peer.faults_left() == 0
    assert provider.start_setup(setup) == page


def test_page_for_a_card_that_is_closed_leads_back(stripe_world: StripeWorld) -> None:
    setup, provider = a_setup(), stripe_world.provider
    stripe_world.peer.control("fail_next", kind="error", when="after", times=1, path="/v1/checkout/sessions")
    page = provider.start_setup(setup)
    stripe_world.peer.control("clock", seconds=3600)
    late = provider.start_setup(setup)
    assert (late.url, late.provider_ref) == (setup.cancel_url, page.provider_ref)


def test_card_page_that_nobody_finished_is_over_at_its_end(stripe_world: StripeWorld) -> None:
    setup = a_setup()
    setup = replace(setup, provider_ref=stripe_world.provider.start_setup(setup).provider_ref)
    stripe_world.peer.control("clock", seconds=int(timedelta(minutes=32).total_seconds()))
    assert stripe_world.provider.resolve_setup(setup).result is Result.EXPIRED
