"""What a person looks after: profile, addresses, documents, and which e-mails come."""

import pytest

from accounts.models import AccountEvent, ProfilePolicy
from tests.factories import make_user
from tests.journeys.steps import Visit, give_password, log_in
from tests.journeys.visitor import Visitor


def open_menu(visitor: Visitor, entry: str) -> None:
    """The name menu, and one of its entries."""
    visitor.page.locator("details.menu summary").click()
    visitor.follow(entry)


@pytest.mark.guide("ACC-2")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_profile_is_edited(kind: str, visit: Visit) -> None:
    user = make_user(last_name="Reyes")
    visitor = visit(kind, user=user)
    visitor.page.goto("/home/")
    open_menu(visitor, "Your Profile")
    visitor.page.get_by_label("Last name").fill("Reyes-Lovell")
    visitor.see("profile", heading="Your Profile")
    visitor.click("Save Changes")
    visitor.says("Your changes are saved.")
    user.refresh_from_db()
    assert user.last_name == "Reyes-Lovell"


@pytest.mark.guide("ACC-3")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_address_is_edited_and_saved(kind: str, visit: Visit) -> None:
    user = make_user()
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/home/")
    open_menu(visitor, "Addresses")
    visitor.see("addresses empty", heading="Addresses")
    page.get_by_role("link", name="Edit Home address").click()
    page.get_by_label("Street and number").fill("17 Trent Lane")
    page.get_by_label("City").fill("Guelph")
    page.get_by_label("Province or state").select_option("US-NY")
    page.get_by_label("Postal code").fill("14850")
    visitor.click("Save Changes")
    visitor.says("Choose the province or state of this country.")
    visitor.see("wrong country", heading="Edit Address")
    page.get_by_label("Province or state").select_option("Ontario")
    page.get_by_label("Postal code").fill("n1g2w1")
    visitor.click("Save Changes")
    visitor.says("Your address is saved.")
    visitor.says("Guelph ON N1G 2W1")
    visitor.see("address saved", heading="Addresses")
    page.get_by_role("button", name="Remove Home address").click()
    visitor.says("The address is removed.")
    verbs = AccountEvent.objects.for_user(user).order_by("pk").values_list("verb", flat=True)
    assert (user.addresses.count(), list(verbs)) == (0, ["address_saved", "address_removed"])


@pytest.mark.guide("REG-6")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_required_address_comes_before_everything_else(kind: str, visit: Visit) -> None:
    ProfilePolicy.objects.create(field="address", rule="required")
    user, visitor = give_password(make_user(profile_complete=False)), visit(kind)
    page = visitor.page
    log_in(visitor, user)
    page.wait_for_url("**/profile/")
    visitor.click("Save Changes")
    visitor.says("One step left: add your address.")
    visitor.see("address is missing", heading="Addresses")
    page.goto("/payments/")
    page.wait_for_url("**/profile/")
    page.goto("/addresses/home/")
    page.get_by_label("Street and number").fill("9 Rue Cartier")
    page.get_by_label("City").fill("Ithaca")
    page.get_by_label("Province or state").select_option("New York")
    page.get_by_label("Postal code").fill("148501234")
    page.get_by_label("Country").select_option("United States")
    visitor.click("Save Changes")
    page.wait_for_url("**/home/")
    assert user.addresses.get().postal_code == "14850-1234"
