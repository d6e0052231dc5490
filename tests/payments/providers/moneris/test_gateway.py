"""Moneris' Gateway: refunds and stored cards, each once however often it is asked for."""

import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django.fixtures import Settings

from payments.errors import ProviderUnreachable
from payments.models import SentRefund
from payments.providers.base import Card, Decline, RefundOrder, RefundResult, Result, StoredPayment
from payments.providers.moneris import MonerisProvider
from tests.peers.moneris_driver import TOKEN, MonerisPeer

GATEWAY = "/gateway2/"
BOUGHT = ("purchase", 3000)


@pytest.fixture
def impatient(settings: Settings) -> None:
    """We do not wait long for answers."""
    settings.CARD_PROVIDER_TIMEOUT = 0.4


def lose_answer(peer: MonerisPeer) -> None:
    """The Gateway works, and its answer comes too late."""
    peer.control("fail_next", kind="timeout", when="after", seconds=0.8, path=GATEWAY)


def test_part_goes_back_and_twice_is_once(
    moneris_peer: MonerisPeer, provider: MonerisProvider, order: RefundOrder
) -> None:
    done = provider.refund(order)
    assert (done.result, done.amount, done.currency) == (RefundResult.DONE, Decimal("10.00"), "CAD")
    assert provider.refund(order) == provider.resolve_refund(order) == done
    assert moneris_peer.movements() == [BOUGHT, ("refund", 1000)]


def test_two_parts_of_one_amount_are_two_refunds(
    moneris_peer: MonerisPeer, provider: MonerisProvider, order: RefundOrder
) -> None:
    first, second = provider.refund(order), provider.refund(replace(order, reference="REFUND2"))
    assert first.refund_ref != second.refund_ref
    assert moneris_peer.movements() == [BOUGHT, ("refund", 1000), ("refund", 1000)]


@pytest.mark.usefixtures("impatient")
def test_lost_answer_is_found_and_not_taken_for_the_next_refund(
    moneris_peer: MonerisPeer, provider: MonerisProvider, order: RefundOrder
) -> None:
    lose_answer(moneris_peer)
    with pytest.raises(ProviderUnreachable):
        provider.refund(order)
    second = provider.refund(replace(order, reference="REFUND2"))
    first = provider.refund(order)
    assert (first.result, second.result) == (RefundResult.DONE, RefundResult.DONE)
    assert first.refund_ref != second.refund_ref
    assert moneris_peer.movements() == [BOUGHT, ("refund", 1000), ("refund", 1000)]


def test_refund_that_never_arrived_is_unknown_and_holds_up_the_next_for_two_minutes(
    moneris_peer: MonerisPeer, provider: MonerisProvider, order: RefundOrder
) -> None:
    moneris_peer.control("fail_next", kind="error", when="before", path=GATEWAY)
    with pytest.raises(ProviderUnreachable):
        provider.refund(order)
    assert provider.resolve_refund(order).result is RefundResult.UNKNOWN
    other = replace(order, reference="REFUND2")
    with pytest.raises(ProviderUnreachable, match="still under way"):
        provider.refund(other)
    assert SentRefund.objects.count() == 1
    SentRefund.objects.update(created_at=order.paid_at - timedelta(minutes=3))
    assert provider.refund(other).result is RefundResult.DONE
    assert provider.refund(order).result is RefundResult.DONE
    assert moneris_peer.movements() == [BOUGHT, ("refund", 1000), ("refund", 1000)]


def test_refund_that_nobody_asked_for_is_unknown(provider: MonerisProvider, order: RefundOrder) -> None:
    assert provider.resolve_refund(order).result is RefundResult.UNKNOWN


@pytest.mark.parametrize(("batch_closed", "kind"), [(False, "void"), (True, "refund")])
@pytest.mark.parametrize("answer_lost", [False, True])
def test_all_of_it_is_corrected_while_the_batch_is_open_and_refunded_afterwards(
    moneris_peer: MonerisPeer,
    provider: MonerisProvider,
    order: RefundOrder,
    settings: Settings,
    batch_closed: bool,
    kind: str,
    answer_lost: bool,
) -> None:
    order = replace(order, amount=Decimal("30.00"))
    if batch_closed:
        moneris_peer.control("close_batch")
    if answer_lost:
        settings.CARD_PROVIDER_TIMEOUT = 0.4
        moneris_peer.control(
            "fail_next", kind="timeout", when="after", seconds=0.8, path=GATEWAY, times=1 + batch_closed
        )
        for _try in range(1 + batch_closed):
            with pytest.raises(ProviderUnreachable):
                provider.refund(order)
        settings.CARD_PROVIDER_TIMEOUT = 5
    assert provider.refund(order).result is RefundResult.DONE
    assert moneris_peer.movements() == [BOUGHT, (kind, 3000)]


