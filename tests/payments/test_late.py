"""Money that comes after we gave a page up, where the provider cannot close it and tells us nothing (RULES 21, 24)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from opscom.lib.append_only import rewriting_history
from payments.models import Payment
from payments.providers.base import Offers
from payments.providers.sandbox import SandboxProvider
from payments.services.attempts import end_attempt
from payments.services.reconcile import late_payments, reconcile_payment
from payments.tasks import reconcile_payments
from tests.payments.conftest import pay_at_provider

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(payment: Payment, monkeypatch: pytest.MonkeyPatch) -> Payment:
    """An attempt that we gave up, at a provider of that kind."""
    monkeypatch.setattr(SandboxProvider, "offers", Offers.REFUNDS)
    return end_attempt(payment, "expire")


def test_it_is_asked_2_10_and_60_minutes_after_its_end_and_the_next_night(ended: Payment) -> None:
    """Whenever it was begun, and though it was asked about as it ended."""
    end = ended.created_at + timedelta(minutes=31)
    Payment.objects.filter(pk=ended.pk).update(asked_at=end)
    with rewriting_history():
        ended.events.update(at=end)
    asked = []
    for minutes in (1, 3, 5, 9, 11, 30, 59, 61, 120, 720, 1380, 1442, 1500, 2400, 2840, 2900):
        at = end + timedelta(minutes=minutes)
        if late_payments(at=at) == [ended.pk]:
            asked.append(minutes)
            Payment.objects.filter(pk=ended.pk).update(asked_at=at)
    assert asked == [3, 11, 61, 1442, 2840]


def test_it_is_asked_once_where_the_sweep_stood_still_meanwhile(ended: Payment) -> None:
    late = timezone.now() + 5 * HOUR
    assert late_payments(at=late) == [ended.pk]
    Payment.objects.filter(pk=ended.pk).update(asked_at=late)
    assert late_payments(at=late + HOUR) == []


def test_money_that_came_late_is_settled_by_the_sweep(ended: Payment) -> None:
    pay_at_provider(ended)
    Payment.objects.filter(pk=ended.pk).update(created_at=timezone.now() - 2 * HOUR)
    assert reconcile_payment(ended).state == "confirmed"
    ended.refresh_from_db()
    assert (ended.state, ended.receipt.payment_id, ended.attention) == ("confirmed", ended.pk, "")


def test_nothing_that_came_leaves_it_as_it_is(ended: Payment) -> None:
    before = ended.events.count()
    assert (reconcile_payment(ended).state, ended.events.count()) == ("expired", before)


@pytest.mark.parametrize("offers", [Offers.WEBHOOKS, Offers.CLOSING])
def test_provider_that_tells_or_closes_is_not_asked_again(
    ended: Payment, monkeypatch: pytest.MonkeyPatch, offers: Offers
) -> None:
    monkeypatch.setattr(SandboxProvider, "offers", offers)
    assert late_payments(at=ended.created_at + 2 * HOUR) == []


def test_what_never_had_a_page_is_not_asked_about(ended: Payment) -> None:
    Payment.objects.filter(pk=ended.pk).update(provider_ref="")
    assert late_payments(at=ended.created_at + 2 * HOUR) == []


def test_sweep_asks_about_them(ended: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    with rewriting_history():
        ended.events.update(at=timezone.now() - timedelta(minutes=3))
    asked: list[int] = []
    monkeypatch.setattr("payments.tasks.hint", lambda task, **ids: asked.append(ids["payment_id"]))
    reconcile_payments()
    assert asked == [ended.pk]
