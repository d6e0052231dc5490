"""Text2ParkMe: set up in the profile, parked and extended from the phone on the screen, seen by enforcement and the office."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from accounts.services.texts import due_texts, send_text_now
from opscom.lib.dates import today
from opscom.lib.office import office
from payments.models import SandboxCard
from permits.models import Lot, Permit
from permits.services.parkme.reminding import remind_by_text
from permits.services.plate_check import check_plate
from tests.factories import change_office, make_stored_card, make_user, make_vehicle
from tests.journeys.steps import Visit, make_staff, wait_until
from tests.journeys.visitor import Visitor
from tests.permits.parkme.driver import MINUTE, text_lot

TIME = "{time}"  # of the day, which the clock decides
NUMBERS = {"phone": "+15195550171", "desk": "+15195550172"}


def resident(number: str) -> User:
    """With a car and a card of the sandbox that may pay parking; the phone is not in the profile yet."""
    user = make_user(first_name="Ada", last_name="Reyes", permit_disclaimer_at=timezone.now())
    make_vehicle(user, plate=f"TXTP{number[-3:]}")
    looks = {"brand": "Visa", "last4": "4242", "exp_month": 8, "exp_year": today().year + 2}
    kept = SandboxCard.objects.create(behaviour="pays", customer_ref=f"sbu_{number}", **looks)
    make_stored_card(user, token=kept.token, primary=True, purpose="parking", **looks)
    return user


@pytest.mark.guide("TXT-1", "TXT-2", "TXT-3", "TXT-4", "TXT-5", "TXT-6")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_resident_sets_up_parks_extends_and_is_reminded_by_text(kind: str, visit: Visit) -> None:
    number = NUMBERS[kind]
    Lot.objects.update(text_parking=False)
    lot = text_lot(f"Riverside {kind}")
    change_office(text_number="+15195550100", stored_cards_for_parking=True)
    user = resident(number)
    visitor = visit(kind, user=user)
    code = set_up(visitor, number)

    visitor.page.goto(f"/phone/?number=%2B{number[1:]}")
    visitor.says("No texts yet")
    place, plate = f"Riverside {kind}", f"TXTP{number[-3:]}"
    minutes = f"{place}: text the number of minutes you want to park, or L for the lots."
    text(visitor, code, "Thank you, this phone is confirmed. Text ParkMe to park.")
    text(visitor, "ParkMe", "Text2ParkMe: text P to start parking or Q to quit.")
    text(visitor, "P", f"Text the number of the parking lot you want, or Q to quit. 1 {place}")
    text(visitor, "1", minutes)
    text(visitor, "sixty", f"Sorry, that does not fit here. {minutes}")
    what = f"{place}, 60 minutes, until {TIME}: $2.00 on your card Visa 4242."
    text(visitor, "60", f"{what} Text C to continue or L to go back to the lots.")
    text(visitor, "C", f"Text the number of your license plate, or another plate. 1 {plate} ON")
    confirm = "Text C to confirm your purchase or L to go back to the options."
    text(visitor, "1", f"Plate {plate}. {what} {confirm}")
    send(visitor, "C")
    permit = parked(user)
    thanks = f"Thank you. {plate} may park in {place} until {TIME}; paid: "
    hears(visitor, f"{thanks}$2.00, permit {permit.number}. Text E to extend.")
    assert check_plate(f"TXTP {number[-3:]}", lot=lot).covered
    text(visitor, "E", f"{plate} in {place} until {TIME}: text the number of minutes you want to add.")
    added = f"{place}, 30 minutes, until {TIME}: $1.00 on your card Visa 4242."
    text(visitor, "30", f"{added} Text C to confirm or L to change the minutes.")
    send(visitor, "C")
    longer = parked(user, renews=permit)
    hears(visitor, f"{thanks}$1.00, permit {longer.number}. Text E to extend.")

    now = timezone.now()
    Permit.objects.filter(pk=permit.pk).update(starts_at=now - 60 * MINUTE, ends_at=now - 25 * MINUTE)
    Permit.objects.filter(pk=longer.pk).update(starts_at=now - 25 * MINUTE, ends_at=now + 8 * MINUTE)
    remind_by_text()
    for pk in due_texts():
        send_text_now(pk)
    hears(visitor, f"{plate} in {place} until {TIME}: your parking ends soon. Text E to extend.")
    text(visitor, "Stop", f"{office().office_name}: you get no more texts from us. Send START to get them again.")
    visitor.see("phone after parking", heading="Phone")
    if kind == "desk":
        office_looks(visit, number)


def set_up(visitor: Visitor, number: str) -> str:
    """Your Profile: the number, the reminder; answers the code that confirms the phone."""
    page = visitor.page
    page.goto("/profile/")
    visitor.says("Personal Information")
    page.get_by_label("Mobile number").fill(number)
    page.get_by_label("Parking Expiry Reminder").select_option("10")
    visitor.click("Save Changes")
    visitor.says("Your changes are saved.")
    visitor.says("Active: your primary card pays.")
    for link in ("Register a Credit Card", "Register the Vehicle(s)"):
        expect(page.get_by_role("link", name=link)).to_be_visible()
    visitor.see("profile with text parking", heading="Your Profile")
    found = re.search(r"text (\d{6}) to \+15195550100", page.locator("main").inner_text())
    assert found is not None
    return found[1]


def send(visitor: Visitor, words: str) -> None:
    """Text the office; the page of the number comes back with one more of ours."""
    mine = visitor.page.get_by_role("log").locator(".bubble")
    before = mine.count()
    visitor.page.get_by_label("Text", exact=True).fill(words)
    visitor.click("Send")
    visitor.page.wait_for_url("**/phone/?number=*#last")
    wait_until(lambda: mine.count() >= before + 2)


def text(visitor: Visitor, words: str, answer: str) -> None:
    """The same, and what the office says to it."""
    send(visitor, words)
    hears(visitor, answer)


def hears(visitor: Visitor, words: str) -> None:
    """The newest text says so, and nothing else."""
    newest = visitor.page.get_by_role("log").locator(".bubble").last.locator("p").nth(1)
    pattern = (
        re.escape(words).replace(re.escape(TIME), ".{4,30}").replace("\\ ", r"\s*")
    )  # a new line is no space there
    whole = re.compile(rf"^\s*{pattern}\s*$")
    expect(newest).to_have_text(whole, timeout=30_000)  # some come by the worker


def parked(user: User, **fields: object) -> Permit:
    """Once the worker has charged the card."""
    paid = Permit.objects.filter(holder=user, state="active", **fields).order_by("-pk")
    wait_until(paid.exists)
    return paid[0]


def office_looks(visit: Visit, number: str) -> None:
    """Front desk: what runs now, and what was said."""
    desk = visit("desk", user=make_staff("Front desk"))
    desk.page.goto("/admin/permits/textconversation/sessions/")
    desk.says(number)
    desk.see("active sessions", heading="Active sessions")
    desk.page.goto(f"/admin/permits/textconversation/?q={number[-10:]}")
    desk.page.locator("#result_list tbody th a").last.click()
    desk.says("Sorry, that does not fit here.")
    desk.see("conversation")
    desk.page.goto("/admin/permits/textconversation/usage/")
    desk.says("Riverside desk")
    desk.see("usage report", heading="Usage report")
