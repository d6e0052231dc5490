"""What makes a permit last: renewed early at the household's price and with a number from stock, a temporary one extended while it
runs, and visitors who park with hours."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from opscom.lib.dates import Period, today
from permits.models import HourBlock, HouseholdStep, Permit, PermitNumber, PermitType
from permits.services.visitors.booking import book_visit
from permits.services.visitors.granting import grant_hours
from permits.services.visitors.wallet import minutes_left
from permits.temporary_forms import WALL
from tests.factories import (
    change_office,
    make_address,
    make_lot,
    make_permit,
    make_temporary,
    make_temporary_type,
    make_user,
    make_vehicle,
    make_window,
)
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, checkout, make_staff, pay_by_card

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.guide("PER-3")
def test_numbered_permit_of_a_household_is_renewed_early(visit: Visit) -> None:
    window = make_window(make_lot(name="Hillside"), price="100.00")
    PermitType.objects.filter(pk=window.permit_type_id).update(numbered=True, household_counts="type")
    window.permit_type.refresh_from_db()
    for number in ("H-101", "H-102"):
        PermitNumber.objects.create(permit_type=window.permit_type, number=number)
    HouseholdStep.objects.create(permit_type=window.permit_type, step=2, percent=Decimal(150))
    make_window(window.permit_type.lot, price="100.00", valid_from=today() + 30 * DAY, valid_before=today() + 60 * DAY)
    people = [make_user(permit_disclaimer_at=timezone.now()) for _ in range(2)]
    for person in people:
        make_address(person, line1="4 Elm Street")
        make_permit(person, window)
    Permit.objects.filter(holder__in=people).update(state="active", held_until=None)

    visitor = visit("phone", user=people[1])
    permit = Permit.objects.get(holder=people[1])
    visitor.page.goto(reverse("permits:detail", args=[permit.code]))
    visitor.says("permit 2 of your household, by the home address")
    visitor.see("permit", heading="Permit Information")
    visitor.follow("Renew")
    visitor.says("so you lose no day.")
    visitor.says("$100.00")  # in those days nobody else of the household has one yet
    visitor.see("renew", heading="Renew H-102")
    visitor.click("Renew")
    expect(visitor.page).to_have_url(re.compile("/payments/(#|$)"))
    visitor.says("is held until")
    new = Permit.objects.get(holder=people[1], state="held")
    assert (new.valid_from, new.renews, new.step) == (permit.valid_before, permit, 1)


@pytest.mark.guide("PER-4")
def test_running_temporary_permit_is_extended(visit: Visit) -> None:
    user = make_user(permit_disclaimer_at=timezone.now())
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    permit = make_temporary(
        user, make_temporary_type(make_lot(name="Short stay")), start=start, hours=2, at=start - 5 * HOUR
    )
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None)
    visitor = visit("desk", user=user)
    visitor.page.goto(reverse("permits:detail", args=[permit.code]))
    expect(visitor.page.locator("[data-left]").first).to_have_text(re.compile("left$"))
    visitor.see("running", heading="Permit Information")
    visitor.follow("Extend")
    visitor.page.get_by_label("hours").fill("2")
    visitor.click("Check Availability")
    visitor.says("What you paid for the first hours counts")
    visitor.see("extend", heading=f"Extend {permit.number}")
    visitor.click("Extend the permit")
    expect(visitor.page).to_have_url(re.compile("/payments/(#|$)"))
    assert Permit.objects.get(renews=permit).starts_at == permit.ends_at


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_visitor_parks_with_hours(kind: str, visit: Visit, stack: Stack) -> None:
    change_office(visitor_hours=True)
    user = make_user(permit_disclaimer_at=timezone.now())
    make_vehicle(user)
    lot = make_lot(name=f"Garden {kind}")
    make_temporary_type(lot, takes_hours=True)
    starts = (timezone.localtime() + DAY).replace(hour=14, minute=0, second=0, microsecond=0)

    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/permits/")
    page.get_by_role("navigation", name="Permit Type").get_by_role("link", name="Visitors").click()
    expect(page).to_have_url(re.compile("/permits/visitors/$"))
    visitor.see("no hours yet", heading="Permits")
    visitor.click("Buy 10 h for $10.00")
    expect(page).to_have_url(re.compile("/payments/$"))
    visitor.says("Visitor hours, 10 h")
    checkout(visitor)
    visitor.click("Submit Payment of $10.00")
    page.wait_for_url(f"{stack.peer.url}/**")
    pay_by_card(visitor)
    page.wait_for_url("**/receipts/**")
    assert HourBlock.objects.get(user=user).charge.state == "settled"

    page.goto("/permits/visitors/")
    page.get_by_role("link", name=lot.name).click()
    page.get_by_label("Plate", exact=True).fill("bxvn 330")
    page.get_by_label("Keep this visitor as").fill("Aunt Rosa")
    page.get_by_label("Start", exact=True).fill(starts.strftime(WALL))
    page.get_by_label("or number of hours").fill("3")
    visitor.see("who comes", heading="Book a visit")
    visitor.click("Book visit")
    visitor.says("is booked: the plate may park.")
    visitor.see("booked", heading="Permit Information")
    page.goto("/permits/visitors/")
    visitor.says("Aunt Rosa")
    visitor.see("seven hours left")
    assert minutes_left(user, today()) == 420
    page.get_by_role("link", name=re.compile("BXVN 330")).click()
    visitor.click("Cancel visit")
    visitor.says("Given back: 3 h.")
    assert minutes_left(user, today()) == 600


def test_office_takes_visitor_hours_back_and_ends_a_visit(visit: Visit, stack: Stack) -> None:
    change_office(visitor_hours=True)
    host, clerk = make_user(), make_staff("Permit manager")
    block = grant_hours(host, minutes=300, ends_before=today() + 30 * DAY, reason="Roof repair", by=clerk)
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + DAY
    kind, period = make_temporary_type(make_lot(name="Back yard"), takes_hours=True), Period(start, start + 2 * HOUR)
    permit = book_visit(host, permit_type=kind, vehicle=make_vehicle(), period=period)

    office = visit("desk", user=clerk)
    page = office.page
    page.goto(f"/admin/permits/hourblock/{block.pk}/change/")
    office.says("Roof repair")
    office.see("block of hours")
    office.follow("Take hours back")
    page.get_by_label("hours").fill("2")
    page.get_by_label("Reason").fill("Never parked")
    office.see("take hours back")
    page.get_by_role("button", name="Take hours back").click()
    office.says("Taken back: 2 h.")
    page.get_by_role("link", name=permit.number).click()
    office.follow("End visit")
    page.get_by_label("Reason").fill("Fire lane")
    office.see("end visit")
    page.get_by_role("button", name="End visit").click()
    office.says("Given back: 2 h.")
    assert minutes_left(host, today()) == 180
    page.goto("/admin/permits/hourblock/")
    office.see("visitor hours of the office")
    page.goto("/admin/permits/hourblock/add/")
    office.see("grant hours")


def test_resident_asks_whether_a_car_is_allowed_here(visit: Visit) -> None:
    change_office(neighbours_ask=True)
    permit = make_permit(make_user(permit_disclaimer_at=timezone.now()), make_window(make_lot(name="Hillside")))
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None)
    visitor = visit("phone", user=permit.holder)
    visitor.page.goto(reverse("permits:detail", args=[permit.code]))
    visitor.follow("Is this car allowed here?")
    visitor.see("whose car", heading="Is this car allowed here?")
    visitor.click("Ask")
    visitor.says("Yes, it may stand here now.")
    visitor.says("Its permit is valid through")
    visitor.page.get_by_label("Plate", exact=True).fill("bxvn 330")
    visitor.click("Ask")
    visitor.says("No, not now.")
    visitor.see("not allowed", heading="Is this car allowed here?")
