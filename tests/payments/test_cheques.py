"""Bounced cheques: a reversing entry with fee, suspended not deleted (RULES 46)."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import Mail, User
from payments.errors import PaymentRefused
from payments.models import Charge, Checkout, Payment
from payments.models.payment import ReceivedAs
from payments.services.cheques import bounce_cheque
from payments.services.promises import process_manually, promise_payment
from permits.models import Permit
from tests.factories import change_office, make_checkout, make_permit
from tests.payments.test_admin import client_of, said
from tests.payments.test_credits import dec, give, owe, spendable

Ledger = Callable[[Payment], dict[str, Decimal]]


def cheque(checkout: Checkout, staff: User, received: str, credit: str = "0.00", kind: str = "cheque") -> Payment:
    payment = promise_payment(checkout, email="ada@example.test", credit=dec(credit))
    return process_manually(payment, received=dec(received), received_as=ReceivedAs(kind), by=staff)


def balance(ledger: Ledger, payment: Payment) -> dict[str, Decimal]:
    return {account: total for account, total in ledger(payment).items() if total}


@pytest.mark.rule(46)
def test_bounced_cheque_owes_it_again_with_a_fee_and_tells_the_payer(
    checkout: Checkout, charge: Charge, staff: User, ledger: Ledger
) -> None:
    change_office(bounced_cheque_fee=dec("40.00"))
    payment = bounce_cheque(cheque(checkout, staff, "30.00"), by=staff)
    charge = Charge.objects.with_standing().get(pk=charge.pk)
    assert (charge.state, charge.owed, balance(ledger, payment)) == ("open", dec("50.00"), {})
    fee = Charge.objects.get(description__startswith="Fee")
    assert (fee.amount, fee.payer, fee.description) == (
        dec("40.00"),
        checkout.user,
        f"Fee for a bounced cheque ({payment.receipt.number})",
    )
    assert payment.events.latest("pk").reason == "the cheque bounced"
    mail = Mail.objects.get(kind="cheque_bounced")
    assert (mail.to, mail.subject) == ("ada@example.test", "Your cheque of $30.00 was not paid by the bank")
    assert "The fee for a bounced cheque is $40.00." in mail.text
    assert make_checkout([charge, fee], checkout.user).total == dec("70.00")  # within the week of the reduction


@pytest.mark.rule(46)
def test_permit_is_suspended_keeps_its_place_and_comes_back_once_paid(resident: User, staff: User) -> None:
    permit = make_permit(resident)
    payment = cheque(make_checkout([permit.charge], resident), staff, "77.00")
    bounce_cheque(payment, by=staff)
    permit.refresh_from_db()
    permit.charge.refresh_from_db()
    assert permit.charge.held_until is None
    assert (permit.state, Permit.objects.taking_space(payment.created_at).get()) == ("suspended", permit)
    assert not permit.is_valid_on(permit.valid_from)
    again = cheque(make_checkout([permit.charge], resident), staff, "77.00", kind="cash")
    permit.refresh_from_db()
    assert (again.state, permit.state) == ("confirmed", "active")


def test_part_and_surplus_and_credit_beside_the_cheque(
    resident: User, checkout: Checkout, charge: Charge, staff: User, ledger: Ledger
) -> None:
    give(resident, "12.00")
    payment = bounce_cheque(cheque(checkout, staff, "10.00", credit="12.00"), by=staff)
    charge = Charge.objects.with_standing().get(pk=charge.pk)
    assert (charge.owed, spendable(resident)) == (dec("38.00"), [])
    assert balance(ledger, payment) == {"credit": dec("12.00"), "charge": dec("-12.00")}
    more = bounce_cheque(cheque(make_checkout([owe(resident)], resident), staff, "65.00"), by=staff)
    assert (balance(ledger, more), more.attention) == ({}, "")


@pytest.mark.parametrize("kind", ["cash", "debit"])
def test_only_a_cheque_bounces(checkout: Checkout, staff: User, kind: str) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        bounce_cheque(cheque(checkout, staff, "30.00", kind=kind), by=staff)
    assert refusal.value.code == "cheque"


def test_a_cheque_bounces_once(checkout: Checkout, staff: User) -> None:
    payment = bounce_cheque(cheque(checkout, staff, "30.00"), by=staff)
    with pytest.raises(PaymentRefused) as refusal:
        bounce_cheque(payment, by=staff)
    assert (refusal.value.code, payment.entries.count()) == ("bounced", 6)


def test_no_fee_where_the_office_wants_none_or_nobody_has_an_account(checkout: Checkout, staff: User) -> None:
    bounce_cheque(cheque(checkout, staff, "30.00"), by=staff)
    change_office(bounced_cheque_fee=dec("40.00"))
    bounce_cheque(cheque(make_checkout([owe(None)], None), staff, "50.00"), by=staff)
    assert Charge.objects.filter(description__startswith="Fee").count() == 0


def test_cashier_undoes_a_cheque_on_its_page(checkout: Checkout, staff: User) -> None:
    payment, cashier = cheque(checkout, staff, "30.00"), client_of("Cashier")
    path = f"/admin/payments/payment/{payment.pk}/bounce/"
    change = f"/admin/payments/payment/{payment.pk}/change/"
    assert b"The cheque bounced" in cashier.get(change).content
    assert (client_of("Auditor").post(path).status_code, Client().post(path).status_code) == (403, 302)
    cashier.get(path)
    payment.refresh_from_db()
    assert payment.bounced_at is None
    response = cashier.post(path, follow=True)
    assert said(response) == ["The cheque is undone; what it paid is owed again, and the payer is told."]
    assert b"/bounce/" not in cashier.get(change).content
