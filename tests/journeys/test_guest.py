"""A guest with a ticket on the windscreen, from the officer's entry to the receipt."""

import re
from urllib.parse import urlsplit

import pytest

from opscom.lib.office import office
from tests.factories import change_office, make_offence, make_violation
from tests.journeys.inbox import link_in
from tests.journeys.stack import Stack
from tests.journeys.steps import GOOD_CARD, Visit, choose, fill_card, make_staff, pay_by_card
from tests.journeys.visitor import Visitor
from violations.models import Offence

NOT_FOUND = "We cannot find a ticket with this number and PIN."


@pytest.fixture
def offence() -> Offence:
    """$50.00, $30.00 within a week."""
    return make_offence(description="No Valid Permit Displayed")


def write_ticket(officer: Visitor, offence: Offence, plate: str) -> str:
    """The whole number that the officer hands out."""
    page = officer.page
    page.goto("/admin/violations/violation/add/")
    choose(officer, "offence", offence.code, offence.description)
    page.get_by_label("Plate:").fill(plate)
    page.get_by_label("Location:").fill("North Loop, bay 14")
    page.get_by_label("Make:").fill("Mazda")
    page.get_by_label("Colour:").fill("Blue")
    officer.see("office enters a ticket")
    officer.click("Save")
    message = page.get_by_text("is written. Hand out the number").inner_text()
    officer.see("office shows the number")
    found = re.search(r"TT-\d+-\w\w\b", message)
    assert found, message
    assert page.locator(".field-number_with_pin").inner_text().endswith(found.group())
    return found.group()


@pytest.mark.card_providers("stripe", "sandbox")
@pytest.mark.guide("GST-1", "GST-2")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_guest_pays_a_ticket(kind: str, provider: str, visit: Visit, stack: Stack, offence: Offence) -> None:
    officer = visit("desk" if kind == "noscript" else kind, user=make_staff("Enforcement"))
    whole = write_ticket(officer, offence, f"bvlp {kind[:2]}1")
    guest, email = visit(kind), f"guest-{kind}-{provider}@example.test"
    page = guest.page

    page.goto("/login")
    guest.says("Pay your Ticket")
    guest.see("login page with Pay your Ticket")
    for wrong in ("TT-9999999-AA", whole[:-2] + ("ZZ" if whole[-2:] != "ZZ" else "YY")):
        page.get_by_label("Ticket number").fill(wrong)
        guest.click("Search")
        guest.says(NOT_FOUND)
        guest.see("no such ticket", heading="Pay your Ticket")
    page.goto("/login")
    page.get_by_label("Ticket number").fill(whole.lower().replace("-", " "))
    guest.click("Search")

    guest.says("Violation Ticket Login")
    guest.says(whole)
    guest.see("ticket", heading="No Valid Permit Displayed")
    guest.press_shown("Guest Payment")
    page.get_by_label("Credit Card").check()
    guest.click("Submit Payment of $30.00")
    guest.says("Enter the address for the receipt")
    guest.see("no address for the receipt")
    page.get_by_label("Email for the receipt").fill(email)
    guest.see("payment method", heading="Payment Method")
    guest.click("Submit Payment of $30.00")

    page.wait_for_url(f"{stack.peer.url}/**" if provider == "stripe" else "**/sandbox/**")
    pay_by_card(guest)
    page.wait_for_url("**/receipts/**")
    guest.see("receipt", heading="$30.00 paid, thank you")
    assert stack.peer.captured() == ([3000] if provider == "stripe" else [])
    receipt = stack.inbox.wait_for(email, "receipt")
    assert (
        urlsplit(link_in(receipt, "/receipts/")).path == urlsplit(page.url).path
    )  # any web process may have settled it
    page.goto(f"/tickets/{whole.rpartition('-')[0]}/")
    guest.says("This ticket is paid.")
    guest.see("paid ticket")


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_guest_is_locked_after_the_offices_tries(kind: str, visit: Visit, offence: Offence) -> None:
    change_office(lookup_tries=3, phone="519-555-0199")
    ticket, guest = make_violation(offence=offence), visit(kind)
    guest.page.goto("/pay-ticket/")
    for _try in range(3):
        guest.page.get_by_label("Ticket number").fill(f"{ticket.number}-!!")
        guest.click("Search")
        guest.says(NOT_FOUND)
    guest.page.get_by_label("Ticket number").fill(ticket.full_number)
    guest.click("Search")
    guest.says(f"Too many tries. Wait 15 minutes, or call the office at {office().phone}.")
    assert guest.page.get_by_text(NOT_FOUND).count() == 0
    guest.see("locked", heading="Pay your Ticket")


def test_guest_pays_by_keyboard_on_320_pixels(visit: Visit, stack: Stack, offence: Offence) -> None:
    """Only Tab, arrows, Enter and letters; at each stop the focus shows, and nothing is wider than the screen."""
    ticket, guest = make_violation(offence=offence), visit("narrow")
    page = guest.page
    page.goto("/login")
    guest.see("login")
    guest.tab_to("Ticket number")
    page.keyboard.type(ticket.full_number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/**")
    guest.see("ticket")
    guest.tab_to("Guest Payment")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout/**")
    guest.tab_to("Email for the receipt")
    page.keyboard.type("keyboard@example.test")
    guest.see("payment method")
    guest.tab_to("Submit Payment of $30.00")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{stack.peer.url}/**")
    fill_card(guest, GOOD_CARD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipts/**")
    guest.see("receipt", heading="$30.00 paid, thank you")
    guest.tab_to("Done")
    assert stack.peer.captured() == [3000]
