"""Security: the password, the second factor, the address, and the other devices."""

import re

import pytest
from django_otp.oath import totp
from django_otp.plugins.otp_email.models import EmailDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.factories import make_user
from tests.journeys.inbox import code_in, link_in
from tests.journeys.stack import Stack
from tests.journeys.steps import PASSWORD, Visit, give_password, log_in
from tests.journeys.visitor import Visitor

NEW_PASSWORD = "amber-meadow-172"
SUBJECT = "one-time password"


def open_security(visitor: Visitor) -> None:
    """By the name menu, as the guide says."""
    visitor.page.goto("/home/")
    visitor.page.locator("details.menu summary").click()
    visitor.follow("Security")


def fill_code(page: Page, code: str) -> None:
    page.get_by_label("One-time password", exact=True).fill(code)


@pytest.mark.guide("ACC-4")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_password_is_changed_and_other_browsers_are_logged_out(kind: str, visit: Visit, stack: Stack) -> None:
    user, visitor = give_password(make_user(email=f"pw-{kind}@example.test")), visit(kind)
    log_in(visitor, user)
    elsewhere = visit("phone", user=user)
    open_security(visitor)
    visitor.see("security", heading="Security")
    visitor.follow("Change Password")
    page = visitor.page
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Confirm new password").fill("something-else-9")
    visitor.see("change password", heading="Change Password")
    visitor.click("Change Password")
    visitor.says("The two passwords differ. Enter the same one twice.")
    visitor.see("passwords differ")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Confirm new password").fill(NEW_PASSWORD)
    visitor.click("Change Password")
    visitor.says("Your password is changed. Every other browser and phone is logged out.")
    visitor.see("changed", heading="Security")
    elsewhere.page.goto("/home/")
    elsewhere.page.wait_for_url("**/login?next=**")
    assert stack.inbox.wait_for(user.email, "Your password was changed")


@pytest.mark.guide("MFA-1", "MFA-2", "MFA-4", "MFA-5")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_one_time_passwords_are_turned_on_used_and_turned_off(kind: str, visit: Visit, stack: Stack) -> None:
    user, visitor = give_password(make_user(email=f"mfa-{kind}@example.test")), visit(kind)
    page = visitor.page
    log_in(visitor, user)
    open_security(visitor)
    visitor.follow("Change Multifactor Authentication Settings")
    visitor.see("off", heading="Multi-Factor Authentication")
    change(visitor, stack, user, "Enable One-Time Passwords", count=1)
    visitor.says("Your settings are changed.")
    visitor.see("on", heading="Multi-Factor Authentication")
    page.goto("/home/")
    assert page.url.endswith("/home/")

    other = visit(kind)
    log_in(other, user)
    other.page.wait_for_url("**/one_time_password")
    for path in ("/home/", "/vehicles/", "/security/"):
        other.page.goto(path)
        assert other.page.url.endswith("/one_time_password"), path
    other.page.goto("/account/multiauth")
    other.see("settings half way", heading="Multi-Factor Authentication")
    other.page.goto("/one_time_password")
    other.see("one-time password", heading="One-time password")
    fill_code(other.page, code_in(stack.inbox.wait_for(user.email, SUBJECT, count=2)))
    other.click("Submit")
    other.page.goto("/home/")
    assert other.page.url.endswith("/home/")

    wait_for_the_next_code(user)
    page.goto("/account/multiauth")
    change(visitor, stack, user, "Disable MFA", count=3)
    visitor.says("Your settings are changed.")
    visitor.see("off again", heading="Multi-Factor Authentication")
    third = visit(kind)
    log_in(third, user)
    third.page.wait_for_url("**/home/")


