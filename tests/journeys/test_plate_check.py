"""An officer walks the lot with a phone."""

import pytest
from playwright.sync_api import expect

from permits.models import Permit, PlateCheck
from tests.factories import make_lot, make_offence, make_permit, make_user, make_vehicle, make_window
from tests.journeys.steps import Visit, make_staff
from tests.violations.conftest import picture
from violations.models import Violation


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_officer_checks_plates_and_writes_a_ticket(kind: str, visit: Visit) -> None:
    lot, driver = make_lot(name=f"Orchard Lot {kind}"), make_user()
    covered, stranger = f"CK{kind[:2].upper()}418", f"XQ{kind[:2].upper()}902"
    make_vehicle(driver, plate=covered)
    permit = make_permit(driver, make_window(lot))
    Permit.objects.filter(pk=permit.pk).update(state="active")
    officer, offence = make_staff("Enforcement"), make_offence(description=f"No permit {kind}")
    visitor = visit(kind, user=officer)
    page = visitor.page
    page.goto("/admin/")
    visitor.follow("Check a plate")
    page.get_by_label("Lot", exact=True).select_option(label=lot.name)
    page.get_by_label("Plate", exact=True).fill(covered.lower())
    page.keyboard.press("Enter")
    visitor.says("Covered")
    visitor.see("a covered plate")
    page.get_by_label("Plate", exact=True).fill(stranger)
    visitor.click("Check")
    visitor.says("No permit is known for this plate.")
    visitor.see("a plate without a permit")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    verdicts = PlateCheck.objects.filter(by=officer, lot=lot).order_by("pk").values_list("plate", "verdict")
    assert list(verdicts) == [(covered, "covered"), (stranger, "unknown")]
    visitor.follow("Write a ticket")
    page.wait_for_url("**/violations/violation/write/**")
    assert page.get_by_label("Plate", exact=True).input_value() == stranger
    page.context.set_offline(True)
    page.get_by_label("Offence").select_option(label=offence.description)
    page.get_by_label("Photos").set_input_files({"name": "car.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    visitor.click("Write the ticket")
    visitor.says("Waits on this phone")
    visitor.says("No line. Your tickets stay on this phone")
    assert not Violation.objects.filter(plate=stranger).exists()
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    visitor.says("Sent")
    ticket = Violation.objects.get(plate=stranger)
    visitor.says(ticket.full_number)
    visitor.see("a ticket that was sent")
    assert (ticket.officer, ticket.lot, ticket.photos.count()) == (officer, lot, 1)
    page.get_by_label("Plate", exact=True).fill(stranger)
    page.get_by_label("Offence").select_option(label=offence.description)
    visitor.click("Write the ticket")
    visitor.says("is for the same plate, offence and lot.")
    visitor.see("a second ticket is doubted")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    visitor.click("Write it anyway")
    visitor.says("Sent")
    expect(page.locator("#waiting li a:visible")).to_have_count(2)
    assert Violation.objects.filter(plate=stranger, state="open").count() == 2
