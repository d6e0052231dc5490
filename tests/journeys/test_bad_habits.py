"""Double clicks, two tabs, Back, and a closed browser: money moves once, one receipt goes out."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from payments.models import Charge, Payment
from permits.models import Permit
from tests.factories import make_lot, make_user, make_vehicle, make_violation, make_window
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, checkout, fill_card, pay_by_card, wait_until
from tests.journeys.visitor import Visitor

SUBMIT = "Submit Payment of $30.00"


def driver_with_a_ticket(email: str) -> User:
    """Owes $30.00."""
    user = make_user(email=email)
    make_violation(make_vehicle(user))
    return user


def paid_once(stack: Stack, email: str, cents: int) -> None:
    """By the provider's own books, by ours, and by the mail that left."""
    stack.inbox.wait_for(email, "receipt")
    stack.peer.drain()
    assert stack.peer.captured() == [cents]
    payments = Payment.objects.filter(checkout__email=email)
    assert payments.filter(state=Payment.State.CONFIRMED).count() == 1
    assert payments.filter(state__in=Payment.IN_FLIGHT).count() == 0
    assert payments.exclude(attention="").count() == 0
    assert len(stack.inbox.find(email, "receipt")) == 1


def arrive(page: Page, part: str) -> None:
    """Wait for an address with that part. The second click breaks off the first one's navigation, which is no failure."""
    expect(page).to_have_url(re.compile(re.escape(part)), timeout=20000)
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_double_clicks_reserve_and_pay_once(kind: str, visit: Visit, stack: Stack) -> None:
    email = f"double-{kind}@example.test"
    user = make_user(email=email, permit_disclaimer_at=timezone.now())
    make_vehicle(user)
    lot = make_lot(name=f"Double {kind}")
    window = make_window(lot)
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto(f"/permits/reserve/{window.code}/")
    page.get_by_role("button", name="Reserve Permit").dblclick()
    arrive(page, "/payments/")
    assert Permit.objects.filter(holder=user).count() == 1
    page.get_by_role("button", name="Continue to Checkout").dblclick()
    arrive(page, "/checkout/")
    page.get_by_label("Credit Card").check()
    page.get_by_role("button", name="Submit Payment of $77.00").dblclick()
    arrive(page, stack.peer.url)
    fill_card(visitor)
    page.get_by_role("button", name="Pay Now").click()  # the provider's page, which guards its own button
    paid_once(stack, email, 7700)
    arrive(page, "/receipts/")
    page.goto("/payments/")
    visitor.says("Nothing to pay.")
    assert Permit.objects.get(holder=user).state == Permit.State.ACTIVE


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_back_after_paying_and_submitting_again_pays_nothing(kind: str, visit: Visit, stack: Stack) -> None:
    email = f"back-{kind}@example.test"
    visitor = visit(kind, user=driver_with_a_ticket(email), remembers=True)
    page = visitor.page
    checkout(visitor)
    page.locator("main form").evaluate("form => { window.kept = true; }")
    visitor.click(SUBMIT)
    page.wait_for_url(f"{stack.peer.url}/**")
    pay_by_card(visitor)
    page.wait_for_url("**/receipts/**")
    receipt = page.url
    for _back in range(6):
        page.evaluate("history.back()")
        page.wait_for_timeout(400)
        button = page.get_by_role("button", name=SUBMIT)
        if button.count():
            button.click()
            page.wait_for_url("**/receipts/**")
            break
        button = page.get_by_role("button", name="Pay Now")
        if button.count():
            fill_card(visitor)
            button.click()
            page.wait_for_timeout(400)
        if "/payments/" in page.url and "/return/" not in page.url:
            break
    paid_once(stack, email, 3000)
    page.goto(receipt)
    visitor.see("receipt", heading="$30.00 paid, thank you")


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_two_tabs_pay_one_ticket_once(kind: str, visit: Visit, stack: Stack) -> None:
    email = f"tabs-{kind}@example.test"
    first = visit(kind, user=driver_with_a_ticket(email))
    checkout(first)
    second = Visitor(first.page.context.new_page(), first.journey, f"{kind}-second-tab", first.ours)
    checkout(second)
    for tab in (first, second):
        tab.page.evaluate("document.querySelector('main form').requestSubmit()")
    for tab in (first, second):
        tab.page.wait_for_url(lambda url: "/checkout/" not in url)
    outcomes = [settle_tab(tab, stack) for tab in (first, second)]
    assert "paid" in outcomes
    paid_once(stack, email, 3000)
    for tab in (first, second):
        tab.page.goto("/payments/")
        tab.says("Nothing to pay.")
    assert second.troubles == []


def settle_tab(tab: Visitor, stack: Stack) -> str:
    """Pay where the tab stands, if its card page is open still."""
    if not tab.page.url.startswith(stack.peer.url):
        return "told"
    tab.page.reload()
    if not tab.page.get_by_role("button", name="Pay Now").count():
        return "closed"
    pay_by_card(tab)
    tab.page.wait_for_url("**/receipts/**")
    return "paid"


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_browser_closed_on_the_card_page_is_settled_by_the_webhook(kind: str, visit: Visit, stack: Stack) -> None:
    email = f"closed-{kind}@example.test"
    user = driver_with_a_ticket(email)
    visitor = visit(kind, user=user)
    checkout(visitor)
    visitor.click(SUBMIT)
    visitor.page.wait_for_url(f"{stack.peer.url}/**")
    session = urlsplit(visitor.page.url).path.rpartition("/")[2]
    visitor.page.close()
    stack.peer.pay(session)
    paid_once(stack, email, 3000)
    later = visit(kind, user=user)
    later.page.goto("/payments/")
    later.says("Nothing to pay.")
    later.says("Paid before")
    later.see("paid meanwhile", heading="Payments")


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_hold_that_lapses_on_the_checkout_page_frees_the_place(kind: str, visit: Visit, stack: Stack) -> None:
    slow, quick = (make_user(permit_disclaimer_at=timezone.now()) for _person in range(2))
    for user in (slow, quick):
        make_vehicle(user)
    lot = make_lot(name=f"Last place {kind}", spaces=1)
    window = make_window(lot)
    visitor, other = visit(kind, user=slow), visit(kind, user=quick)
    visitor.page.goto(f"/permits/reserve/{window.code}/")
    visitor.click("Reserve Permit")
    checkout(visitor)
    other.page.goto("/permits/")
    card = other.page.locator("article", has_text=lot.name)
    card.get_by_text("Full", exact=True).wait_for()
    permit = Permit.objects.get(holder=slow)
    over = timezone.now() - timedelta(seconds=1)
    Permit.objects.filter(pk=permit.pk).update(held_until=over)
    Charge.objects.filter(pk=permit.charge_id).update(held_until=over)

    visitor.click("Submit Payment of $77.00")
    visitor.page.wait_for_url("**/payments/")
    visitor.page.locator("[role=alert]").wait_for()
    visitor.see("the time is over", heading="Payments")
    assert "free again" in visitor.page.locator("[role=alert]").inner_text()
    assert stack.peer.captured() == []
    other.page.reload()
    card.get_by_text("1 left").wait_for()
    card.get_by_role("link", name="Reserve Permit").click()
    other.click("Reserve Permit")
    other.page.wait_for_url("**/payments/")
    wait_until(lambda: Permit.objects.filter(holder=quick, state=Permit.State.HELD).exists())
    assert Permit.objects.get(pk=permit.pk).state in (Permit.State.HELD, Permit.State.RELEASED)
