"""Vehicles are edited and switched off and on."""

import pytest

from tests.factories import make_user, make_vehicle
from tests.journeys.steps import Visit


@pytest.mark.guide("VEH-2", "VEH-3", "VEH-4")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_vehicle_is_edited_and_made_inactive(kind: str, visit: Visit) -> None:
    user = make_user()
    vehicle = make_vehicle(user, plate=f"VEHX{len(kind)}71")
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/vehicles/")
    visitor.says("Mark it inactive before adding a new one; the office deletes it when you ask")
    visitor.see("vehicles", heading="Vehicles")
    page.get_by_role("link", name="Edit").first.click()
    page.get_by_label("Year").fill("1799")
    page.get_by_label("Colour (optional)").fill("Green")
    visitor.click("Save")
    visitor.says("Enter a model year from 1900 to")
    visitor.see("year too early")
    page.get_by_label("Year").fill("2019")
    visitor.see("edit")
    visitor.click("Save")
    page.wait_for_url("**/vehicles/")
    visitor.says("is saved.")
    visitor.see("saved", heading="Vehicles")
    vehicle.refresh_from_db()
    assert (vehicle.year, vehicle.colour) == (2019, "Green")

    switch = page.get_by_role("switch")
    assert switch.get_attribute("aria-checked") == "true"
    switch.click()
    visitor.says("is inactive. Permits that you have for it stay valid.")
    assert switch.get_attribute("aria-checked") == "false"
    assert user.vehicle_links.get().active is False
    visitor.see("inactive")
    page.goto("/permits/")
    page.wait_for_url("**/vehicles/**")
    visitor.says("turn one on with Active")
    switch.click()
    visitor.says("is active.")
    assert user.vehicle_links.get().active is True
