"""Trying the portal out: every way that a payment on the sandbox's card page can go."""

import pytest

from payments.models import Payment
from tests.factories import make_user, make_vehicle, make_violation
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, checkout
from tests.journeys.visitor import Visitor


def at_the_card_page(visit: Visit, kind: str, email: str) -> Visitor:
    """A driver who owes $30.00 and has chosen Credit Card."""
    user = make_user(email=email)
    make_violation(make_vehicle(user))
    visitor = visit(kind, user=user)
    choose_card(visitor)
    return visitor


def choose_card(visitor: Visitor) -> None:
    checkout(visitor)
    visitor.click("Submit Payment of $30.00")
    visitor.page.wait_for_url("**/sandbox/**")


def pay(visitor: Visitor, card: str) -> None:
    """Choose one of the test cards."""
    visitor.page.get_by_label(card, exact=True).check()
    visitor.click("Pay Now")


def paid_once(visitor: Visitor, stack: Stack, email: str) -> None:
    """One confirmed payment, one receipt by e-mail, nothing owed."""
    stack.inbox.wait_for(email, "receipt")
    assert Payment.objects.filter(checkout__email=email, state=Payment.State.CONFIRMED).count() == 1
    visitor.page.goto("/payments/")
    visitor.says("Nothing to pay.")
    visitor.says("Paid before")
    assert len(stack.inbox.find(email, "receipt")) == 1


@pytest.mark.card_providers("sandbox")
@pytest.mark.guide("PAY-3")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_card_is_declined_and_another_pays(kind: str, visit: Visit, stack: Stack) -> None:
    email = f"declined-{kind}@example.test"
    visitor = at_the_card_page(visit, kind, email)
    visitor.see("card page", heading="Sandbox card page")
    pay(visitor, "Test card that is declined")
    visitor.says("The card was declined. Try another card.")
    visitor.see("declined")
    address = visitor.page.url
    pay(visitor, "Test card that pays")
    visitor.page.wait_for_url("**/receipts/**")
    visitor.see("receipt", heading="$30.00 paid, thank you")
    paid_once(visitor, stack, email)
    visitor.page.goto(address)
    visitor.says("It was paid. You were not charged again.")
    visitor.see("closed card page")


@pytest.mark.card_providers("sandbox")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_bank_asks_and_the_second_answer_pays(kind: str, visit: Visit, stack: Stack) -> None:
    email = f"secure-{kind}@example.test"
    visitor = at_the_card_page(visit, kind, email)
    pay(visitor, "Test card that asks for a 3-D Secure step")
    visitor.see("bank's question", heading="3-D Secure")
    visitor.click("Fail")
    visitor.says("The card was declined. Try another card.")
    pay(visitor, "Test card that asks for a 3-D Secure step")
    visitor.click("Complete")
    visitor.page.wait_for_url("**/receipts/**")
    paid_once(visitor, stack, email)


@pytest.mark.card_providers("sandbox")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_paid_page_that_never_returns_is_settled_by_the_webhook(kind: str, visit: Visit, stack: Stack) -> None:
    email = f"vanish-{kind}@example.test"
    visitor = at_the_card_page(visit, kind, email)
    pay(visitor, "Test card that pays, but the page never comes back")
    visitor.see("vanished", heading="Paid, and nowhere to go")
    paid_once(visitor, stack, email)


@pytest.mark.card_providers("sandbox")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_cancelled_card_page_leads_back_to_the_choice(kind: str, visit: Visit, stack: Stack) -> None:
    email = f"cancel-{kind}@example.test"
    visitor = at_the_card_page(visit, kind, email)
    visitor.follow("Cancel")
    visitor.page.wait_for_url("**/checkout/**")
    visitor.says("The card was not charged. You can choose again how to pay.")
    visitor.see("choose again", heading="Payment Method")
    visitor.click("Submit Payment of $30.00")
    visitor.page.wait_for_url("**/sandbox/**")
    pay(visitor, "Test card that pays")
    visitor.page.wait_for_url("**/receipts/**")
    paid_once(visitor, stack, email)
