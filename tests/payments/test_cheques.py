"""Bounced cheques: a reversing entry with fee, suspended not deleted (RULES 46)."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
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
from tests.payments.test_pdf import text_of

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


def test_office_sees_that_it_bounced_and_nothing_that_a_cheque_has_not(checkout: Checkout, staff: User) -> None:
    payment = cheque(checkout, staff, "20.00")
    client, path = client_of("Cashier"), f"/admin/payments/payment/{payment.pk}/change/"
    page = BeautifulSoup(client.get(path).content, "html.parser")
    assert page.select_one(".whole-top .standing").get_text(strip=True) == "Paid"  # type: ignore[union-attr]
    assert page.select_one(".field-received")
    assert not page.select(".field-stored_card, .field-provider_ref, .field-expires_at, .field-attention")
    bounce_cheque(payment, by=staff)
    page = BeautifulSoup(client.get(path).content, "html.parser")
    assert page.select_one(".whole-top .standing").get_text(strip=True) == "Cheque bounced"  # type: ignore[union-attr]
    facts = {fact.dt.get_text(strip=True): fact.dd.get_text(strip=True) for fact in page.select(".whole-facts > div")}  # type: ignore[union-attr]
    assert (facts["Promised"], facts["Amount"]) == ("$30.00", "$20.00")
    assert "Bounced on" in facts
    (row,) = BeautifulSoup(client.get("/admin/payments/payment/").content, "html.parser").select(
        "#result_list tbody tr"
    )
    cells = [row.select_one(f".field-{name}").get_text(strip=True) for name in ("standing", "needs")]  # type: ignore[union-attr]
    assert cells == ["Cheque bounced", "-"]


def test_receipt_of_a_part_says_what_was_paid_and_what_is_still_owed(checkout: Checkout, staff: User) -> None:
    cheque(checkout, staff, "20.00")  # of $30 by the end of the week, $50 after it
    mail = Mail.objects.get(kind="receipt")
    description = checkout.lines.get().charge.description
    assert f"{description}: $20.00\nTotal: $20.00" in mail.text
    assert "$30.00 is still owed." in mail.text
    assert "You saved" not in mail.text


@pytest.mark.parametrize(
    ("received", "lines"),
    [("25.00", "Office credit: −$5.00\nTotal: $25.00"), ("35.00", "More than was owed: $5.00\nTotal: $35.00")],
)
def test_receipt_with_credit_or_surplus_adds_up(resident: User, staff: User, received: str, lines: str) -> None:
    give(resident, "10.00")  # as much of it is spent as the cheque leaves
    charge = owe(resident, amount="30.00")
    cheque(make_checkout([charge], resident), staff, received, credit="10.00")
    assert f"{charge.description}: $30.00\n{lines}" in Mail.objects.get(kind="receipt").text


def test_receipt_of_a_bounced_cheque_is_good_for_nothing_any_more(
    checkout: Checkout, staff: User, resident_client: Client
) -> None:
    payment = cheque(checkout, staff, "30.00")
    words, code = "The bank did not pay this cheque.", payment.receipt.code
    assert words not in resident_client.get(f"/receipts/{code}/").content.decode()
    bounce_cheque(payment, by=staff)
    page = BeautifulSoup(resident_client.get(f"/receipts/{code}/").content, "html.parser")
    assert words in page.get_text()
    assert [pill.get_text(strip=True) for pill in page.select(".card .pill")] == ["Cheque bounced"]
    assert words in text_of(resident_client.get(f"/receipts/{code}/pdf/").content)
    checked = Client().get(f"/verify/{code}/").content.decode()
    assert "Receipt is not good any more" in checked
    assert "Receipt is real" not in checked


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
