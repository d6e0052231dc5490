"""After any crash every payment ends in a defined state."""

from datetime import timedelta

import pytest
from django.utils import timezone
from time_machine import travel

from payments.errors import ProviderUnreachable
from payments.models import Payment, SandboxSession
from payments.providers.sandbox import SandboxProvider
from payments.services.reconcile import reconcile_payment, unsure_payments
from payments.services.settle import record_money
from tests.factories import make_charge, make_checkout
from tests.payments.conftest import begin, pay_at_provider


@pytest.mark.rule(19)
def test_payer_who_never_came_back_is_found(payment: Payment) -> None:
    pay_at_provider(payment)
    assert unsure_payments() == []
    assert unsure_payments(at=timezone.now() + timedelta(minutes=3)) == [payment.pk]
    assert reconcile_payment(payment).state == "confirmed"
    assert unsure_payments(at=timezone.now() + timedelta(minutes=3)) == []


def test_page_that_closed_unpaid_ends_the_attempt(payment: Payment) -> None:
    SandboxSession.objects.update(state="expired")
    assert reconcile_payment(payment).state == "expired"


def test_web_process_killed_between_books_and_fulfilment(payment: Payment) -> None:
    record_money(payment, received=payment.amount, account="card", at=timezone.now())
    assert unsure_payments(at=timezone.now() + timedelta(minutes=3)) == [payment.pk]
    payment.refresh_from_db()
    assert reconcile_payment(payment).fulfilled_at is not None


def test_attempt_that_the_provider_never_saw_is_given_up(payment: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_args: object) -> None:
        raise ProviderUnreachable("refused")

    Payment.objects.update(state="created", provider_ref="")
    payment.refresh_from_db()
    monkeypatch.setattr(SandboxProvider, "start", unreachable)
    assert reconcile_payment(payment).state == "created"
    assert reconcile_payment(payment, at=timezone.now() + timedelta(hours=1)).state == "expired"


def test_provider_silent_for_a_day_is_shown_to_staff(payment: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_args: object) -> None:
        raise ProviderUnreachable("silence")

    monkeypatch.setattr(SandboxProvider, "resolve", unreachable)
    reconcile_payment(payment, at=timezone.now() + timedelta(hours=25))
    payment.refresh_from_db()
    assert (payment.state, payment.attention) == ("redirected", "unsure")


def test_sandbox_page_closes_by_itself(payment: Payment) -> None:
    assert payment.expires_at is not None
    with travel(payment.expires_at - timedelta(seconds=1)):
        assert reconcile_payment(payment).state == "redirected"
    with travel(payment.expires_at):
        assert reconcile_payment(payment).state == "expired"


def test_silence_is_asked_about_soon_at_first_then_hourly_then_nightly(payment: Payment) -> None:
    start, asked = payment.created_at, []
    for minute in range(0, 3 * 24 * 60, 5):
        at = start + timedelta(minutes=minute)
        if unsure_payments(at=at):
            asked.append(minute)
            Payment.objects.update(asked_at=at)
    first_day = [minute for minute in asked if minute < 24 * 60]
    assert [minute for minute in first_day if minute < 60] == list(range(5, 60, 5))
    assert [minute for minute in first_day if minute >= 60] == [115 + 60 * hour for hour in range(23)]
    assert len(asked) - len(first_day) == 2


def test_asking_is_noted_also_where_nobody_answers(payment: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_args: object) -> None:
        raise ProviderUnreachable("silence")

    monkeypatch.setattr(SandboxProvider, "resolve", unreachable)
    at = timezone.now() + timedelta(minutes=3)
    reconcile_payment(payment, at=at)
    payment.refresh_from_db()
    assert (payment.asked_at, payment.state) == (at, "redirected")


@pytest.mark.rule(23)
def test_unknown_end_is_never_charged_again(payment: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The payer cannot start anew while nobody knows how the first attempt ended, and no sweep does it for them."""

    def unreachable(*_args: object) -> None:
        raise ProviderUnreachable("silence")

    other = make_checkout(
        [payment.checkout.lines.get().charge, make_charge(payment.checkout.user)], payment.checkout.user
    )
    monkeypatch.setattr(SandboxProvider, "resolve", unreachable)
    for hours in (1, 25, 49):
        reconcile_payment(payment, at=timezone.now() + timedelta(hours=hours))
    with pytest.raises(ProviderUnreachable):
        begin(other)
    assert (Payment.objects.count(), SandboxSession.objects.count()) == (1, 1)


def test_provider_that_says_open_for_a_day_is_shown_to_staff(payment: Payment) -> None:
    SandboxSession.objects.update(expires_at=timezone.now() + timedelta(days=9))
    assert reconcile_payment(payment, at=timezone.now() + timedelta(hours=25)).state == "redirected"
    payment.refresh_from_db()
    assert payment.attention == "unsure"
