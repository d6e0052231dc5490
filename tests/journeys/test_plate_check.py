"""An officer walks the lot with a phone."""

import pytest

from permits.models import Permit, PlateCheck
from tests.factories import make_lot, make_permit, make_user, make_vehicle, make_window
from tests.journeys.steps import Visit, make_staff
from violations.models import Violation


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_officer_checks_plates_and_writes_a_ticket(kind: str, visit: Visit) -> None:
    lot, driver = make_lot(name=f"Orchard Lot {kind}"), make_user()
    covered, stranger = f"CK{kind[:2].upper()}418", f"XQ{kind[:2].upper()}902"
    make_vehicle(driver, plate=covered)
    permit = make_permit(driver, make_window(lot))
    Permit.objects.filter(pk=permit.pk).update(state="active")
    officer = make_staff("Enforcement")
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
    visitor.follow("Write a ticket")
    page.wait_for_url("**/violations/violation/add/**")
    assert page.get_by_label("Plate:").first.input_value() == stranger
    verdicts = PlateCheck.objects.filter(by=officer, lot=lot).order_by("pk").values_list("plate", "verdict")
    assert list(verdicts) == [(covered, "covered"), (stranger, "unknown")]
    assert not Violation.objects.filter(plate=stranger).exists()
