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
from tests.payments.conftest import pay_at_provider


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
