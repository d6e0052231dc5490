"""Freezing a selection."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import User
from payments.errors import PaymentRefused
from payments.models import Charge, Checkout
from payments.services.charges import void_charge
from payments.services.checkouts import QUOTE_LIFE, expire_open_checkouts
from payments.services.promises import promise_payment
from tests.factories import make_charge, make_checkout, make_permit, make_user
from tests.payments.conftest import begin


def test_checkout_freezes_amount_and_discount(checkout: Checkout) -> None:
    line = checkout.lines.get()
    assert (line.amount, line.discount, checkout.total) == (Decimal("30.00"), Decimal("20.00"), Decimal("30.00"))


def test_same_selection_again_is_the_same_checkout(checkout: Checkout, charge: Charge, resident: User) -> None:
    assert make_checkout([charge], resident) == checkout


def test_other_selection_is_another_checkout(checkout: Checkout, charge: Charge, resident: User) -> None:
    assert make_checkout([charge, make_charge(resident)], resident) != checkout


def test_empty_selection_is_refused(resident: User) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        make_checkout([], resident)
    assert refusal.value.code == "empty"


@pytest.mark.parametrize(("state", "code"), [("settled", "paid"), ("void", "void")])
def test_charge_that_is_not_open_is_refused(resident: User, state: str, code: str) -> None:
    charge = make_charge(resident)
    Charge.objects.filter(pk=charge.pk).update(state=state)
    with pytest.raises(PaymentRefused) as refusal:
        make_checkout([charge], resident)
    assert refusal.value.code == code


def test_blocked_charge_is_refused_in_its_own_words(resident: User) -> None:
    charge = make_charge(resident)
    Charge.objects.filter(pk=charge.pk).update(blocked="Cannot be paid while your appeal is open.")
    with pytest.raises(PaymentRefused, match=r"^Cannot be paid while your appeal is open\.$"):
        make_checkout([charge], resident)


def test_promised_charge_is_refused(checkout: Checkout, charge: Charge, resident: User) -> None:
    promise_payment(checkout, email=resident.email)
    with pytest.raises(PaymentRefused) as refusal:
        make_checkout([charge], resident)
    assert refusal.value.code == "promised"


def test_lapsed_hold_is_refused(resident: User) -> None:
    permit = make_permit(resident)
    with pytest.raises(PaymentRefused) as refusal:
        make_checkout([permit.charge], resident, at=timezone.now() + timedelta(minutes=16))
    assert refusal.value.code == "lapsed"


def test_looking_at_a_checkout_does_not_keep_the_place_longer(resident: User) -> None:
    permit = make_permit(resident)
    make_checkout([permit.charge], resident, at=timezone.now() + timedelta(minutes=10))
    held_until = permit.held_until
    permit.refresh_from_db()
    assert permit.held_until == held_until


@pytest.mark.rule(10)
def test_abandoned_checkout_ends_by_our_own_clock(checkout: Checkout) -> None:
    assert expire_open_checkouts(at=checkout.created_at + QUOTE_LIFE - timedelta(seconds=1)) == 0
    assert expire_open_checkouts(at=checkout.created_at + QUOTE_LIFE) == 1
    checkout.refresh_from_db()
    assert checkout.state == Checkout.State.EXPIRED


def test_checkout_with_an_attempt_under_way_is_left_alone(checkout: Checkout) -> None:
    begin(checkout)
    assert expire_open_checkouts(at=checkout.created_at + QUOTE_LIFE) == 0


def test_someone_elses_checkout_is_not_found(checkout: Checkout) -> None:
    assert not Checkout.objects.for_user(make_user()).filter(pk=checkout.pk).exists()


def test_void_charge_cannot_be_voided_twice(charge: Charge) -> None:
    from django_fsm import TransitionNotAllowed

    void_charge(charge)
    with pytest.raises(TransitionNotAllowed):
        void_charge(charge)
    assert charge.events.count() == 1


def test_guest_with_the_same_browser_gets_the_same_checkout(charge: Charge) -> None:
    first = make_checkout([charge])
    assert make_checkout([charge], earlier=first.code) == first


def test_guest_with_another_browser_gets_another_checkout(charge: Charge) -> None:
    assert make_checkout([charge]) != make_checkout([charge])


def test_guest_does_not_get_a_users_checkout_by_its_code(checkout: Checkout, charge: Charge) -> None:
    assert make_checkout([charge], earlier=checkout.code) != checkout
