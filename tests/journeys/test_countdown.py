"""What is held for somebody counts down before their eyes, is said aloud, and at its end says what to do."""

import re
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from permits.models import Permit
from permits.services.reserve import release_lapsed_holds
from tests.factories import make_permit, make_user
from tests.journeys.steps import Visit
from tests.journeys.visitor import Visitor

OVER = "The time is over: reload the page to see what is still free."


def open_with(visitor: Visitor, permit: Permit, seconds: int) -> None:
    """The permit's page with so many seconds left to pay."""
    Permit.objects.filter(pk=permit.pk).update(held_until=timezone.now() + timedelta(seconds=seconds))
    visitor.page.goto(reverse("permits:detail", args=[permit.code]))


def test_held_place_counts_down_to_its_end(visit: Visit) -> None:
    user = make_user(permit_disclaimer_at=timezone.now())
    permit = make_permit(user)
    visitor = visit("phone", user=user)
    left, said = (visitor.page.locator(f".callout [{name}]") for name in ("data-left", "data-say"))

    open_with(visitor, permit, 80)
    expect(left).to_have_text(re.compile(r"^1:[01]\d left$"))
    visitor.see("a minute left", heading="Permit Information")
    expect(said).to_have_text("1 minute left to pay.", timeout=40000)
    expect(left).to_have_text(re.compile(r"^(1:00|0:[45]\d) left$"))

    open_with(visitor, permit, 9)
    first = int(left.inner_text()[2:4])
    for second in range(first - 1, 0, -1):
        expect(left).to_have_text(f"0:0{second} left", timeout=3000)
    expect(left).to_have_text(OVER, timeout=3000)
    expect(said).to_have_text(OVER)
    visitor.see("time is over")
    assert release_lapsed_holds() == 1
    visitor.page.reload()
    visitor.says("Not paid in time, so the place is free again")
    expect(left).to_have_count(0)
