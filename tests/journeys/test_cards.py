"""A card is stored on the provider's page, pays a permit's next month, and is removed."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from opscom.lib.dates import today
from payments.models import Charge, StoredCard
from permits.models import Permit
from tests.factories import (
    change_office,
    make_arrangement,
    make_permit,
    make_temporary,
    make_user,
    make_vehicle,
    make_window,
)
from tests.journeys.stack import Stack
from tests.journeys.steps import GOOD_CARD, Visit, fill_card, make_staff, wait_until
from tests.journeys.visitor import Visitor


def paid_permit(user: User) -> Permit:
    """A monthly permit that is due to be renewed."""
    window = make_window(name="This month", sale_ends=timezone.now() + timedelta(days=90))
    permit = make_permit(user, window)
    Permit.objects.filter(pk=permit.pk).update(
        state="active", held_until=None, valid_before=today() + timedelta(days=3)
    )
    Charge.objects.filter(pk=permit.charge_id).update(state="settled")
    return permit


def add_card(visitor: Visitor, card: str = GOOD_CARD, *, kind: str = "Payment Subscription") -> None:
    """Manage Credit Cards → Add Payment Method → Payment Subscription → the provider's own page."""
    visitor.page.goto("/home/")
    visitor.page.locator("summary", has_text="Reyes").click()
    visitor.follow("Manage Credit Cards")
    visitor.says("Stored Subscription Payment Methods")
    visitor.follow("Add Payment Method")
    visitor.see("add payment method", heading="Add Payment Method")
    visitor.page.get_by_label(kind, exact=False).first.check()
    visitor.click("Add Payment Method")
    fill_card(visitor, card)
    visitor.page.locator("button[type=submit]").first.click()
    visitor.page.wait_for_url("**/cards/")


@pytest.mark.card_providers("stripe", "sandbox")
@pytest.mark.guide("CARD-1", "CARD-2", "CARD-3", "CARD-5", "CARD-6")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_card_is_stored_pays_the_next_month_and_is_removed(kind: str, visit: Visit, stack: Stack) -> None:
    user = make_user(first_name="Ada", last_name="Reyes", permit_disclaimer_at=timezone.now())
    make_arrangement(user, comment="Until April")
    permit = paid_permit(user)
    visitor = visit(kind, user=user)
    add_card(visitor)
    assert visitor.page.locator(".callout.is-paid").inner_text().strip() == "Credit Card successfully stored"
    visitor.says("•••• 4242")
    visitor.says("Payroll Deduction")
    visitor.see("manage credit cards", heading="Manage Credit Cards")

    visitor.page.goto(f"/permits/{permit.code}/")
    visitor.page.get_by_role("switch", name="Permit Rollover").click()
    visitor.says("Permit Rollover is on. The permit renews itself every month.")
    visitor.see("permit with rollover", heading="Permit Information")

    office_runs_it(visit, permit)
    visitor.page.goto(f"/permits/{permit.code}/")
    visitor.says("Renewed for a month")
    visitor.page.goto("/cards/")
    visitor.page.get_by_role("button", name="Remove").click()
    visitor.says("is removed.")
    wait_until(lambda: StoredCard.objects.get(user=user).state == "removed")


def office_runs_it(visit: Visit, permit: Permit) -> None:
    """Finance looks at the rehearsal, starts the rollover, and sees that it is done."""
    finance = visit("desk", user=make_staff("Finance"))
    finance.page.goto("/admin/permits/rolloverrun/rehearse/")
    finance.says(permit.number)
    finance.says("Expected to be paid")
    finance.see("rollover rehearsal", heading="Rehearse a rollover")
    finance.click("Start the rollover")
    wait_until(lambda: permit.terms.filter(state="paid").exists())
    finance.page.reload()
    finance.says("Renewed")


@pytest.mark.card_providers("stripe", "sandbox")
@pytest.mark.guide("CARD-4")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_card_stored_for_it_pays_temporary_parking_as_long_as_the_office_lets_it(kind: str, visit: Visit) -> None:
    change_office(stored_cards_for_parking=True)
    user = make_user(first_name="Ada", last_name="Reyes", permit_disclaimer_at=timezone.now())
    make_vehicle(user)
    visitor = visit(kind, user=user)
    add_card(visitor, kind="Temporary parking")
    permit = make_temporary(user)
    to_checkout(visitor)
    visitor.page.get_by_label("Stored card Visa •••• 4242").check()
    visitor.see("checkout with a stored card")
    visitor.click("Submit Payment of $4.00")
    visitor.page.wait_for_url("**/receipts/**")
    permit.refresh_from_db()
    assert permit.state == "active"

    change_office(stored_cards_for_parking=False)
    make_temporary(user, start=permit.ends_at)
    to_checkout(visitor)
    expect(visitor.page.get_by_label("Credit Card")).to_be_visible()
    expect(visitor.page.get_by_label("Stored card", exact=False)).to_have_count(0)


def to_checkout(visitor: Visitor) -> None:
    """Payments → Continue to Checkout."""
    visitor.page.goto("/payments/")
    visitor.click("Continue to Checkout")
    visitor.page.wait_for_url("**/checkout/**")
