"""Trying the portal out: a telephone on the screen that texts the office."""

import pytest
from playwright.sync_api import expect

from accounts.models import TextOptOut
from accounts.models.text import TextKind
from accounts.services.texts import send_text, send_text_now
from tests.factories import make_user
from tests.journeys.steps import Visit

NUMBERS = {"phone": "+15195550161", "desk": "+15195550162", "noscript": "+15195550163"}


@pytest.mark.guide("TXT-6")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_texts_go_back_and_forth_on_the_screen(kind: str, visit: Visit) -> None:
    number = NUMBERS[kind]
    visitor = visit(kind, user=make_user(phone=number))
    page, bubbles = visitor.page, visitor.page.get_by_role("log").locator(".bubble")

    def text(words: str, count: int) -> None:
        page.get_by_label("Text", exact=True).fill(words)
        visitor.click("Send")
        page.wait_for_url("**/phone/?number=*#last")
        expect(bubbles).to_have_count(count)

    page.goto("/home/")
    visitor.follow("Phone")
    page.wait_for_url("**/phone/")
    page.goto(f"/phone/?number=%2B{number[1:]}")
    expect(page.get_by_label("Whose telephone")).to_have_value(number)
    visitor.says("No texts yet. Send ParkMe to park.")
    visitor.see("before the first text", heading="Phone")
    text("help", 2)
    expect(bubbles.nth(1)).to_contain_text("park by text, send PARKME")
    text("Stop", 4)
    expect(bubbles.nth(3)).to_contain_text("you get no more texts from us")
    assert TextOptOut.objects.filter(number=number, until=None).exists()
    text("start", 6)
    reminder = send_text(number, "Your parking ends at 5:15 p.m.", kind=TextKind.REMINDER)
    assert reminder is not None
    send_text_now(reminder.pk)
    if kind == "noscript":
        page.reload()
    expect(bubbles).to_have_count(7)
    expect(bubbles.nth(6)).to_contain_text("Your parking ends at 5:15 p.m.")
    visitor.see("texts on both sides")