def test_all_of_it_later_is_a_refund(moneris_peer: MonerisPeer, provider: MonerisProvider, order: RefundOrder) -> None:
    provider.refund(replace(order, amount=Decimal("30.00"), paid_at=order.paid_at - timedelta(days=2)))
    assert moneris_peer.movements() == [BOUGHT, ("refund", 3000)]


def test_more_than_is_left_is_refused_with_the_reason_and_can_be_asked_again(
    moneris_peer: MonerisPeer, provider: MonerisProvider, order: RefundOrder
) -> None:
    provider.refund(replace(order, reference="REFUND2", amount=Decimal("25.00")))
    refused = provider.refund(order)
    assert (refused.result, refused.message) == (
        RefundResult.FAILED,
        "The amount of the refund is greater than what is left of the transaction",
    )
    assert provider.refund(replace(order, amount=Decimal("5.00"))).result is RefundResult.DONE
    assert moneris_peer.movements() == [BOUGHT, ("refund", 2500), ("refund", 500)]


def test_stored_card_is_charged_once(
    moneris_peer: MonerisPeer, provider: MonerisProvider, stored: StoredPayment
) -> None:
    outcome = provider.charge_stored(stored)
    assert (outcome.result, outcome.reference, outcome.amount) == (Result.APPROVED, "ROLLOVER1", Decimal("45.00"))
    assert provider.charge_stored(stored) == provider.resolve_stored(stored) == outcome
    assert outcome.charge_ref == outcome.provider_ref != ""
    assert moneris_peer.movements() == [("purchase", 4500)]


@pytest.mark.usefixtures("impatient")
def test_charge_whose_answer_is_lost_is_found(
    moneris_peer: MonerisPeer, provider: MonerisProvider, stored: StoredPayment
) -> None:
    lose_answer(moneris_peer)
    with pytest.raises(ProviderUnreachable):
        provider.charge_stored(stored)
    assert provider.resolve_stored(stored).result is Result.APPROVED
    assert moneris_peer.movements() == [("purchase", 4500)]


def test_charge_that_never_arrived_is_expired_once_it_can_no_longer_come(
    provider: MonerisProvider, stored: StoredPayment
) -> None:
    assert provider.resolve_stored(stored).result is Result.PENDING
    late = replace(stored, started_at=stored.started_at - timedelta(minutes=2))
    assert provider.resolve_stored(late).result is Result.EXPIRED


@pytest.mark.parametrize(
    ("iso", "decline"),
    [
        ("51", Decline.SOFT),
        ("05", Decline.SOFT),
        ("41", Decline.HARD),
        ("54", Decline.HARD),
        ("1A", Decline.AUTHENTICATE),
    ],
)
def test_no_of_the_bank_says_whether_to_try_again(
    moneris_peer: MonerisPeer, provider: MonerisProvider, stored: StoredPayment, iso: str, decline: Decline
) -> None:
    moneris_peer.control("decline_next", iso=iso, message="DECLINED           * REFUSE             =")
    outcome = provider.charge_stored(stored)
    assert (outcome.result, outcome.decline, outcome.message) == (Result.DECLINED, decline, "DECLINED")
    assert provider.resolve_stored(stored) == outcome
    assert moneris_peer.movements() == []


def test_removed_card_is_gone_and_removing_it_again_is_harmless(
    moneris_peer: MonerisPeer, provider: MonerisProvider, card: Card, stored: StoredPayment
) -> None:
    provider.remove_card(card)
    provider.remove_card(card)
    outcome = provider.charge_stored(stored)
    assert (outcome.result, outcome.decline) == (Result.DECLINED, Decline.HARD)
    assert moneris_peer.movements() == []


def test_wrong_token_concludes_nothing_and_is_in_no_log(
    provider: MonerisProvider,
    order: RefundOrder,
    stored: StoredPayment,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    settings.MONERIS_API_TOKEN = f"{TOKEN}-wrong"
    for call in (
        lambda: provider.charge_stored(stored),
        lambda: provider.resolve_stored(stored),
        lambda: provider.remove_card(stored.card),
    ):
        with pytest.raises(ProviderUnreachable) as error:
            call()
        assert TOKEN not in repr(error.value)
    assert provider.refund(order).result is RefundResult.FAILED
    assert TOKEN not in caplog.text
    assert stored.card.token not in caplog.text
