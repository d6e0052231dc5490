"""Moneris on its bad days: whatever comes instead of an answer concludes nothing, and nothing is paid twice."""

from dataclasses import replace

import pytest
from pytest_django.fixtures import Settings

from payments.errors import ProviderUnreachable
from payments.providers.base import Attempt, RefundOrder, RefundResult, Result, StoredPayment
from payments.providers.moneris import MonerisProvider
from tests.peers.moneris_driver import MonerisPeer

KINDS = ["error", "html", "empty", "half", "reset", "timeout"]


def break_next(peer: MonerisPeer, settings: Settings, kind: str, when: str) -> None:
    settings.CARD_PROVIDER_TIMEOUT = 0.4
    peer.control("fail_next", kind=kind, when=when, seconds=0.8)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_order_is_paid_once(
    moneris_peer: MonerisPeer, provider: MonerisProvider, attempt: Attempt, settings: Settings, kind: str, when: str
) -> None:
    break_next(moneris_peer, settings, kind, when)
    with pytest.raises(ProviderUnreachable):
        provider.start(attempt)
    settings.CARD_PROVIDER_TIMEOUT = 5
    started = replace(attempt, provider_ref=provider.start(attempt).provider_ref)
    moneris_peer.pay(started.provider_ref)
    break_next(moneris_peer, settings, kind, when)
    with pytest.raises(ProviderUnreachable):
        provider.resolve(started)
    settings.CARD_PROVIDER_TIMEOUT = 5
    assert provider.resolve(started).result is Result.APPROVED
    assert moneris_peer.movements() == [("purchase", 3000)]
    assert moneris_peer.faults_left() == 0


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_refund_and_one_stored_charge_move_money_once(
    moneris_peer: MonerisPeer,
    provider: MonerisProvider,
    order: RefundOrder,
    stored: StoredPayment,
    settings: Settings,
    kind: str,
    when: str,
) -> None:
    before = moneris_peer.movements()
    for call in (lambda: provider.refund(order), lambda: provider.charge_stored(stored)):
        break_next(moneris_peer, settings, kind, when)
        with pytest.raises(ProviderUnreachable):
            call()
        settings.CARD_PROVIDER_TIMEOUT = 5
    assert provider.refund(order).result is RefundResult.DONE
    assert provider.charge_stored(stored).result is Result.APPROVED
    assert sorted(moneris_peer.movements()) == sorted([*before, ("refund", 1000), ("purchase", 4500)])
