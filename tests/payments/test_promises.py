"""Cash and cheque (RULES 7, 45; PAY-4)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from payments.errors import AlreadyPaid, PaymentRefused
from payments.models import Charge, Checkout, Payment
from payments.models.payment import ReceivedAs
from payments.services.promises import expire_promises, process_manually, promise_payment, withdraw_promise
from permits.services.reserve import release_lapsed_holds
from tests.factories import make_checkout, make_permit
from tests.payments.conftest import begin

Ledger = Callable[[Payment], dict[str, Decimal]]
TORONTO = ZoneInfo("America/Toronto")


@pytest.fixture
def promise(checkout: Checkout, resident: User) -> Payment:
    """The resident's promise of $30."""
    return promise_payment(checkout, email=resident.email)


@pytest.mark.rule(45)
def test_promise_shows_a_date_and_keeps_grace_to_itself(checkout: Checkout) -> None:
    at = checkout.created_at
    payment = promise_payment(checkout, email="a@example.test", at=at)
    due = timezone.localdate(at) + timedelta(days=5)
    assert (payment.state, payment.promise_due_on) == ("promised", due)
    end = datetime.combine(due + timedelta(days=4), datetime.min.time(), tzinfo=TORONTO)
    assert payment.promise_until == end


@pytest.mark.rule(7, 45)
def test_promise_keeps_the_permits_place_through_the_grace(resident: User) -> None:
    permit = make_permit(resident)
    payment = promise_payment(make_checkout([permit.charge], resident), email=resident.email)
    assert payment.promise_until is not None
    assert release_lapsed_holds(at=payment.promise_until - timedelta(seconds=1)) == 0
    assert release_lapsed_holds(at=payment.promise_until) == 1


def test_promise_twice_is_one_promise(checkout: Checkout, promise: Payment) -> None:
    with pytest.raises(AlreadyPaid):
        promise_payment(checkout, email="a@example.test")
    assert Payment.objects.count() == 1
    assert Mail.objects.filter(kind="promise").count() == 1


@pytest.mark.rule(45)
def test_processing_books_amount_method_cashier_and_receipt(
    promise: Payment, charge: Charge, staff: User, ledger: Ledger
) -> None:
    payment = process_manually(promise, received=Decimal("30.00"), received_as=ReceivedAs.CHEQUE, by=staff)
    charge.refresh_from_db()
    assert (payment.state, payment.received, payment.received_as) == ("confirmed", Decimal("30.00"), "cheque")
    assert payment.events.get(to_state="confirmed").by == staff
    assert payment.receipt.number == f"R-{timezone.localdate().year}-00001"
    assert charge.state == "settled"
    assert ledger(payment) == {"office": Decimal("30.00"), "charge": Decimal("-50.00"), "discount": Decimal("20.00")}


@pytest.mark.rule(45)
def test_part_of_the_money_leaves_the_rest_owed_without_the_discount(
    promise: Payment, charge: Charge, staff: User
) -> None:
    process_manually(promise, received=Decimal("12.00"), received_as=ReceivedAs.CASH, by=staff)
    charge = Charge.objects.with_standing().get(pk=charge.pk)
    assert (charge.state, charge.applied, charge.owed, charge.promised) == (
        "open",
        Decimal("12.00"),
        Decimal("38.00"),
        False,
    )


def test_more_than_promised_is_surplus(promise: Payment, staff: User, ledger: Ledger) -> None:
    payment = process_manually(promise, received=Decimal("40.00"), received_as=ReceivedAs.CASH, by=staff)
    assert payment.attention == "surplus"
    assert ledger(payment)["surplus"] == Decimal("-10.00")


def test_processing_twice_is_refused(promise: Payment, staff: User) -> None:
    process_manually(promise, received=Decimal("30.00"), received_as=ReceivedAs.CASH, by=staff)
    with pytest.raises(PaymentRefused) as refusal:
        process_manually(promise, received=Decimal("30.00"), received_as=ReceivedAs.CASH, by=staff)
    assert refusal.value.code == "processed"
    assert promise.entries.filter(account="office").count() == 1


@pytest.mark.parametrize("amount", ["0.00", "-5.00"])
def test_no_money_is_refused(promise: Payment, staff: User, amount: str) -> None:
    with pytest.raises(PaymentRefused):
        process_manually(promise, received=Decimal(amount), received_as=ReceivedAs.CASH, by=staff)


def test_card_payment_cannot_be_processed_by_hand(payment: Payment, staff: User) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        process_manually(payment, received=Decimal("30.00"), received_as=ReceivedAs.CASH, by=staff)
    assert refusal.value.code == "method"


def test_late_cash_after_the_promise_expired_is_still_booked(promise: Payment, staff: User) -> None:
    assert promise.promise_until is not None
    assert expire_promises(at=promise.promise_until) == 1
    promise.refresh_from_db()
    assert promise.state == "expired"
    assert (
        process_manually(promise, received=Decimal("30.00"), received_as=ReceivedAs.CASH, by=staff).state == "confirmed"
    )


def test_withdrawn_promise_is_owed_again(promise: Payment, charge: Charge, resident: User, staff: User) -> None:
    withdraw_promise(promise, by=staff)
    assert Charge.objects.with_standing().get(pk=charge.pk).promised is False
    assert begin(make_checkout([charge], resident)).state == "redirected"
