"""All tickets of a plate as a guest, whether a ticket is real, and what the office does with tickets that stay unpaid."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.factories import change_office, make_appeal, make_offence, make_user, make_vehicle, make_violation
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, make_staff, pay_by_card
from violations.models import NoticeAddress, TicketNotice
from violations.services.appeals.drafting import submit_appeal
from violations.services.letters import draw_letters


@pytest.mark.card_providers("stripe", "sandbox")
@pytest.mark.guide("GST-1")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_guest_sees_that_a_ticket_is_real_and_pays_all_of_its_plate(
    kind: str, provider: str, visit: Visit, stack: Stack
) -> None:
    offence = make_offence(description="No Valid Permit Displayed")
    owner = make_user(email=f"plate-{kind}-{provider}@example.test")
    car = make_vehicle(owner)
    ticket = make_violation(car, offence=offence)
    make_violation(car, offence=make_offence(description="Fire Route", reduced_amount=None))
    submit_appeal(make_appeal(owner, make_violation(car, offence=offence)), by=owner)
    guest = visit(kind)
    page = guest.page
    page.goto("/pay-ticket/")
    page.get_by_label("Ticket number").fill(ticket.full_number)
    guest.click("Search")
    page.wait_for_url(f"**/tickets/{ticket.number}/")
    guest.follow("Is this ticket real?")
    page.wait_for_url("**/verify/**")
    guest.see("ticket is real", heading="Ticket is real")
    page.goto(f"/tickets/{ticket.number}/")
    guest.follow("This plate has other unpaid tickets?")
    page.wait_for_url("**/plate/")
    guest.see("code for a plate", heading="Unpaid tickets of this plate")
    guest.click("Send a code")
    guest.says("A code is on its way to p•••@e•••.test.")
    mail = stack.inbox.wait_for(owner.email, "Your code for the tickets of your plate")
    digits = re.search(r"\b\d{6}\b", str(mail.get_body(preferencelist=("plain",))))
    assert digits
    page.get_by_label("Code").fill(digits.group())
    guest.click("Show the tickets")
    guest.says("This ticket is under review.")
    guest.see("tickets of a plate")
    guest.click("Continue to Checkout")
    page.wait_for_url("**/checkout/**")
    page.get_by_label("Credit Card").check()
    page.get_by_label("Email for the receipt").fill(owner.email)
    guest.click("Submit Payment of $80.00")
    pay_by_card(guest)
    page.wait_for_url("**/receipts/**")
    guest.see("receipt of a plate", heading="$80.00 paid, thank you")


def test_office_posts_letters_and_hands_tickets_to_the_agency(visit: Visit) -> None:
    change_office(collections_days=30)
    long_ago = timezone.now() - timedelta(days=100)
    ticket = make_violation(issued_at=long_ago)
    NoticeAddress.objects.create(violation=ticket, name="Jo Poe", address="1 Main St\nGuelph ON")
    supervisor = visit("desk", user=make_staff("Enforcement supervisor"))
    page = supervisor.page
    page.goto("/admin/violations/letterbatch/add/")
    page.get_by_label("Notice").select_option("last")
    supervisor.see("office chooses a notice")
    supervisor.click("Make the batch")
    page.wait_for_url("**/change/")
    draw_letters(ticket.letters.get().batch_id)
    page.reload()
    supervisor.says("Download the letters (PDF)")
    supervisor.see("office has letters")
    supervisor.click("They are in the post")
    supervisor.says("The letters are sent.")

    TicketNotice.objects.update(at=timezone.now() - timedelta(days=31))
    finance = visit("desk", user=make_staff("Finance"))
    page = finance.page
    page.goto("/admin/violations/collectionsbatch/add/")
    finance.says("1 ticket is ready")
    finance.see("office sees what is ready for the agency")
    finance.click("Hand them to the agency")
    expect(page).to_have_url(re.compile(r"/collectionsbatch/\d+/change/"))
    finance.see("file for the agency")
    page.goto("/admin/violations/collectionscase/")
    finance.see("tickets at the agency")
    page.get_by_role("link", name=ticket.number).click()
    page.wait_for_url("**/change/")
    finance.see("ticket at the agency")
