"""What is owed, paid in instalments: looked at, agreed to, paid by card and at the counter, ended."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from payments.models import PaymentPlan
from tests.factories import change_office, make_offence, make_stored_card, make_user, make_vehicle, make_violation
from tests.journeys.inbox import link_in
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, make_staff, pay_by_card


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_tickets_are_paid_in_instalments(kind: str, visit: Visit, stack: Stack) -> None:
    change_office(payment_plans=True, plan_first_percent=25)
    user = make_user(first_name="Maya", last_name="Okafor", email=f"plan-{kind}@example.test")
    make_stored_card(user, primary=True, last4="4242")
    offence = make_offence(amount=Decimal("60.00"), reduced_amount=None, reduced_days=0)
    for _ticket in range(2):
        make_violation(make_vehicle(user), offence=offence)
    resident = visit(kind, user=user)
    page = resident.page
    page.goto("/payments/")
    resident.follow("Pay in instalments")
    expect(page).to_have_url(f"{stack.url}/payments/plan/")
    page.get_by_label("How many instalments").select_option("4")
    resident.click("Show")
    page.wait_for_url("**/plan/?count=4")
    resident.see("payment plan before agreeing", heading="Pay in instalments")
    resident.click("Agree to this plan")
    page.wait_for_url("**/payments/plan/*/")
    resident.says("Your payment plan has begun.")
    resident.see("payment plan", heading="Payment plan")
    stack.inbox.wait_for(user.email, "Your payment plan for $120.00")

    resident.click("Pay $30.00")
    page.wait_for_url("**/checkout/**")
    page.get_by_label("Credit Card").check()
    resident.click("Submit Payment of $30.00")
    page.wait_for_url(f"{stack.peer.url}/**")
    pay_by_card(resident)
    page.wait_for_url("**/receipts/**")
    page.goto("/payments/")
    resident.see("payments with a plan", heading="Payments")
    resident.follow("See the payment plan")
    page.wait_for_url("**/payments/plan/*/")
    resident.see("payment plan with a part paid", heading="Payment plan")
    assert stack.peer.captured() == [3000]

    office = visit(kind, user=make_staff("Finance"))
    plan = PaymentPlan.objects.get(user=user)
    office.page.goto(f"/admin/payments/paymentplan/{plan.pk}/change/")
    office.see("payment plan in the office")
    office.page.get_by_label("Reason; the person reads it").fill("Paid by your employer")
    office.click("Cancel the plan")
    office.says("The plan is cancelled; the person is told why.")
    page.reload()
    resident.says("The office cancelled this plan: Paid by your employer")


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_guest_pays_a_ticket_in_instalments(kind: str, visit: Visit, stack: Stack) -> None:
    change_office(payment_plans=True, plan_first_percent=25)
    offence = make_offence(amount=Decimal("120.00"), reduced_amount=None, reduced_days=0)
    ticket = make_violation(offence=offence, plate=f"INST{kind[0]}".upper())
    guest, email = visit(kind), f"plan-guest-{kind}@example.test"
    page = guest.page
    page.goto("/pay-ticket/")
    page.get_by_label("Ticket number").fill(ticket.full_number)
    guest.click("Search")
    guest.follow("Pay in instalments")
    page.wait_for_url("**/plan/")
    guest.see("guest's payment plan before asking", heading="Pay in instalments")
    page.get_by_label("Your e-mail address").fill(email)
    guest.click("Send the link")
    guest.says(f"An e-mail is on its way to {email}.")
    page.goto(link_in(stack.inbox.wait_for(email, "please agree"), "/payments/plan/link/"))
    guest.see("guest's payment plan, offered", heading="Payment plan")
    guest.click("Agree to this plan")
    guest.says("Your payment plan has begun.")
    begun = stack.inbox.wait_for(email, "Your payment plan for $120.00", count=2)

    guest.click("Pay $30.00")
    page.wait_for_url("**/checkout/**")
    page.get_by_label("Credit Card").check()
    guest.click("Submit Payment of $30.00")
    page.wait_for_url(f"{stack.peer.url}/**")
    pay_by_card(guest)
    page.wait_for_url("**/receipts/**")
    stack.inbox.wait_for(email, "receipt")
    page.goto(link_in(begun, "/payments/plan/link/"))
    guest.see("guest's payment plan with a part paid", heading="Payment plan")
    guest.says("$90.00")
    assert stack.peer.captured() == [3000]