def change(visitor: Visitor, stack: Stack, user: User, choice: str, *, count: int) -> None:
    """Choose from the list, have a code sent, and confirm with password and code."""
    page = visitor.page
    page.get_by_label("Your choice").select_option(choice)
    visitor.click("Send One-Time Password To Email")
    visitor.says("A one-time password is on its way")
    assert page.locator("select option:checked").inner_text() == choice
    page.get_by_label("Current password").fill(PASSWORD)
    fill_code(page, code_in(stack.inbox.wait_for(user.email, SUBJECT, count=count)))
    visitor.see(f"filled {choice}")
    visitor.click("Submit")


def wait_for_the_next_code(user: User) -> None:
    """As if half a minute had gone by."""
    EmailDevice.objects.filter(user=user).update(last_generated_timestamp=None)


@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_app_and_backup_codes_open_the_door(kind: str, visit: Visit, stack: Stack) -> None:
    user, visitor = give_password(make_user(email=f"app-{kind}@example.test")), visit(kind)
    page = visitor.page
    log_in(visitor, user)
    page.goto("/account/multiauth")
    change(visitor, stack, user, "Set Up Authenticator App", count=1)
    visitor.see("square", heading="Set Up Authenticator App")
    device = TOTPDevice.objects.get(user=user)
    fill_code(page, f"{totp(device.bin_key):06d}")
    visitor.click("Submit")
    visitor.see("backup codes", heading="Backup codes")
    codes = page.locator("ol.keys-list li").all_inner_texts()
    assert [code for code in codes if not re.fullmatch(r"\d{5}-\d{5}", code)] == []
    assert len(codes) == 10
    visitor.follow("I have kept them")
    visitor.see("with app", heading="Multi-Factor Authentication")
    for kind_of_code in ("backup", "app"):
        again = visit(kind)
        log_in(again, user)
        again.page.wait_for_url("**/one_time_password")
        again.see("app asked")
        fill_code(again.page, codes[0] if kind_of_code == "backup" else f"{totp(device.bin_key, drift=1):06d}")
        again.click("Submit")
        again.page.wait_for_url("**/home/")


@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_address_moves_once_both_mailboxes_agree(kind: str, visit: Visit, stack: Stack) -> None:
    old, new = f"old-{kind}@example.test", f"new-{kind}@example.test"
    user, visitor = give_password(make_user(email=old)), visit(kind)
    page = visitor.page
    log_in(visitor, user)
    open_security(visitor)
    visitor.follow("Change Email Address")
    page.get_by_label("New email").fill(new)
    page.get_by_label("Current password").fill(PASSWORD)
    visitor.see("new address", heading="Change Email Address")
    visitor.click("Send both links")
    visitor.says("Open both e-mails")
    visitor.see("pending")
    page.goto(link_in(stack.inbox.wait_for(old, "Is your address to change?"), "/confirm-email/"))
    visitor.see("confirm", heading="Confirm the new address")
    visitor.click("Confirm")
    visitor.see("one of two", heading="One of two is confirmed")
    elsewhere = visit("phone")
    link = link_in(stack.inbox.wait_for(new, "Confirm your new address"), "/confirm-email/")
    elsewhere.page.goto(link)
    elsewhere.click("Confirm")
    elsewhere.see("both", heading="Your address is changed")
    elsewhere.page.goto(link)
    elsewhere.see("used link", heading="This link is over")
    user.refresh_from_db()
    assert user.email == new
    assert stack.inbox.wait_for(old, "Your address is changed")


@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_other_devices_are_logged_out(kind: str, visit: Visit) -> None:
    user, visitor, other = give_password(make_user(email=f"dev-{kind}@example.test")), visit(kind), visit("phone")
    log_in(visitor, user)
    log_in(other, user)
    other.page.wait_for_url("**/home/")
    open_security(visitor)
    expect(visitor.page.locator("section[aria-labelledby=devices] li")).to_have_count(2)
    visitor.see("two devices", heading="Security")
    visitor.click("Log out other devices")
    visitor.says("Every other browser and phone is logged out.")
    expect(visitor.page.locator("section[aria-labelledby=devices] li")).to_have_count(1)
    other.page.goto("/home/")
    other.page.wait_for_url("**/login?next=**")
