"""A permit after it was bought: another plate, a courtesy car, and an exchange for another lot."""

import pytest
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import today
from permits.models import Permit, SalesWindow
from tests.factories import make_lot, make_permit, make_user, make_vehicle, make_window
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, checkout, pay_by_card
from tests.journeys.visitor import Visitor
from tests.payments.refunding import paid_at_the_desk
from vehicles.models import Vehicle


def holder_of_a_permit() -> tuple[User, Permit, Vehicle]:
    """Somebody with a paid permit, and the vehicle that is not on it."""
    user = make_user(first_name="Ada", last_name="Reyes", permit_disclaimer_at=timezone.now())
    make_vehicle(user)
    permit = make_permit(user, make_window(make_lot(name="Maple zone"), price="60.00", name="This month"))
    paid_at_the_desk([permit.charge], user, received="60.00")
    return user, permit, make_vehicle(user)


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_plates_are_changed_and_a_courtesy_car_joins(kind: str, visit: Visit, stack: Stack) -> None:
    user, permit, other = holder_of_a_permit()
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto(f"/permits/{permit.code}/")
    visitor.follow("Change Plates")
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_role("checkbox").first.uncheck()
    visitor.see("change plates", heading="Change Plates")
    visitor.click("Save Changes")
    visitor.says("The plates are changed. It holds at once.")
    visitor.follow("Courtesy Car")
    page.get_by_label("Plate", exact=True).fill("rent 123")
    page.get_by_label("Last day").fill(str(today()))
    visitor.see("courtesy car", heading="Courtesy Car")
    visitor.click("Put it on the permit")
    visitor.says("RENT123 ON is on the permit for these days.")
    visitor.see("permit with courtesy car", heading="Permit Information")
    visitor.click("End it now")
    visitor.says("The courtesy car is off the permit.")
    assert [link.vehicle for link in permit.plates.select_related("vehicle")] == [other]


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_permit_is_exchanged_and_the_difference_paid(kind: str, visit: Visit, stack: Stack) -> None:
    user, permit, _other = holder_of_a_permit()
    window = make_window(make_lot(name=f"Red lot {permit.pk}", zone="red"), price="77.00", name="This month")
    visitor = visit(kind, user=user)
    exchange(visitor, permit, window)
    new = Permit.objects.get(window=window)
    visitor.says(f"permit {new.number} takes the place of {permit.number}.")
    checkout(visitor)
    visitor.click("Submit Payment of $19.00")
    pay_by_card(visitor)
    visitor.page.wait_for_url("**/receipts/**")
    visitor.page.goto(f"/permits/{new.code}/")
    visitor.see("exchanged permit", heading="Permit Information")
    states = Permit.objects.filter(pk__in=[permit.pk, new.pk]).order_by("pk").values_list("state", flat=True)
    assert list(states) == ["cancelled", "active"]


def exchange(visitor: Visitor, permit: Permit, window: SalesWindow) -> None:
    """Permit Information → Exchange → the other lot → the quote."""
    visitor.page.goto(f"/permits/{permit.code}/")
    visitor.follow("Exchange")
    visitor.see("exchange", heading="Exchange")
    visitor.follow(f"Choose {window.permit_type.lot.name}, This month")
    visitor.page.wait_for_url(f"**/exchange/{window.code}/")
    visitor.see("exchange quote", heading="Exchange")
    visitor.click("Exchange and pay $19.00")
    visitor.page.wait_for_url("**/payments/")
