"""Receipts: the payer's own, and a guest's for whoever has its address (PAY-3, GST-2)."""

from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from payments.models import Charge, Checkout, Payment, Receipt
from payments.models.payment import ReceivedAs
from payments.services.attempts import resolve_payment
from payments.services.promises import process_manually, promise_payment
from tests.factories import make_checkout, make_violation
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.views.counting import queries
from tests.payments.views.page import callouts, soup


def paid(checkout: Checkout) -> Receipt:
    payment = begin(checkout)
    pay_at_provider(payment)
    return resolve_payment(payment).receipt


def path(receipt: Receipt) -> str:
    return f"/receipts/{receipt.code}/"


def ticket() -> Charge:
    charge = make_violation().charge
    assert charge is not None
    return charge


def test_receipt_shows_number_code_lines_discount_and_method(resident_client: Client, checkout: Checkout) -> None:
    receipt = paid(checkout)
    page = soup(resident_client.get(path(receipt)))
    text = " ".join(page.select_one("main").get_text(" ").split())  # type: ignore[union-attr]
    assert page.select_one("h1").get_text() == "$30.00 paid, thank you"  # type: ignore[union-attr]
    assert [amount.get_text() for amount in page.select(".money")] == ["$30.00", "$30.00"]
    for words in (
        f"Receipt {receipt.number}",
        "$20.00 less for paying early",
        "Payment Method Credit Card",
        f"Confirmation code {receipt.code}",
        "A copy goes to payer@example.test.",
    ):
        assert words in text


def test_receipt_of_cash_says_what_was_handed_over(resident_client: Client, checkout: Checkout, staff: User) -> None:
    promise = promise_payment(checkout, email="payer@example.test")
    receipt = process_manually(promise, received=Decimal("30.00"), received_as=ReceivedAs.CHEQUE, by=staff).receipt
    assert "Cash or Cheque (Cheque)" in soup(resident_client.get(path(receipt))).get_text()


def test_surplus_is_said_to_the_payer(resident_client: Client, checkout: Checkout, staff: User) -> None:
    promise = promise_payment(checkout, email="payer@example.test")
    receipt = process_manually(promise, received=Decimal("45.50"), received_as=ReceivedAs.CASH, by=staff).receipt
    response = resident_client.get(path(receipt))
    assert callouts(response) == [
        "You paid $15.50 more than was owed. It is yours: choose how you get it. Get it back at the office Keep it as credit"
    ]
    assert soup(response).select_one("h1").get_text() == "$45.50 paid, thank you"  # type: ignore[union-attr]


def test_payment_that_could_not_be_fulfilled_yet_says_so(resident_client: Client, checkout: Checkout) -> None:
    receipt = paid(checkout)
    Payment.objects.update(attention="fulfilment", fulfilled_at=None)
    assert callouts(resident_client.get(path(receipt))) == [
        "Your payment is recorded. What you bought is being prepared; do not pay again."
    ]


def test_line_leads_the_payer_to_the_thing_and_nobody_else(
    resident_client: Client, client: Client, checkout: Checkout, guest_checkout: Checkout
) -> None:
    Charge.objects.update(link="/tickets/TT-1/")
    assert len(soup(resident_client.get(path(paid(checkout)))).select("main .money-row a")) == 1
    assert soup(client.get(path(paid(guest_checkout)))).select("main .money-row a") == []


def test_users_receipt_is_nobody_elses(
    client: Client, stranger_client: Client, staff_client: Client, checkout: Checkout
) -> None:
    receipt = paid(checkout)
    for visitor in (client, stranger_client, staff_client):
        assert visitor.get(path(receipt)).status_code == 404


def test_guests_receipt_opens_for_whoever_has_its_address(
    client: Client, stranger_client: Client, guest_checkout: Checkout
) -> None:
    receipt = paid(guest_checkout)
    for visitor in (client, stranger_client):
        assert visitor.get(path(receipt)).status_code == 200


def test_code_is_read_in_any_case(resident_client: Client, checkout: Checkout) -> None:
    receipt = paid(checkout)
    assert resident_client.get(f"/receipts/{receipt.code.lower()}/").status_code == 200


@pytest.mark.parametrize("code", ["NOSUCHCODE", "%00", "x" * 500])
def test_unknown_code_is_not_there(client: Client, db: None, code: str) -> None:
    assert client.get(f"/receipts/{code}/").status_code == 404


def test_number_is_no_address(resident_client: Client, checkout: Checkout) -> None:
    assert resident_client.get(f"/receipts/{paid(checkout).number}/").status_code == 404


def test_post_is_refused(resident_client: Client, checkout: Checkout) -> None:
    assert resident_client.post(path(paid(checkout))).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_receipt_costs_the_same_for_three_lines(resident_client: Client, resident: User, rows: int) -> None:
    receipt = paid(make_checkout([ticket() for _ in range(rows)], resident))
    with queries(10):
        response = resident_client.get(path(receipt))
    assert len(soup(response).select(".money-row")) == rows + 1
