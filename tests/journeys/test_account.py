"""Language, password, and the end of a session."""

import pytest

from tests.factories import make_checkout, make_permit, make_user, make_vehicle, make_violation, make_window
from tests.journeys.inbox import link_in
from tests.journeys.stack import Stack
from tests.journeys.steps import PASSWORD, Visit, give_password, log_in
from tests.journeys.visitor import Visitor

NEW_PASSWORD = "amber-meadow-172"


def language_of(visitor: Visitor) -> str | None:
    """What the page says that it is written in."""
    return visitor.page.locator("html").get_attribute("lang")


@pytest.mark.guide("REG-1")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_language_sticks_and_can_be_changed_on_every_page(kind: str, visit: Visit) -> None:
    user, visitor = give_password(make_user()), visit(kind)
    page = visitor.page
    page.goto("/")
    visitor.see("language")
    page.get_by_label("Français").check()
    page.locator("main form button").click()
    page.wait_for_url("**/login")
    visitor.see("login in French")
    for path in ("/login", "/pay-ticket/", "/forgot-password/", "/register/"):
        page.goto(path)
        assert language_of(visitor) == "fr", path
    page.goto("/")
    page.wait_for_url("**/login")
    [cookie] = [cookie for cookie in page.context.cookies() if cookie.get("name") == "language"]
    assert (cookie.get("value"), cookie.get("expires", 0) > 0) == ("fr", True)
    for path in ("/login", "/pay-ticket/"):
        page.goto(path)
        for name, code in [("English", "en"), ("Español", "es"), ("Français", "fr")]:
            visitor.click(name)
            assert (language_of(visitor), page.url.endswith(path)) == (code, True)

    page.goto("/login")
    visitor.click("English")
    log_in(visitor, user)
    page.wait_for_url("**/home/")
    for path in ("/home/", "/vehicles/", "/payments/", "/profile/"):
        page.goto(path)
        visitor.click("Español")
        assert (language_of(visitor), page.url.endswith(path)) == ("es", True)
        visitor.click("English")
        assert language_of(visitor) == "en"
    page.goto("/profile/")
    page.get_by_role("combobox", name="Language").select_option("fr")
    visitor.see("profile", heading="Your Profile")
    visitor.click("Save Changes")
    assert language_of(visitor) == "fr"
    user.refresh_from_db()
    assert user.language == "fr"

    elsewhere = visit(kind)
    elsewhere.page.goto("/")
    elsewhere.page.get_by_label("English").check()
    elsewhere.click("Continue")
    log_in(elsewhere, user)
    elsewhere.page.wait_for_url("**/home/")
    assert language_of(elsewhere) == "fr"


@pytest.mark.guide("PWD-1", "PWD-2")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_forgotten_password_is_reset(kind: str, visit: Visit, stack: Stack) -> None:
    user, visitor = give_password(make_user(email=f"forgot-{kind}@example.test")), visit(kind)
    page, answers = visitor.page, []
    for email in (f"nobody-{kind}@example.test", user.email):
        page.goto("/login")
        visitor.follow("Forgot Password")
        page.get_by_label("Email", exact=True).fill(email)
        visitor.see("forgot password", heading="Forgot Password")
        visitor.click("Send Reminder")
        visitor.see("sent")
        answers.append((page.url, page.locator("main").inner_text()))
    assert answers[0] == answers[1]

    page.goto(link_in(stack.inbox.wait_for(user.email, "password"), "/reset-password/"))
    visitor.see("update password", heading="Update Password")
    page.get_by_label("Email", exact=True).fill(user.email)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill("something-else-9")
    visitor.click("Reset Password")
    visitor.says("The two passwords differ. Enter the same one twice.")
    visitor.see("passwords differ")
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    visitor.click("Reset Password")
    visitor.see("password is new")
    page.locator("main").get_by_role("link").first.click()
    page.wait_for_url("**/login")
    log_in(visitor, user)
    visitor.says("Email and password do not match.")
    visitor.see("old password")
    page.get_by_label("Email", exact=True).fill(user.email)
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    visitor.click("Log In")
    page.wait_for_url("**/home/")
    assert PASSWORD != NEW_PASSWORD
    assert stack.inbox.find(f"nobody-{kind}@example.test", "") == []


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_nothing_private_is_left_after_logging_out(kind: str, visit: Visit) -> None:
    user = make_user(first_name="Zuleika")
    permit = make_permit(user, make_window())
    visitor = visit(kind, user=user, remembers=True)
    page = visitor.page
    for path in ("/home/", f"/permits/{permit.code}/", "/payments/"):
        page.goto(path)
        page.get_by_text(permit.number).first.wait_for()
    page.locator("details.menu summary").click()
    visitor.see("name menu")
    visitor.click("Log Out")
    visitor.says("You are logged out.")
    visitor.see("logged out", heading="Log in")
    for _back in range(3):
        page.evaluate("history.back()")
        page.wait_for_timeout(400)
        page.wait_for_load_state()
        assert "Zuleika" not in page.content()
        assert permit.number not in page.content()
    page.goto("/home/")
    page.wait_for_url("**/login?next=**")


def test_codes_of_another_person_open_nothing(visit: Visit) -> None:
    owner, other = make_user(), make_user()
    vehicle = make_vehicle(owner)
    permit, ticket = make_permit(owner, make_window()), make_violation(vehicle)
    checkout = make_checkout([permit.charge], owner)
    link = owner.vehicle_links.get()
    mine, theirs = visit("phone", user=owner), visit("phone", user=other)
    for path in (
        f"/permits/{permit.code}/",
        f"/checkout/{checkout.code}/",
        f"/vehicles/{link.code}/edit/",
        f"/tickets/{ticket.number}/",
    ):
        assert (path, mine.page.request.get(path).status) == (path, 200)
        assert (path, theirs.page.request.get(path).status) == (path, 404)
    assert theirs.page.goto(f"/permits/{permit.code}/").status == 404  # type: ignore[union-attr]
    theirs.see("not found", heading="There is nothing here.")
