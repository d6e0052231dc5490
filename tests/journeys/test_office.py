"""The office changes something, and the next person meets it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from opscom.lib.dates import today
from permits.models import Lot
from tests.factories import make_checkout, make_user, make_vehicle, make_violation
from tests.journeys.steps import Visit, choose, make_staff
from tests.journeys.visitor import Visitor


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_a_changed_setting_holds_for_the_next_request(kind: str, visit: Visit) -> None:
    user = make_user()
    charge = make_violation(make_vehicle(user)).charge
    assert charge is not None
    checkout = make_checkout([charge], user)
    resident, manager = visit(kind, user=user), visit(kind, user=make_staff("Manager"))
    resident.page.goto(f"/checkout/{checkout.code}/")
    resident.says("within 5 days")

    page = manager.page
    page.goto("/admin/opscom/systemsettings/")
    manager.see("system settings")
    page.get_by_label("Office name:").fill(f"Riverside Parking {kind}")
    page.get_by_label("Accent colour:").fill("#7a1f5c")
    page.locator("#id_promise_days").fill("9")
    page.get_by_role("button", name="Save", exact=True).click()
    manager.says("was changed successfully.")
    manager.see("settings saved")

    for _again in range(10):
        answer = resident.page.request.get(f"/checkout/{checkout.code}/").text()
        assert f"Riverside Parking {kind}" in answer
        assert "within 9 days" in answer
        assert resident.page.request.get("/accent.css").text() == ":root { --office-accent: #7a1f5c; }\n"
    resident.page.reload()
    resident.says("within 9 days")
    resident.see("more days, another colour", heading="Payment Method")


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_a_lot_that_the_office_adds_is_on_sale_at_once(kind: str, visit: Visit) -> None:
    driver = make_user(permit_disclaimer_at=timezone.now())
    make_vehicle(driver)
    resident, manager = visit(kind, user=driver), visit(kind, user=make_staff("Manager"))
    name = f"Orchard Lot {kind}"
    add_lot(manager, name, kind)
    resident.page.goto("/permits/")
    card = resident.page.locator("article", has_text=name)
    card.get_by_text("Nothing is on sale here now.").wait_for()
    add_permit_type(manager, name, kind)
    add_window(manager, f"Commuter {kind}", kind)

    resident.page.reload()
    card.get_by_text("$41.50").wait_for()
    card.get_by_text("3 left").wait_for()
    resident.see("permits with the new lot", heading="Permits")
    card.get_by_role("link", name="Reserve Permit").click()
    resident.click("Reserve Permit")
    resident.page.wait_for_url("**/payments/")
    resident.says(name)
    assert Lot.objects.get(name=name).permits.count() == 1


def add_lot(manager: Visitor, name: str, kind: str) -> None:
    """Three spaces, of which the office keeps none."""
    page = manager.page
    page.goto("/admin/permits/lot/add/")
    page.locator("#id_code").fill(f"orchard-{kind}")
    page.locator("#id_name_en").fill(name)
    page.get_by_label("Spaces:").fill("3")
    manager.see("office adds a lot")
    manager.click("Save")
    manager.says("was added successfully.")


def add_permit_type(manager: Visitor, lot: str, kind: str) -> None:
    """A standard permit of that lot."""
    page = manager.page
    page.goto("/admin/permits/permittype/add/")
    choose(manager, "lot", lot, lot)
    page.locator("#id_name_en").fill(f"Commuter {kind}")
    page.get_by_label("Number prefix:").fill(f"OR{kind[0].upper()}")
    manager.see("office adds a permit type")
    manager.click("Save")
    manager.says("was added successfully.")


def add_window(manager: Visitor, permit_type: str, kind: str) -> None:
    """On sale since yesterday for $41.50; a price calendar with a gap is refused first."""
    page, day = manager.page, today()
    page.goto("/admin/permits/saleswindow/add/")
    choose(manager, "permit_type", permit_type, permit_type)
    page.locator("#id_name_en").fill("Autumn")
    for field, moment in [("sale_starts", day - timedelta(days=1)), ("sale_ends", day + timedelta(days=20))]:
        page.locator(f"#id_{field}_0").fill(moment.isoformat())
        page.locator(f"#id_{field}_1").fill("08:00:00")
    page.get_by_label("Permit valid from:").fill(day.isoformat())
    page.get_by_label("Permit ends before:").fill((day + timedelta(days=30)).isoformat())
    page.locator("#id_prices-0-from_day").fill(day.isoformat())
    page.locator("#id_prices-0-amount").fill("41.50")
    manager.click("Save")
    manager.says("The price calendar has a gap")
    manager.see("a gap in the price calendar")
    page.locator("#id_prices-0-from_day").fill((day - timedelta(days=1)).isoformat())
    manager.click("Save")
    manager.says("was added successfully.")
