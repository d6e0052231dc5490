"""Paying where the office's provider is Moneris: its form in a frame on a page of ours (PAY-3)."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from payments.models import Payment
from tests.factories import make_user, make_vehicle, make_violation
from tests.journeys.stack import Stack
from tests.journeys.steps import GOOD_CARD, Visit, checkout
from tests.journeys.visitor import Visitor
from tests.peers.moneris_driver import MonerisPeer


@dataclass(frozen=True)
class Moneris:
    """The peer, and the portal that takes cards through it."""

    peer: MonerisPeer
    url: str


@pytest.fixture(scope="module")
def moneris(stack: Stack) -> Iterator[Moneris]:
    """Both running."""
    with MonerisPeer() as peer:
        yield Moneris(peer, stack.open_portal("web-moneris", CARD_PROVIDER="moneris", **peer.environment))


def at_the_form(visit: Visit, moneris: Moneris, kind: str, email: str) -> Visitor:
    """A driver who owes $30.00 and has chosen Credit Card."""
    user = make_user(email=email)
    make_violation(make_vehicle(user))
    visitor = visit(kind, user=user, base=moneris.url)
    checkout(visitor)
    visitor.click("Submit Payment of $30.00")
    visitor.page.wait_for_url("**/payments/card/**")
    return visitor


@pytest.mark.card_providers("moneris")
@pytest.mark.guide("PAY-3")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_card_is_paid_in_the_provider_s_frame(kind: str, visit: Visit, stack: Stack, moneris: Moneris) -> None:
    email = f"frame-{kind}@example.test"
    visitor = at_the_form(visit, moneris, kind, email)
    frame = visitor.page.frame_locator("iframe")
    frame.get_by_role("button", name="Cancel checkout").click()
    visitor.page.wait_for_url("**/checkout/**")
    visitor.says("The card was not charged. You can choose again how to pay.")
    visitor.click("Submit Payment of $30.00")
    visitor.page.wait_for_url("**/payments/card/**")
    frame.get_by_label("Card number").fill(GOOD_CARD)
    frame.get_by_label("Expiry date").fill("12/30")
    frame.get_by_label("CVV").fill("123")
    frame.get_by_label("Cardholder name").fill("Kim Person")
    assert not visitor.page.get_by_text("The card form is loading…").is_visible()
    visitor.look(f"card form {kind}")
    address = visitor.page.url
    frame.get_by_role("button", name="Checkout", exact=True).click()
    visitor.page.wait_for_url("**/receipts/**")
    visitor.see("receipt", heading="$30.00 paid, thank you")
    payment = Payment.objects.get(checkout__email=email, state=Payment.State.CONFIRMED)
    assert moneris.peer.movements(payment.code) == [("purchase", 3000)]
    visitor.page.goto(address)  # the ticket is used up: back to where the provider is asked
    visitor.page.wait_for_url("**/receipts/**")
    assert moneris.peer.movements(payment.code) == [("purchase", 3000)]


@pytest.mark.card_providers("moneris")
def test_page_without_scripts_says_what_to_do(visit: Visit, moneris: Moneris) -> None:
    visitor = at_the_form(visit, moneris, "noscript", "frame-noscript@example.test")
    visitor.says(
        "Our card provider's form needs JavaScript, and your browser has it switched off. Nothing was charged."
    )
    visitor.see("card form without scripts", heading="Pay $30.00 by card")
    visitor.follow("Cancel")
    visitor.page.wait_for_url("**/checkout/**")
    visitor.says("The card was not charged. You can choose again how to pay.")
