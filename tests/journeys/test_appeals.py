"""An appeal from the ticket to the decision: a resident's, one for somebody else's vehicle, a guest's."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.documents import pdf, picture
from tests.factories import make_user, make_vehicle, make_violation
from tests.journeys.inbox import link_in
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, make_staff, wait_until
from violations.models import Appeal, AppealFile, Violation

REASON = "I paid for the day at the meter. The slip fell off the dash."


@pytest.fixture
def papers(tmp_path: Path) -> list[Path]:
    """Two photos and a PDF, as a person has them."""
    contents = {"slip.jpg": picture(), "sign.png": picture("PNG", colour="teal"), "receipt.pdf": pdf()}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in contents]


@pytest.mark.guide("APP-1", "APP-2", "APP-3", "APP-4", "APP-5", "PAY-5")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_resident_appeals_and_the_office_decides(kind: str, visit: Visit, stack: Stack, papers: list[Path]) -> None:
    maya = make_user(first_name="Maya", last_name="Okafor")
    ticket = make_violation(make_vehicle(maya))
    visitor = visit(kind, user=maya)
    page = visitor.page
    page.goto("/home/")
    visitor.follow("Appeals")
    page.get_by_label("Search my Tickets").fill(ticket.number)
    visitor.click("Search")
    page.locator("summary", has_text="Details").click()
    visitor.see("list", heading="Appeals")
    page.get_by_role("link", name="More Info").click()
    visitor.see("ticket", heading="No Valid Permit Displayed")
    page.get_by_role("button", name="Request Appeal").click()
    page.get_by_label("Reason for Appeal").fill(REASON)
    page.get_by_label("Select Files to Upload").set_input_files(papers)
    visitor.click("Upload File")
    expect(page.get_by_role("button", name="Remove")).to_have_count(3)
    wait_until(lambda: AppealFile.objects.filter(appeal__violation=ticket).exclude(thumb="").count() == 2)
    page.reload()
    visitor.see("draft", heading="Request Appeal")
    page.get_by_role("button", name="Remove sign.png").click()
    expect(page.get_by_role("button", name="Remove")).to_have_count(2)
    visitor.click("Submit Appeal")
    visitor.says("Your appeal is submitted.")
    visitor.see("submitted", heading="Appeal Information")
    stack.inbox.wait_for(maya.email, "We have your appeal")
    page.goto("/payments/")
    visitor.says("Nothing is paid until the appeal is decided")
    expect(page.get_by_role("checkbox", name=ticket.number)).to_be_disabled()

    office = visit("desk", user=make_staff("Appeals"))
    office.page.goto("/admin/violations/appeal/")
    office.see("queue")
    office.page.get_by_role("link", name=ticket.number).click()
    office.page.get_by_label("Reduce to the amount below").check()
    office.page.get_by_label("Reduce to:").fill("20")
    office.page.get_by_label("Reasons, or your question:").fill("The slip is good, but it was not to be seen.")
    office.click("Show what it means")
    office.see("preview")
    office.click("Decide so")
    office.page.get_by_text("is decided.").wait_for()

    mail = stack.inbox.wait_for(maya.email, "Decision on your appeal")
    page.goto(link_in(mail, "/appeals/"))
    visitor.says("The ticket is reduced to $20.00.")
    visitor.says("The slip is good, but it was not to be seen.")
    visitor.see("decided")
    page.goto(f"/tickets/{ticket.number}/")
    visitor.says("Show Appeal Information")
    visitor.see("ticket after the decision")


@pytest.mark.guide("APP-6", "APP-7")
def test_appeal_for_somebody_elses_vehicle(visit: Visit, stack: Stack) -> None:
    owner, patricia = make_user(), make_user(first_name="Patricia", last_name="Birch")
    ticket = make_violation(make_vehicle(owner, plate="KSTN771"))
    late = make_violation(make_vehicle(patricia))
    Violation.objects.filter(pk=late.pk).update(issued_at="2026-01-05T12:00:00Z")
    visitor = visit("phone", user=patricia)
    page = visitor.page
    page.goto("/appeals/")
    visitor.says("The last day to appeal was")
    expect(page.get_by_role("button", name="Request Appeal")).to_have_count(0)
    visitor.see("too late", heading="Appeals")
    visitor.follow("Lookup All Tickets")
    page.get_by_label("Search Plate or Ticket").fill("kstn 771")
    visitor.click("Search")
    visitor.see("found", heading="Lookup All Tickets")
    page.get_by_role("button", name="Request Appeal").click()
    visitor.says("The vehicle will be associated with your profile temporarily during the appeal.")
    page.get_by_label("Ticket number").fill(ticket.full_number)
    visitor.see("associate", heading="Request Appeal")
    visitor.click("Associate")
    visitor.says("The vehicle is associated with your profile.")
    stack.inbox.wait_for(owner.email, "Somebody appeals a ticket of your vehicle")
    page.get_by_role("button", name=f"Request Appeal {ticket.number}").click()
    page.get_by_label("Reason for Appeal").fill(REASON)
    visitor.click("Submit Appeal")
    visitor.says("Your appeal is submitted.")
    assert Appeal.objects.get(violation=ticket).user == patricia


def test_guest_appeals_without_an_account(visit: Visit, stack: Stack) -> None:
    ticket, guest = make_violation(), visit("noscript")
    page = guest.page
    page.goto("/pay-ticket/")
    page.get_by_label("Ticket number").fill(ticket.full_number)
    guest.click("Search")
    page.get_by_role("button", name="Request Appeal").click()
    page.get_by_label("Your name").fill("Robin")
    page.get_by_label("Your e-mail").fill("robin@example.test")
    page.get_by_label("Reason for Appeal").fill(REASON)
    guest.see("draft of a guest", heading="Request Appeal")
    guest.click("Submit Appeal")
    guest.says("Your appeal is submitted.")
    link = link_in(stack.inbox.wait_for("robin@example.test", "We have your appeal"), "/appeals/status/")
    elsewhere = visit("phone")
    elsewhere.page.goto(link)
    elsewhere.says("The office means to answer by")
    elsewhere.see("status without an account", heading="Appeal Information")
