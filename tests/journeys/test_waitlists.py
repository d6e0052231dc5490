"""Waiting for a place: join, see the position, be offered one, accept and pay; and the office's side of it."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from permits.models import Permit, WaitlistOffer
from permits.services.waitlists.offering import sweep_offers
from tests.factories import make_entry, make_lot, make_permit, make_user, make_vehicle, make_waitlist, make_window
from tests.journeys.steps import Visit, make_staff, pay_by_card, wait_until


@pytest.mark.guide("PER-6")
@pytest.mark.guide("PER-7")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_person_joins_waits_is_offered_a_place_and_pays(visit: Visit, kind: str) -> None:
    lot = make_lot(name=f"Cedar {kind}", spaces=1)
    window = make_window(lot)
    holder = make_permit(make_user(), window)
    waitlist = make_waitlist(window, name=lot.name, only_when_full=True)
    make_entry(waitlist)
    user = make_user(permit_disclaimer_at=timezone.now())
    make_vehicle(user)
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/permits/")
    card = page.get_by_role("article", name=lot.name)
    card.locator("summary").click()
    expect(card.get_by_text("is the position you would get.")).to_be_visible()
    expect(card.locator(".position b")).to_have_text("2")
    visitor.see("lot card with the waitlist")
    card.get_by_role("button", name="Join Waitlist").click()
    expect(page.get_by_text("is your position now.")).to_be_visible()
    visitor.see("my waitlists", heading="My waitlists")
    waitlist.entries.exclude(user=user).update(state="left")
    Permit.objects.filter(pk=holder.pk).update(state="cancelled")  # the office takes it back
    wait_until(lambda: sweep_offers() or WaitlistOffer.objects.filter(entry__user=user).exists())
    offer = WaitlistOffer.objects.get(entry__user=user)
    page.goto("/home/")
    page.get_by_role("link", name=f"Accept {lot.name}").click()
    expect(page.get_by_role("heading", name="Your place", level=1)).to_be_visible()
    visitor.see("the place", heading="Your place")
    visitor.click("Accept and pay")
    visitor.says("is held for you")
    visitor.click("Continue to Checkout")
    page.get_by_label("Credit Card").check()
    visitor.press_shown("Submit Payment of $77.00")
    pay_by_card(visitor)
    wait_until(lambda: WaitlistOffer.objects.get(pk=offer.pk).state == "taken")


def test_link_in_the_mail_asks_before_it_declines(visit: Visit) -> None:
    window = make_window(make_lot(name="Birch", spaces=1))
    user = make_user()
    make_entry(make_waitlist(window, name="Birch"), user)
    wait_until(lambda: sweep_offers() or WaitlistOffer.objects.filter(entry__user=user).exists())
    visitor = visit("phone")
    text = WaitlistOffer.objects.get(entry__user=user).mail.text  # type: ignore[union-attr]
    link = next(word for word in text.split() if word.endswith("?answer=decline"))
    visitor.page.goto(link[link.index("/waitlists/") :])
    visitor.see("decline", heading="Decline this place?")
    visitor.click("Decline")
    visitor.says("You declined the place and are no longer on this waitlist.")
    visitor.see("declined", heading="This offer is over")


def test_office_sees_why_the_queue_stands_still_and_moves_a_person(visit: Visit) -> None:
    waitlist = make_waitlist(make_window(make_lot(name="Maple", spaces=0)), name="Maple")
    make_entry(waitlist), make_entry(waitlist, make_user(first_name="Rosa", last_name="Lind"))
    visitor = visit("desk", user=make_staff("Manager"))
    page = visitor.page
    page.goto(f"/admin/permits/waitlist/{waitlist.pk}/queue/")
    visitor.says("The lot is full: 0 of 0 spaces are taken.")
    visitor.see("queue")
    visitor.follow("Rosa Lind")
    page.get_by_label("Move to a position").check()
    page.get_by_label("Position:").fill("1")
    page.get_by_label("Reason:").fill("Hardship")
    visitor.see("change the place")
    visitor.click("Do it")
    visitor.says("Done, and written into the history.")
    expect(page.locator("tbody th[scope=row] a").first).to_have_text("Rosa Lind")
