"""A visitor's afternoon: the tab of temporary permits, a time and a vehicle, is a place free, pay, and see it (PER-3 to PER-5)."""

import re
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from opscom.lib.dates import written_moment
from permits.models import Permit
from permits.temporary_forms import WALL
from tests.factories import make_lot, make_temporary_type, make_user, make_vehicle, make_window
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, pay_by_card
from tests.journeys.visitor import Visitor


def look_for_a_time(visitor: Visitor, starts: datetime, **wanted: str) -> None:
    """Get Temp Permit: the start, an end or a number of hours, Check Availability."""
    page = visitor.page
    page.get_by_label("Start", exact=True).fill(starts.strftime(WALL))
    page.get_by_label("End", exact=True).fill(wanted.get("ends", ""))
    page.get_by_label("or number of hours").fill(wanted.get("hours", ""))
    page.get_by_role("radio").check()
    visitor.click("Check Availability")


def pay_held(visitor: Visitor, stack: Stack) -> None:
    """Payments counts the held minutes down; the card, the receipt."""
    page = visitor.page
    expect(page).to_have_url(re.compile("/payments/(#|$)"))
    expect(page.locator("[data-left]").first).to_have_text(re.compile(r"^\d+:\d\d left$"))
    visitor.see("payments", heading="Payments")
    visitor.click("Continue to Checkout")
    page.get_by_label("Credit Card").check()
    visitor.see("checkout")
    visitor.click("Submit Payment of $6.00")
    page.wait_for_url(f"{stack.peer.url}/**")
    pay_by_card(visitor)
    page.wait_for_url("**/receipts/**")
    visitor.see("receipt", heading="$6.00 paid, thank you")
    assert stack.peer.captured() == [600]


@pytest.mark.guide("PER-3", "PER-4", "PER-5")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_temporary_permit_by_the_hour(kind: str, visit: Visit, stack: Stack) -> None:
    user = make_user(permit_disclaimer_at=timezone.now())
    make_vehicle(user)
    lot = make_lot(name=f"Visitors {kind}", spaces=4, description="Behind the library, by the hour.")
    make_temporary_type(lot, weekly="40.00")
    make_window(make_lot(name=f"Residents {kind}"))
    starts = (timezone.localtime() + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)

    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/permits/")
    visitor.see("standard", heading="Permits")
    page.get_by_role("navigation", name="Permit Type").get_by_role("link", name="Temporary").click()
    expect(page).to_have_url(re.compile("/permits/temporary/$"))
    visitor.see("temporary", heading="Permits")
    page.get_by_role("link", name=f"Get Temp Permit {lot.name}").click()
    visitor.see("get temp permit", heading="Get Temp Permit")
    look_for_a_time(visitor, starts, ends=(starts + timedelta(days=31)).strftime(WALL))
    visitor.says("A temporary permit here is valid for 30 days at most.")
    visitor.see("31 days refused")
    look_for_a_time(visitor, starts, hours="3")
    visitor.says("A place is free")
    visitor.see("a place is free")
    visitor.click("Reserve Permit")
    pay_held(visitor, stack)

    permit = Permit.objects.get(holder=user)
    page.goto(reverse("permits:detail", args=[permit.code]))
    visitor.says(written_moment(starts))
    visitor.see("permit information", heading="Permit Information")
    assert (permit.state, permit.starts_at, permit.ends_at) == ("active", starts, starts + timedelta(hours=3))
