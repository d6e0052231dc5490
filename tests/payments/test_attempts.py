"""Attempts at the card page."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from time_machine import travel

from accounts.models import User
from payments.errors import AlreadyPaid, PaymentRefused, ProviderUnreachable
from payments.models import Charge, Checkout, Payment, SandboxSession
from payments.providers.base import Attempt, HostedPage
from payments.providers.sandbox import SandboxProvider
from payments.services.attempts import close_attempt, end_attempt, resolve_payment, start_card_payment
from payments.services.promises import promise_payment
from tests.factories import make_charge, make_checkout, make_permit
from tests.payments.conftest import begin, pay_at_provider


@pytest.mark.rule(23)
def test_second_click_leads_to_the_same_page(checkout: Checkout) -> None:
    first = start_card_payment(checkout, email="a@example.test")
    assert start_card_payment(checkout, email="a@example.test") == first
    assert Payment.objects.count() == 1
    assert SandboxSession.objects.count() == 1


def test_attempt_carries_what_was_frozen(checkout: Checkout, payment: Payment) -> None:
    assert (payment.amount, payment.state, payment.provider) == (Decimal("30.00"), "redirected", "sandbox")
    session = SandboxSession.objects.get(our_ref=payment.code)
    assert (session.amount, session.currency, session.reference) == (Decimal("30.00"), "CAD", payment.provider_ref)


@pytest.mark.rule(5)
def test_hold_outlives_the_card_page(resident: User) -> None:
    permit = make_permit(resident)
    payment = begin(make_checkout([permit.charge], resident))
    permit.refresh_from_db()
    assert payment.expires_at is not None
    assert permit.held_until is not None
    assert permit.held_until > payment.expires_at
    assert SandboxSession.objects.get().expires_at == payment.expires_at


def test_card_pages_do_not_keep_a_place_for_ever(resident: User) -> None:
    start = timezone.now()
    permit = make_permit(resident, at=start)
    for minutes in (0, 30, 60, 84):
        checkout = make_checkout([permit.charge], resident)
        start_card_payment(checkout, email="a@example.test", at=start + timedelta(minutes=minutes))
        end_attempt(checkout.payments.get(state="redirected"), "cancel")
    permit.refresh_from_db()
    assert permit.held_until == start + timedelta(minutes=84 + 35)
    with pytest.raises(PaymentRefused) as refusal:
        start_card_payment(
            make_checkout([permit.charge], resident), email="a@example.test", at=start + timedelta(minutes=86)
        )
    assert refusal.value.code == "held-long"
    assert not Payment.objects.in_flight().exists()


@pytest.mark.rule(24)
def test_new_attempt_closes_the_older_page_first(payment: Payment, charge: Charge, resident: User) -> None:
    wider = make_checkout([charge, make_charge(resident)], resident)
    begin(wider)
    payment.refresh_from_db()
    assert payment.state == "expired"
    assert SandboxSession.objects.get(our_ref=payment.code).state == "expired"


@pytest.mark.rule(24)
def test_older_page_that_was_paid_is_settled_instead(payment: Payment, checkout: Checkout, resident: User) -> None:
    pay_at_provider(payment)
    with pytest.raises(AlreadyPaid):
        promise_payment(checkout, email=resident.email)
    payment.refresh_from_db()
    assert payment.state == "confirmed"


def test_older_page_paid_for_another_selection_refuses_what_it_covered(
    payment: Payment, charge: Charge, resident: User
) -> None:
    wider = make_checkout([charge, make_charge(resident)], resident)
    pay_at_provider(payment)
    with pytest.raises(PaymentRefused) as refusal:
        begin(wider)
    assert refusal.value.code == "paid"


@pytest.mark.rule(24, 27)
def test_page_of_another_payer_is_closed_first(payment: Payment, charge: Charge) -> None:
    guest = begin(make_checkout([charge], None))
    payment.refresh_from_db()
    assert (payment.state, guest.state) == ("expired", "redirected")
    assert SandboxSession.objects.get(our_ref=payment.code).state == "expired"


@pytest.mark.rule(27)
def test_page_that_another_payer_has_paid_refuses_what_it_covered(payment: Payment, charge: Charge) -> None:
    pay_at_provider(payment)
    with pytest.raises(PaymentRefused) as refusal:
        begin(make_checkout([charge], None))
    payment.refresh_from_db()
    assert (refusal.value.code, payment.state, Payment.objects.count()) == ("paid", "confirmed", 1)


def test_page_that_another_click_closed_while_it_opened_is_not_shown(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_page = SandboxProvider.start

    def late(provider: SandboxProvider, attempt: Attempt) -> HostedPage:
        page = open_page(provider, attempt)
        end_attempt(Payment.objects.get(code=attempt.reference), "expire")
        return page

    monkeypatch.setattr(SandboxProvider, "start", late)
    with pytest.raises(PaymentRefused, match="in another window") as refusal:
        start_card_payment(checkout, email="a@example.test")
    assert refusal.value.code == "busy"


def test_choosing_cash_closes_the_card_page(payment: Payment, checkout: Checkout, resident: User) -> None:
    promise_payment(checkout, email=resident.email)
    assert list(checkout.payments.order_by("pk").values_list("method__code", "state")) == [
        ("card", "expired"),
        ("cash", "promised"),
    ]


@pytest.mark.rule(25)
def test_price_that_changed_since_is_refused_and_nothing_is_begun(checkout: Checkout) -> None:
    with travel(checkout.created_at + timedelta(minutes=90)):
        Charge.objects.update(reduced_through=timezone.localdate() - timedelta(days=1))
        with pytest.raises(PaymentRefused) as refusal:
            start_card_payment(checkout, email="a@example.test")
    assert refusal.value.code == "price"
    assert Payment.objects.count() == 0


def test_checkout_that_has_ended_is_refused(checkout: Checkout) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        start_card_payment(checkout, email="a@example.test", at=checkout.expires_at)
    assert refusal.value.code == "expired"


def test_provider_that_is_down_leaves_an_attempt_to_be_reconciled(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_args: object) -> None:
        raise ProviderUnreachable("down")

    monkeypatch.setattr(SandboxProvider, "start", unreachable)
    with pytest.raises(ProviderUnreachable):
        start_card_payment(checkout, email="a@example.test")
    assert list(Payment.objects.values_list("state", "provider_ref")) == [("created", "")]


def test_attempt_noted_too_late_is_found_again_by_its_key(payment: Payment) -> None:
    reference = payment.provider_ref
    Payment.objects.update(state="created", provider_ref="")
    payment.refresh_from_db()
    pay_at_provider(payment)
    settled = resolve_payment(payment)
    assert (settled.state, settled.provider_ref) == ("confirmed", reference)


def test_page_of_an_attempt_that_ended_before_it_was_noted_is_known_all_the_same(payment: Payment) -> None:
    page = payment.provider_ref
    Payment.objects.update(state="expired", provider_ref="")
    payment.refresh_from_db()
    assert (resolve_payment(payment).state, Payment.objects.get().provider_ref) == ("expired", page)
    pay_at_provider(payment)
    assert resolve_payment(Payment.objects.get()).state == "confirmed"


def test_open_page_changes_nothing(payment: Payment) -> None:
    assert resolve_payment(payment).state == "redirected"


def test_cancelling_closes_the_page(payment: Payment) -> None:
    assert close_attempt(payment).state == "expired"
    assert SandboxSession.objects.get().state == "expired"


def test_cancelling_what_was_paid_settles_it(payment: Payment) -> None:
    pay_at_provider(payment)
    assert close_attempt(payment).state == "confirmed"


@pytest.mark.parametrize("transition", ["fail", "cancel", "expire"])
@pytest.mark.rule(21)
def test_late_failure_never_overwrites_confirmed(payment: Payment, transition: str) -> None:
    pay_at_provider(payment)
    resolve_payment(payment)
    assert end_attempt(payment, transition).state == "confirmed"


@pytest.mark.parametrize("transition", ["fail", "cancel", "expire"])
@pytest.mark.rule(21)
def test_late_money_overwrites_a_failure(payment: Payment, transition: str) -> None:
    end_attempt(payment, transition)
    pay_at_provider(payment)
    payment.refresh_from_db()
    assert resolve_payment(payment).state == "confirmed"
