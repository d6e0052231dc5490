"""An officer opens the entry page where there is no line."""

from playwright.sync_api import expect

from tests.factories import make_lot, make_offence
from tests.journeys.steps import Visit, make_staff
from tests.violations.conftest import picture
from violations.models import Violation

WRITE = "/admin/violations/violation/write/"


def test_entry_page_opens_without_a_line_and_its_ticket_goes_out_with_one(visit: Visit) -> None:
    lot, offence, officer = make_lot(name="Quarry Lot"), make_offence(description="Offline"), make_staff("Enforcement")
    visitor = visit("phone", user=officer)
    page = visitor.page
    page.goto(WRITE)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.goto(f"{WRITE}?plate=XQOFF902&lot={lot.pk}")
    visitor.says("No line.")
    expect(page.locator("body")).not_to_contain_text("Welcome,")
    expect(page.get_by_label("Plate", exact=True)).to_have_value("XQOFF902")
    page.get_by_label("Offence").select_option(label=offence.description)
    page.get_by_label("Photos").set_input_files({"name": "car.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    visitor.click("Write the ticket")
    visitor.says("Waits on this phone")
    assert not Violation.objects.filter(plate="XQOFF902").exists()
    page.context.set_offline(False)
    visitor.says("Sent")
    ticket = Violation.objects.get(plate="XQOFF902")
    assert (ticket.officer, ticket.lot, ticket.photos.count()) == (officer, lot, 1)
    expect(page.locator("form[data-shell]")).to_have_count(0)
