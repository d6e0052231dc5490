"""An office person's day: the drawer, credit word for word, a promise, a cheque that bounces, the sheet."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from payments.models import Charge, Payment
from payments.services.promises import promise_payment
from payments.services.refunds import request_refund
from tests.factories import (
    change_office,
    make_checkout,
    make_permit,
    make_user,
    make_vehicle,
    make_violation,
    make_window,
)
from tests.journeys.inbox import plain_text
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, checkout, make_staff, pay_by_card
from tests.journeys.visitor import Visitor

PROMISED = "Paid but not Processed"


def resident_with_permit_and_ticket(email: str) -> User:
    """Owes $77.00 for a reserved permit and $30.00 for a ticket."""
    user = make_user(email=email, first_name="Ada", last_name="Reyes")
    vehicle = make_vehicle(user)
    make_permit(user, make_window())
    make_violation(vehicle)
    return user


def to_payments_of(cashier: Visitor, person: User) -> Page:
    """From the list of people to what one of them owes."""
    cashier.page.goto(f"/admin/accounts/user/{person.pk}/change/")
    cashier.follow("Payments")
    return cashier.page


def add_credit(cashier: Visitor, amount: str, comment: str, received_as: str = "") -> None:
    """FLEX-1: Payment Method, Amount, Comment."""
    cashier.follow("Add Credit")
    method = "Cash or Cheque" if received_as else "Payroll Deduction"
    cashier.page.get_by_label("Payment Method").select_option(label=method)
    cashier.page.get_by_label("Amount").fill(amount)
    if received_as:
        cashier.page.get_by_label("Received as").select_option(label=received_as)
    cashier.page.get_by_label("Comment").fill(comment)
    cashier.see("add credit", heading="Add Credit")
    cashier.click("Add Credit")


@pytest.mark.card_providers("stripe", "sandbox")
@pytest.mark.guide("FLEX-1", "FLEX-2", "FLEX-3", "FLEX-4")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_office_adds_credit_and_processes_the_payment(kind: str, provider: str, visit: Visit, stack: Stack) -> None:
    email, payroll = f"flex-{kind}-{provider}@example.test", f"payroll-{kind}-{provider}@example.test"
    change_office(payroll_email=payroll)
    person = resident_with_permit_and_ticket(email)
    cashier = visit(kind, user=make_staff("Manager"))
    page = to_payments_of(cashier, person)
    for box in page.locator("input[name=charge]").all():
        box.check()
    cashier.see("select what is paid", heading="Payments of Ada Reyes")
    cashier.click("Continue to Checkout")
    add_credit(cashier, "120.00", "Flex")
    cashier.says("The credit is added.")
    assert page.get_by_role("row", name="Adjustment: Payroll Deduction, Flex").inner_text().endswith("−$120.00")
    cashier.see("the credit along the bottom", heading="Payment")
    assert_pair(cashier, person)

    page.go_back()
    cashier.click("Submit Payment Information")
    cashier.see("check", heading="Check the payment")
    cashier.click("Submit Payment Information")
    cashier.says("Submitted.")
    assert page.locator(".field-state").first.inner_text().endswith(PROMISED)
    cashier.follow("Process Manually")
    cashier.see("process", heading="Process Manually")
    cashier.click("Process Manually")
    cashier.says("Processed. Receipt")
    cashier.see("processed with its credit")
    stack.inbox.wait_for(email, "paid by office credit")
    assert "Deduct $120.00 from the pay of Ada Reyes" in plain_text(stack.inbox.wait_for(payroll, "Payroll deduction"))
    assert (len(stack.inbox.find(email, "")), len(stack.inbox.find(payroll, ""))) == (1, 1)

    resident = visit(kind, user=person)
    resident.page.goto("/payments/")
    resident.says("Adjustments")
    assert resident.page.locator("section[aria-labelledby=credits] .money").all_inner_texts() == ["−$13.00"]
    resident.see("the rest at the bottom", heading="Payments")
    spend_the_rest(resident, person)


def spend_the_rest(resident: Visitor, person: User) -> None:
    """FLEX-2: the next payment uses the credit, and the card pays what it does not cover."""
    make_violation(make_vehicle(person))
    checkout(resident)
    resident.see("checkout with credit", heading="Payment Method")
    resident.click("Submit Payment of $17.00")
    pay_by_card(resident)
    resident.page.wait_for_url("**/receipts/**")
    resident.see("paid with the rest", heading="$17.00 paid, thank you")
    resident.page.goto("/payments/")
    expect(resident.page.locator("section[aria-labelledby=credits]")).to_have_count(0)


def assert_pair(cashier: Visitor, person: User) -> None:
    """FLEX-2: +amount processed, −amount unprocessed."""
    cashier.page.goto(f"/admin/payments/adjustment/?user__id__exact={person.pk}")
    cells = [
        (row.locator(".field-amount").inner_text(), row.locator(".field-state").inner_text())
        for row in cashier.page.locator("#result_list tbody tr").all()
    ]
    assert sorted(cells) == [("-120.00", "Unprocessed"), ("120.00", "Processed")]
    cashier.see("the pair")


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_day_at_the_cash_desk(kind: str, visit: Visit, stack: Stack) -> None:
    change_office(bounced_cheque_fee=Decimal("40.00"))
    email = f"till-{kind}@example.test"
    person = resident_with_permit_and_ticket(email)
    for charge in Charge.objects.for_user(person):
        promise_payment(make_checkout([charge], person), email=email)
    cashier = visit(kind, user=make_staff("Cashier"))
    page = cashier.page
    page.goto("/admin/payments/cashdrawer/")
    cashier.follow("Open the drawer")
    page.get_by_label("Float").fill("100.00")
    cashier.see("open the drawer", heading="Open the drawer")
    cashier.click("Open the drawer")
    cashier.says("Your drawer is open.")
    drawer = page.url

    cheque, cash = Payment.objects.filter(checkout__user=person).order_by("-amount")
    process(cashier, cash, "cash")
    process(cashier, cheque, "cheque")
    cashier.follow("The cheque bounced")
    cashier.see("what will happen", heading="The cheque bounced")
    cashier.click("The cheque bounced")
    cashier.says("The cheque is undone")
    mail = plain_text(stack.inbox.wait_for(email, "was not paid by the bank"))
    assert "The fee for a bounced cheque is $40.00." in mail

    resident = visit(kind, user=person)
    resident.page.goto("/payments/")
    resident.says("Fee for a bounced cheque")
    resident.see("owed again", heading="Payments")
    resident.page.goto("/home/")
    resident.says("Suspended")
    resident.see("suspended permit")

    to_payments_of(cashier, person).locator("input[name=charge]").first.check()
    cashier.click("Continue to Checkout")
    add_credit(cashier, "20.00", "Left at the counter", "Cash")
    cashier.says("The credit is added.")
    hand_out(cashier, cash, "5.00", "Cash")
    hand_out(cashier, cash, "3.00", "Cheque")

    page.goto(drawer)
    cashier.follow("Close the drawer")
    page.get_by_label("$100.00").fill("1")
    page.get_by_label("$20.00").fill("2")
    cashier.see("count", heading="Close the drawer")
    cashier.click("Close the drawer")
    cashier.says("Counted $140.00, expected $145.00.")
    cashier.see("difference")
    page.get_by_label("$5.00").fill("1")
    cashier.click("Close the drawer")
    cashier.says("Your drawer is closed.")
    cashier.follow("End-of-day sheet")
    cashier.see("sheet", heading="End-of-day sheet")
    assert "Cash or Cheque (Cheque)" in page.locator("main, #content").first.inner_text()
    with page.expect_download() as download:
        cashier.follow("CSV")
    assert re.fullmatch(r"day-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)


def hand_out(cashier: Visitor, payment: Payment, amount: str, handed_as: str) -> None:
    """What Finance has agreed to give back of it, from today's work."""
    finance, payment = make_staff("Finance"), Payment.objects.get(pk=payment.pk)
    charge = payment.checkout.lines.get().charge
    [refund] = request_refund(payment, amount=Decimal(amount), reason="Too much", by=finance, charge=charge)
    cashier.page.goto("/admin/")
    cashier.page.get_by_role("link", name="Refunds to hand out").click()
    cashier.page.get_by_role("link", name=refund.code).click()
    cashier.follow("Decide")
    cashier.page.get_by_label("Decision").select_option(label=handed_as)
    cashier.see(f"handed out as {handed_as}", heading="Decide")
    cashier.click("Submit")
    cashier.says("Done. The history of the refund says who and why.")


def process(cashier: Visitor, payment: Payment, received_as: str) -> None:
    """Process Manually, as it was handed over."""
    cashier.page.goto(f"/admin/payments/payment/{payment.pk}/change/")
    cashier.follow("Process Manually")
    cashier.page.get_by_label("Received as").select_option(received_as)
    cashier.click("Process Manually")
    cashier.says("Processed. Receipt")
