"""One click for what was paid too much (RULES 28)."""

from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from payments.models import Adjustment, Checkout, Payment, Refund
from tests.factories import make_company
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card, tickets
from tests.payments.views.page import callouts, soup


def paid_too_much(user: User | None) -> Payment:
    return paid_by_card(tickets(user, "50.00"), user, received="80.00")


def path(payment: Payment) -> str:
    return f"/receipts/{payment.receipt.code}/claim/"


def buttons(client: Client, payment: Payment) -> list[str]:
    page = soup(client.get(f"/receipts/{payment.receipt.code}/"))
    return [button.get_text() for button in page.select("main form button")]


def test_receipt_offers_card_and_credit(bank: Books, resident: User, resident_client: Client) -> None:
    assert buttons(resident_client, paid_too_much(resident)) == ["Get it back to your card", "Keep it as credit"]


def test_guest_is_offered_the_card(bank: Books, client: Client, db: None) -> None:
    assert buttons(client, paid_too_much(None)) == ["Get it back to your card"]


def test_claim_says_what_happens_and_the_receipt_shows_it(bank: Books, resident: User, resident_client: Client) -> None:
    payment = paid_too_much(resident)
    response = resident_client.post(path(payment), {"way": "original"}, follow=True)
    assert callouts(response) == ["It goes back to your card. Banks take up to ten days to show it."]
    assert buttons(resident_client, payment) == []
    row = soup(response).select_one("#given-back + ul li").get_text(" ")  # type: ignore[union-attr]
    assert " ".join(row.split()).startswith("More than was owed To the card, on its way")
    assert Refund.objects.get().by == resident


def test_claim_twice_gives_it_once(bank: Books, client: Client, db: None) -> None:
    payment = paid_too_much(None)
    for _click in range(2):
        response = client.post(path(payment), {"way": "original"}, follow=True)
    assert callouts(response) == ["This is on its way to you already. Nothing more is left of it."]
    refund = Refund.objects.get()
    assert (refund.amount, refund.by) == (Decimal("30.00"), None)


@pytest.mark.parametrize(
    ("way", "target"), [("credit", "credit"), ("office", "card"), ("nonsense", "card"), ("", "card")]
)
def test_way_is_one_of_two(bank: Books, resident: User, resident_client: Client, way: str, target: str) -> None:
    resident_client.post(path(paid_too_much(resident)), {"way": way})
    assert Refund.objects.get().target == target


def test_what_a_company_paid_too_much_is_no_credit_of_whoever_paid_for_it(
    bank: Books, resident: User, resident_client: Client
) -> None:
    payment = paid_too_much(resident)
    Checkout.objects.update(company=make_company())
    assert buttons(resident_client, payment) == ["Get it back to your card"]
    response = resident_client.post(path(payment), {"way": "credit"}, follow=True)
    assert callouts(response)[0] == "A company has no account for credit. Choose another way."
    assert (Refund.objects.count(), Adjustment.objects.count()) == (0, 0)
    resident_client.post(path(payment), {"way": "original"})
    assert Refund.objects.get().target == "card"


def test_stranger_and_anonymous_claim_nothing_of_a_users(
    bank: Books, resident: User, stranger_client: Client, client: Client
) -> None:
    payment = paid_too_much(resident)
    assert [visitor.post(path(payment)).status_code for visitor in (stranger_client, client)] == [404, 404]
    assert Refund.objects.count() == 0


def test_get_is_refused(bank: Books, client: Client, db: None) -> None:
    assert client.get(path(paid_too_much(None))).status_code == 405
