"""Without a mouse: only Tab, arrows, Space, Enter and letters. At each stop the focus shows, and nothing holds it."""

from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from payments.models import Refund
from permits.models import Permit
from tests.factories import (
    change_office,
    make_appeal,
    make_lot,
    make_offence,
    make_user,
    make_vehicle,
    make_violation,
    make_window,
)
from tests.journeys.stack import Stack
from tests.journeys.steps import GOOD_CARD, Visit, fill_card, make_staff, wait_until
from tests.journeys.test_refunds import paid_on_the_sandbox
from tests.journeys.visitor import Visitor
from violations.models import Appeal, Violation
from violations.services.appeals.drafting import submit_appeal


def skip(visitor: Visitor, link: str, target: str) -> None:
    """The first stop of a page leads past its navigation."""
    visitor.press_on(link)
    assert visitor.page.evaluate("document.activeElement.id") == target


def test_resident_buys_a_permit_and_pays_by_keyboard(visit: Visit, stack: Stack) -> None:
    lot = make_lot(name="Keyboard zone")
    make_window(lot, price="77.00")
    user = make_user(permit_disclaimer_at=timezone.now())
    make_vehicle(user)
    resident = visit("desk", user=user)
    page = resident.page
    page.goto("/home/")
    resident.walk()
    page.goto(reverse("permits:lot", args=[lot.code]))
    skip(resident, "Skip to the content", "main")
    resident.press_on("Reserve Permit")
    page.wait_for_url("**/reserve/**")
    while page.evaluate("document.activeElement.type") != "radio":
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    resident.press_on("Reserve Permit")
    page.wait_for_url("**/payments/")
    resident.press_on("Continue to Checkout")
    page.wait_for_url("**/checkout/**")
    resident.walk()
    expect(page.get_by_label("Credit Card")).to_be_checked()
    resident.press_on("Submit Payment of $77.00")
    page.wait_for_url(f"{stack.peer.url}/**")
    fill_card(resident, GOOD_CARD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipts/**")
    resident.walk()
    wait_until(lambda: Permit.objects.get(holder=user).state == Permit.State.ACTIVE)


def test_guest_appeals_by_keyboard(visit: Visit) -> None:
    ticket, guest = make_violation(), visit("desk")
    page = guest.page
    page.goto("/pay-ticket/")
    guest.walk()
    guest.type_into("Ticket number", ticket.full_number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/**")
    skip(guest, "Skip to the content", "main")
    guest.press_on("Request Appeal")
    page.wait_for_url("**/appeals/**")
    guest.walk()
    guest.type_into("Your name", "Robin")
    guest.type_into("Your e-mail", "robin@example.test")
    guest.type_into("Reason for Appeal", "The slip fell off the dash.")
    guest.press_on("Submit Appeal")
    guest.says("Your appeal is submitted.")
    assert Appeal.objects.get(violation=ticket).state == Appeal.State.SUBMITTED


def test_finance_gives_money_back_by_keyboard(visit: Visit) -> None:
    change_office(refund_limit=Decimal("100.00"))
    payment = paid_on_the_sandbox(make_violation().charge, "keyboard-refund@example.test")
    finance = visit("desk", user=make_staff("Finance"))
    page = finance.page
    page.goto(f"/admin/payments/payment/{payment.pk}/change/")
    skip(finance, "Skip to main content", "content-start")
    finance.press_on("Refund")
    page.wait_for_url("**/refund/of/**")
    finance.walk()
    finance.type_into("Amount:", "20.00")
    finance.type_into("Reason:", "Meter was broken")
    page.keyboard.press("Enter")
    finance.says("Give it back")
    finance.press_on("Give it back")
    wait_until(lambda: Refund.objects.filter(payment=payment, amount=Decimal("20.00")).exists())


def test_officer_decides_an_appeal_by_keyboard(visit: Visit) -> None:
    maya = make_user()
    ticket = make_violation(make_vehicle(maya))
    appeal = submit_appeal(make_appeal(maya, ticket), by=maya)
    officer = visit("desk", user=make_staff("Appeals"))
    page = officer.page
    page.goto(f"/admin/violations/appeal/{appeal.pk}/change/")
    officer.walk()
    while page.evaluate("document.activeElement.type") != "radio":
        page.keyboard.press("Tab")
    for _press in range(3):
        if not page.get_by_label("Reduce to the amount below").is_checked():
            page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Reduce to the amount below")).to_be_checked()
    officer.type_into("Reduce to:", "20")
    officer.type_into("Reasons, or your question:", "The slip is good, but it was not to be seen.")
    officer.press_on("Show what it means")
    page.wait_for_load_state()
    officer.says("What this means in money")
    officer.press_on("Decide so")
    officer.says("is decided.")
    appeal.refresh_from_db()
    assert (appeal.state, appeal.violation.charge.amount) == (Appeal.State.REDUCED, Decimal("20.00"))  # type: ignore[union-attr]


def test_officer_writes_a_ticket_by_keyboard(visit: Visit) -> None:
    plate = "KEY902"
    make_lot(name="Jetty lot")
    make_offence(description="Jetty without a permit")
    officer = visit("desk", user=make_staff("Enforcement"))
    page = officer.page
    page.goto("/admin/")
    officer.walk()
    page.goto("/admin/violations/violation/write/")
    officer.walk()
    officer.type_into("Plate", plate)
    officer.type_into("Lot", "Jetty lot")
    officer.type_into("Offence", "Jetty")
    officer.press_on("Write the ticket")
    officer.says("Sent")
    ticket = Violation.objects.get(plate=plate)
    officer.says(ticket.full_number)
    assert ticket.lot is not None
    assert (ticket.lot.name, ticket.offence.description) == ("Jetty lot", "Jetty without a permit")
