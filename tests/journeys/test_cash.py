"""Cash or Cheque: promised at the portal, processed by a cashier behind a one-time password."""

from datetime import timedelta
from typing import Literal

import pytest
from django.utils import timezone
from django_otp.plugins.otp_email.models import EmailDevice
from playwright.sync_api import Locator, expect

from accounts.models import User, Wording
from tests.factories import make_user, make_vehicle, make_violation
from tests.journeys.inbox import code_in, link_in, plain_text
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, checkout, log_in, make_staff
from tests.journeys.visitor import Visitor

PROMISED = "Paid but not Processed"


def resident_with_tickets(email: str, tickets: int = 1) -> User:
    """A driver who owes $30.00 a ticket if they pay within a week."""
    user = make_user(email=email, first_name="Ada", last_name="Reyes")
    vehicle = make_vehicle(user)
    for _ticket in range(tickets):
        make_violation(vehicle)
    return user


def promise(resident: Visitor) -> None:
    """Cash or Cheque, and where it shows afterwards."""
    checkout(resident, "Cash or Cheque")
    resident.see("cash or cheque", heading="Payment Method")
    resident.click("Submit Payment of $30.00")
    resident.page.wait_for_url("**/promised/")
    resident.see("promised", heading=PROMISED)
    for path, name in [("/payments/", "payments with a promise"), ("/home/", "home with a promise")]:
        resident.page.goto(path)
        resident.says(PROMISED)
        resident.see(name)


def enter_the_office(cashier: Visitor, stack: Stack, user: User) -> None:
    """Password, then the one-time password from the e-mail; nothing else opens before it."""
    page = cashier.page
    page.goto("/admin/")
    page.wait_for_url("**/login?next=**")
    log_in(cashier, user)
    page.wait_for_url("**/one_time_password*")
    for path in ("/home/", "/admin/", "/profile/"):
        page.goto(path)
        page.wait_for_url("**/one_time_password*")
    cashier.see("one-time password")
    page.get_by_label("One-time password").fill("000000")
    cashier.click("Submit")
    cashier.says("This code does not match")
    cashier.see("wrong code")
    wait_out_the_throttle(user)
    message = stack.inbox.wait_for(user.email, "Door code of the parking office")
    assert "Knock with" in plain_text(message)
    page.get_by_label("One-time password").fill(code_in(message))
    cashier.click("Submit")
    page.wait_for_url("**/profile/")
    page.goto("/admin/")


def wait_out_the_throttle(user: User) -> None:
    """A miss makes the next try wait a second; that second is over."""
    EmailDevice.objects.filter(user=user).update(throttling_failure_timestamp=timezone.now() - timedelta(seconds=5))


@pytest.mark.guide("PAY-2", "PAY-4", "MFA-4", "MFA-5", "MFA-6")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_cash_is_promised_and_processed(kind: str, visit: Visit, stack: Stack) -> None:
    Wording.objects.create(
        kind="one_time_password",
        language="en",
        subject="Door code of the parking office",
        body="Knock with {{ code }}, {{ name }}.",
    )
    email, staff = f"cash-{kind}@example.test", make_staff("Cashier")
    payer = resident_with_tickets(email)
    resident = visit(kind, user=payer)
    promise(resident)
    stack.inbox.wait_for(email, "by")

    cashier = visit(kind)
    page = cashier.page
    enter_the_office(cashier, stack, staff)
    cashier.see("today", heading="Today")
    page.get_by_role("link", name="Cash or cheque to process").click()
    cashier.see("payments to process")
    page.get_by_role("row", name=email).get_by_role("link").first.click()
    cashier.see("payment")
    cashier.follow("Process Manually")
    page.get_by_label("Amount received").fill("30.00")
    page.get_by_label("Received as").select_option("cheque")
    cashier.see("process manually")
    cashier.click("Process Manually")
    cashier.says("Processed. Receipt")
    cashier.see("processed")
    receipt = stack.inbox.wait_for(email, "receipt")
    resident.page.goto(link_in(receipt, "/receipts/"))
    resident.says("Cash or Cheque (Cheque)")
    resident.see("receipt", heading="$30.00 paid, thank you")
    assert len(stack.inbox.find(email, "receipt")) == 1

    page.goto("/admin/payments/payment/")
    assert "/admin/payments/payment/" in page.url
    elsewhere = visit(kind)
    log_in(elsewhere, staff)
    elsewhere.page.wait_for_url("**/one_time_password*")


@pytest.mark.guide("MFA-3")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_only_the_newest_one_time_password_opens_and_for_fifteen_minutes(kind: str, visit: Visit, stack: Stack) -> None:
    staff, cashier = make_staff("Cashier"), visit(kind)
    page, subject = cashier.page, "one-time password"
    log_in(cashier, staff)
    page.wait_for_url("**/one_time_password*")
    codes = [code_in(stack.inbox.wait_for(staff.email, subject))]
    EmailDevice.objects.filter(user=staff).update(last_generated_timestamp=timezone.now() - timedelta(minutes=1))
    cashier.click("Send One-Time Password To Email")
    cashier.says(f"A one-time password is on its way to {staff.email}.")
    cashier.see("another one is on its way")
    codes.append(code_in(stack.inbox.wait_for(staff.email, subject, count=2)))
    refused(cashier, staff, codes[0])
    EmailDevice.objects.filter(user=staff).update(
        valid_until=timezone.now() - timedelta(seconds=1),
        last_generated_timestamp=timezone.now() - timedelta(minutes=16),
    )
    page.get_by_label("One-time password").fill(codes[1])
    cashier.click("Submit")
    cashier.says(f"The 15 minutes of this code are over. A new one is on its way to {staff.email}.")
    codes.append(code_in(stack.inbox.wait_for(staff.email, subject, count=3)))
    page.get_by_label("One-time password").fill(codes[2])
    cashier.click("Submit")
    page.wait_for_url("**/admin/")


def refused(cashier: Visitor, staff: User, code: str) -> None:
    """That code does not open."""
    cashier.page.get_by_label("One-time password").fill(code)
    cashier.click("Submit")
    cashier.says("This code does not match, or its 15 minutes are over.")
    wait_out_the_throttle(staff)


@pytest.mark.guide("PAY-1")
def test_shift_on_a_click_selects_or_clears_all(visit: Visit) -> None:
    resident = visit("desk", user=resident_with_tickets("shift@example.test", tickets=3))
    page = resident.page
    page.goto("/payments/")
    boxes, total = page.locator("input[name=charge]"), page.locator("[data-sum]")
    expect(boxes).to_have_count(3)
    assert total.inner_text() == "$90.00"
    press(boxes.nth(1))
    assert (page.locator("input[name=charge]:checked").count(), total.inner_text()) == (2, "$60.00")
    press(boxes.nth(0), "Shift")
    assert (page.locator("input[name=charge]:checked").count(), total.inner_text()) == (0, "$0.00")
    resident.see("nothing ticked")
    press(boxes.nth(2), "Shift")
    assert (page.locator("input[name=charge]:checked").count(), total.inner_text()) == (3, "$90.00")
    press(boxes.nth(0))
    press(boxes.nth(1))
    resident.see("one ticked", heading="Payments")
    resident.click("Continue to Checkout")
    assert page.get_by_role("button", name="Submit Payment of $30.00").is_visible()


def press(box: Locator, *keys: Literal["Shift"]) -> None:
    """Press the mouse where the box is; the row's label covers it and passes the click on."""
    box.click(modifiers=keys, force=True)
