"""Moneris' embedded checkout: one ticket an order, the receipt tells."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django.fixtures import Settings

from payments.errors import BadSignature, ProviderUnreachable
from payments.models import CardPage
from payments.providers.base import Attempt, Card, Outcome, Result, Setup
from payments.providers.moneris import MonerisProvider
from tests.peers.moneris_driver import TOKEN, MonerisPeer


def test_page_is_ours_and_asking_twice_answers_the_same(provider: MonerisProvider, attempt: Attempt) -> None:
    page = provider.start(attempt)
    assert page.url == "http://127.0.0.1:8000/payments/card/ABCDEFGHJKMNPQRSTVWX/"
    assert provider.start(attempt) == page
    assert (page.expires_at, CardPage.objects.get().provider_ref) == (attempt.expires_at, page.provider_ref)


def test_open_ticket_is_open_with_our_own_figures(provider: MonerisProvider, started: Attempt) -> None:
    assert provider.resolve(started) == Outcome(
        Result.OPEN, started.provider_ref, started.reference, Decimal("30.00"), "CAD"
    )


def test_paid_ticket_is_approved_and_names_the_transaction(started: Attempt, paid: Outcome) -> None:
    assert paid == Outcome(
        Result.APPROVED,
        started.provider_ref,
        started.reference,
        Decimal("30.00"),
        "CAD",
        charge_ref=paid.charge_ref,
    )
    assert paid.charge_ref.startswith("1-0_")


def test_declined_ticket_is_declined(moneris_peer: MonerisPeer, provider: MonerisProvider, started: Attempt) -> None:
    moneris_peer.control("decline_next")
    moneris_peer.pay(started.provider_ref)
    assert provider.resolve(started).result is Result.DECLINED
    assert moneris_peer.movements() == []


def test_page_given_up_is_expired_until_it_is_paid_all_the_same(
    moneris_peer: MonerisPeer, provider: MonerisProvider, started: Attempt
) -> None:
    provider.expire(started)
    provider.expire(started)
    assert provider.resolve(started).result is Result.EXPIRED
    moneris_peer.pay(started.provider_ref)
    assert provider.resolve(started).result is Result.APPROVED


def test_receipt_that_is_gone_is_found_by_its_order(
    moneris_peer: MonerisPeer, provider: MonerisProvider, started: Attempt, paid: Outcome
) -> None:
    moneris_peer.control("forget_tickets")
    provider.expire(started)
    assert provider.resolve(started) == paid


@pytest.mark.parametrize("change", [{"provider_ref": "unknown"}, {"reference": "UNKNOWN"}])
def test_page_that_nobody_opened_concludes_nothing(
    provider: MonerisProvider, started: Attempt, change: dict[str, str]
) -> None:
    with pytest.raises(ProviderUnreachable):
        provider.resolve(replace(started, **change))  # type: ignore[arg-type]


def test_second_ticket_for_one_order_cannot_be_paid(
    moneris_peer: MonerisPeer, provider: MonerisProvider, started: Attempt
) -> None:
    CardPage.objects.all().delete()
    second = provider.start(started).provider_ref
    moneris_peer.pay(started.provider_ref)
    with pytest.raises(AssertionError, match="duplicate order id"):
        moneris_peer.pay(second)
    assert moneris_peer.movements() == [("purchase", 3000)]


def test_card_is_stored_with_a_verification_of_nothing(
    moneris_peer: MonerisPeer, provider: MonerisProvider, setup: Setup, card: Card
) -> None:
    started = replace(setup, provider_ref=CardPage.objects.get().provider_ref)
    outcome = provider.resolve_setup(started)
    assert (outcome.result, outcome.reference, outcome.card) == (Result.APPROVED, "SETUP1", card)
    assert (card.customer_ref, card.brand, card.last4, card.exp_month, card.exp_year) == (
        "PERSON1",
        "visa",
        "4242",
        12,
        2040,
    )
    assert moneris_peer.movements() == []


def test_card_that_is_declined_is_not_stored(
    moneris_peer: MonerisPeer, provider: MonerisProvider, setup: Setup
) -> None:
    started = replace(setup, provider_ref=provider.start_setup(setup).provider_ref)
    assert provider.resolve_setup(started).result is Result.OPEN
    moneris_peer.control("decline_next")
    moneris_peer.pay(started.provider_ref)
    outcome = provider.resolve_setup(started)
    assert (outcome.result, outcome.card) == (Result.DECLINED, None)


def test_setup_that_nobody_finishes_expires(provider: MonerisProvider, setup: Setup) -> None:
    late = replace(setup, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    started = replace(late, provider_ref=provider.start_setup(late).provider_ref)
    assert provider.resolve_setup(started).result is Result.EXPIRED


@pytest.mark.parametrize("name", ["MONERIS_STORE_ID", "MONERIS_API_TOKEN", "MONERIS_CHECKOUT_ID"])
def test_wrong_credentials_are_unreachable(
    provider: MonerisProvider, attempt: Attempt, settings: Settings, name: str
) -> None:
    setattr(settings, name, "wrong")
    with pytest.raises(ProviderUnreachable, match=r"^Moneris opens no checkout$"):
        provider.start(attempt)


def test_secrets_are_in_no_log_and_no_error(
    provider: MonerisProvider, started: Attempt, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.resolve(started)
    settings.MONERIS_CHECKOUT_HOST = "http://127.0.0.1:9"
    with pytest.raises(ProviderUnreachable) as error:
        provider.resolve(started)
    text = caplog.text + repr(error.value) + repr(error.value.__cause__)
    assert "/chktv2/request/request.php" in caplog.text
    assert (text.count(TOKEN), text.count(started.provider_ref)) == (0, 0)


def test_no_webhook_is_believed(provider: MonerisProvider) -> None:
    with pytest.raises(BadSignature):
        provider.read_webhook(b"{}", {})
