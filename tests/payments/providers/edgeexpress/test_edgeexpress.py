"""What EdgeExpress alone does: it calls an order unfinished for ever, approves parts, and voids on the same day."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requests
from pytest_django.fixtures import Settings

from payments.errors import BadSignature, ProviderUnreachable
from payments.models import CardPage
from payments.providers.base import Attempt, Card, Decline, RefundOrder, RefundResult, Result, Setup, StoredPayment
from payments.providers.edgeexpress import EdgeExpressProvider
from tests.peers.edgeexpress_driver import KEY, EdgeExpressPeer

BOUGHT = ("purchase", 3000)


def submit(address: str, **form: str) -> requests.Response:
    """Use the page as a browser without JavaScript does."""
    fields = {"number": "4111111111111111", "expiry": "12/40", "cvv": "123"} | form
    return requests.post(address, data=fields, allow_redirects=False, timeout=5)


def test_page_leads_back_with_nothing_in_the_address(
    edgeexpress_peer: EdgeExpressPeer, provider: EdgeExpressProvider, attempt: Attempt
) -> None:
    page = provider.start(attempt)
    answer = submit(page.url)
    assert (answer.status_code, answer.headers["Location"]) == (303, attempt.success_url)
    assert submit(page.url).status_code == 409
    assert edgeexpress_peer.movements(attempt.reference) == [BOUGHT]


def test_cancelled_page_is_open_while_it_lives_and_expired_five_minutes_after(
    provider: EdgeExpressProvider, attempt: Attempt
) -> None:
    started = replace(attempt, provider_ref=(page := provider.start(attempt)).provider_ref)
    assert submit(page.url, step="cancel").headers["Location"] == attempt.success_url
    found = []
    for minutes in (1, -4, -6):
        CardPage.objects.update(expires_at=datetime.now(UTC) + timedelta(minutes=minutes))
        found.append(provider.resolve(started).result)
    assert found == [Result.OPEN, Result.OPEN, Result.EXPIRED]


def test_page_given_up_is_expired_until_it_is_paid_all_the_same(
    edgeexpress_peer: EdgeExpressPeer, provider: EdgeExpressProvider, started: Attempt
) -> None:
    provider.expire(started)
    assert provider.resolve(started).result is Result.EXPIRED
    edgeexpress_peer.pay(started.provider_ref)
    assert provider.resolve(started).result is Result.APPROVED


def test_part_of_the_amount_is_no_payment_and_goes_back_once(
    edgeexpress_peer: EdgeExpressPeer, provider: EdgeExpressProvider, started: Attempt
) -> None:
    edgeexpress_peer.control("partial", cents=500)
    edgeexpress_peer.pay(started.provider_ref)
    assert [provider.resolve(started).result for _time in range(2)] == [Result.DECLINED, Result.DECLINED]
    assert edgeexpress_peer.movements() == [("purchase", 500), ("void", 500)]


def test_part_that_cannot_be_voided_concludes_nothing(
    edgeexpress_peer: EdgeExpressPeer, provider: EdgeExpressProvider, started: Attempt
) -> None:
    edgeexpress_peer.control("partial", cents=500)
    edgeexpress_peer.pay(started.provider_ref)
    edgeexpress_peer.control("close_batch")
    with pytest.raises(ProviderUnreachable, match="void a part payment"):
        provider.resolve(started)


@pytest.mark.parametrize(("batch_closed", "kind"), [(False, "void"), (True, "refund")])
def test_all_of_it_is_voided_while_the_batch_is_open_and_returned_afterwards(
    edgeexpress_peer: EdgeExpressPeer, provider: EdgeExpressProvider, started: Attempt, batch_closed: bool, kind: str
) -> None:
    edgeexpress_peer.pay(started.provider_ref)
    charge = provider.resolve(started).charge_ref
    if batch_closed:
        edgeexpress_peer.control("close_batch")
    order = RefundOrder("REFUND1", Decimal("30.00"), "CAD", started, charge, datetime.now(UTC))
    done = provider.refund(order)
    assert (done.result, done.amount) == (RefundResult.DONE, Decimal("30.00"))
    assert provider.refund(order) == provider.resolve_refund(order) == done
    assert edgeexpress_peer.movements() == [BOUGHT, (kind, 3000)]


@pytest.mark.parametrize(
    ("code", "iso", "decline"),
    [("1", "05", Decline.SOFT), ("1", "41", Decline.HARD), ("9", "05", Decline.SOFT), ("10", "", Decline.HARD)],
)
def test_no_of_the_bank_says_whether_to_try_again(
    edgeexpress_peer: EdgeExpressPeer,
    provider: EdgeExpressProvider,
    stored: StoredPayment,
    code: str,
    iso: str,
    decline: Decline,
) -> None:
    edgeexpress_peer.control("decline_next", code=code, iso=iso, message="No")
    outcome = provider.charge_stored(stored)
    assert (outcome.result, outcome.decline, outcome.message) == (Result.DECLINED, decline, "No")
    assert edgeexpress_peer.movements() == []


def test_part_of_a_charge_to_a_stored_card_goes_back(
    edgeexpress_peer: EdgeExpressPeer, provider: EdgeExpressProvider, stored: StoredPayment
) -> None:
    edgeexpress_peer.control("partial", cents=500)
    outcome = provider.charge_stored(stored)
    assert (outcome.result, outcome.decline) == (Result.DECLINED, Decline.SOFT)
    assert edgeexpress_peer.movements() == [("purchase", 500), ("void", 500)]


def test_charge_that_never_arrived_is_expired_once_it_can_no_longer_come(
    provider: EdgeExpressProvider, stored: StoredPayment
) -> None:
    assert provider.resolve_stored(stored).result is Result.PENDING
    late = replace(stored, started_at=stored.started_at - timedelta(minutes=2))
    assert provider.resolve_stored(late).result is Result.EXPIRED


def test_stored_card_is_named_by_its_brand_digits_and_end(edgeexpress_peer: EdgeExpressPeer, card: Card) -> None:
    assert (card.customer_ref, card.brand, card.last4, card.exp_month, card.exp_year) == (
        "PERSON1",
        "visa",
        "1111",
        12,
        2040,
    )
    assert edgeexpress_peer.movements() == []


def test_declined_card_is_not_stored(
    edgeexpress_peer: EdgeExpressPeer, provider: EdgeExpressProvider, setup: Setup
) -> None:
    started = replace(setup, provider_ref=provider.start_setup(setup).provider_ref)
    edgeexpress_peer.control("decline_next", code="1", message="Declined")
    edgeexpress_peer.pay(started.provider_ref)
    outcome = provider.resolve_setup(started)
    assert (outcome.result, outcome.card, outcome.message) == (Result.DECLINED, None, "Declined")


@pytest.mark.parametrize("name", ["EDGEEXPRESS_XWEBID", "EDGEEXPRESS_XWEBTERMINALID", "EDGEEXPRESS_XWEBAUTHKEY"])
def test_wrong_credentials_conclude_nothing(
    provider: EdgeExpressProvider, started: Attempt, stored: StoredPayment, settings: Settings, name: str
) -> None:
    setattr(settings, name, "wrong")
    order = RefundOrder("REFUND1", Decimal("1.00"), "CAD", started, "1", datetime.now(UTC))
    calls = (
        lambda: provider.start(replace(started, reference="OTHER")),
        lambda: provider.resolve(started),
        lambda: provider.charge_stored(stored),
        lambda: provider.resolve_stored(stored),
        lambda: provider.remove_card(stored.card),
        lambda: provider.refund(order),
    )
    for call in calls:
        with pytest.raises(ProviderUnreachable):
            call()


def test_secrets_are_in_no_log_and_no_error(
    provider: EdgeExpressProvider,
    started: Attempt,
    stored: StoredPayment,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.charge_stored(stored)
    settings.EDGEEXPRESS_HOST = "http://127.0.0.1:9"
    with pytest.raises(ProviderUnreachable) as error:
        provider.resolve(started)
    text = caplog.text + repr(error.value)
    assert "/HostPayService/v1/directpay/express" in text
    assert [secret for secret in (KEY, started.provider_ref, stored.card.token) if secret in text] == []


def test_no_webhook_is_believed(provider: EdgeExpressProvider) -> None:
    with pytest.raises(BadSignature):
        provider.read_webhook(b"{}", {})
