"""A resident, from the first visit to the permit on the dashboard."""

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from pyzbar.pyzbar import decode

from accounts.models import ProfilePolicy, User, UserType
from permits.models import Permit, SalesWindow
from permits.verification import copy_token
from tests.factories import change_office, make_lot, make_window
from tests.journeys.inbox import link_in
from tests.journeys.stack import Stack
from tests.journeys.steps import PASSWORD, Visit, pay_by_card
from tests.journeys.visitor import Visitor


@pytest.fixture
def window() -> SalesWindow:
    """A permit on sale: $77.00 in a lot of ten."""
    return make_window(make_lot(name="Yellow zone", zone="yellow", description="Perimeter lots."), name="This month")


@pytest.fixture
def policy() -> None:
    """The office asks for names at registration, for the telephone in the profile, and shows the number greyed out."""
    ProfilePolicy.objects.all().delete()
    UserType.objects.get_or_create(code="student", defaults={"name": "Student"})
    UserType.objects.exclude(code="student").update(open_for_registration=False)
    for field, rule, early in [
        ("first_name", "required", True),
        ("last_name", "required", True),
        ("phone", "required", False),
        ("organisation_number", "read_only", False),
    ]:
        ProfilePolicy.objects.create(field=field, rule=rule, at_registration=early)


def create_account(visitor: Visitor, email: str) -> None:
    """Language, Create Account, the questions (REG-1, REG-2)."""
    page = visitor.page
    page.goto("/")
    visitor.see("language")
    page.get_by_label("English").check()
    visitor.click("Continue")
    visitor.see("login")
    visitor.follow("Create Account")
    page.get_by_label("First name").fill("Noor")
    page.get_by_label("Last name").fill("Haddad")
    page.get_by_label("Email", exact=True).fill(email)
    visitor.see("create account")
    visitor.click("Create Account")


def choose_password(visitor: Visitor, stack: Stack, email: str) -> None:
    """The e-mail's link, the password twice (REG-5)."""
    visitor.page.goto(link_in(stack.inbox.wait_for(email, "password"), "/activate/"))
    fields = visitor.page.locator("input[type=password]")
    for index in range(fields.count()):
        fields.nth(index).fill(PASSWORD)
    visitor.see("create password")
    visitor.click("Confirm")


def register(visitor: Visitor, stack: Stack, email: str) -> None:
    """Create Account with verification, the password, and the login page."""
    create_account(visitor, email)
    visitor.says("An e-mail has been sent for validation, please click on the link")
    visitor.see("sent")
    choose_password(visitor, stack, email)
    visitor.page.get_by_label("Email", exact=True).fill(email)
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.see("login with the new password")
    visitor.click("Log In")


def complete_profile(visitor: Visitor) -> None:
    """Every page leads to the profile until Save Changes (REG-6); a read-only field is greyed out (REG-7)."""
    page = visitor.page
    page.wait_for_url("**/profile/")
    page.goto("/permits/")
    page.wait_for_url("**/profile/")
    assert page.get_by_label("Student or employee number").is_disabled()
    page.get_by_label("Mobile number").fill("519-824-4120")
    visitor.see("profile")
    visitor.click("Save Changes")


def add_vehicle(visitor: Visitor) -> None:
    """Permits leads to Vehicles while there is none (PER-1); the disclaimer, then the plate (VEH-1)."""
    page = visitor.page
    page.goto("/permits/")
    page.wait_for_url("**/vehicles/**")
    visitor.see("vehicles empty")
    visitor.follow("Add New Vehicle")
    visitor.see("vehicle disclaimer")
    visitor.click("I Agree")
    page.get_by_label("Plate", exact=True).fill("ckrt-418")
    page.get_by_label("Province or state").select_option("CA-ON")
    page.get_by_label("Year").fill("2021")
    page.get_by_label("Plate type").select_option("passenger")
    visitor.see("add vehicle")
    visitor.click("Save Changes")


def reserve(visitor: Visitor) -> None:
    """Permit Disclaimer, the lot's card, Reserve Permit (PER-2, PER-3)."""
    page = visitor.page
    visitor.follow("Permits")
    visitor.see("permit disclaimer", heading="Permit Disclaimer")
    visitor.click("I Agree")
    visitor.see("permits", heading="Permits")
    card = page.locator("article").filter(has=page.get_by_role("heading", name="Yellow zone", exact=True)).last
    card.get_by_role("link", name="Reserve Permit").click()
    visitor.see("reserve")
    visitor.click("Reserve Permit")
    page.wait_for_url("**/payments/")


def pay(visitor: Visitor, stack: Stack, provider: str) -> None:
    """Payments, the method, the provider's page, the receipt (PAY-1 to PAY-3)."""
    page = visitor.page
    visitor.says("Held until")
    visitor.see("payments", heading="Payments")
    visitor.click("Continue to Checkout")
    page.get_by_label("Credit Card").check()
    visitor.see("payment method", heading="Payment Method")
    visitor.click("Submit Payment of $77.00")
    page.wait_for_url(f"{stack.peer.url}/**" if provider == "stripe" else "**/sandbox/**")
    pay_by_card(visitor)
    page.wait_for_url("**/receipts/**")
    visitor.see("receipt", heading="$77.00 paid, thank you")
    assert stack.peer.captured() == ([7700] if provider == "stripe" else [])


def print_permit(visitor: Visitor, permit: Permit, folder: Path) -> str:
    """Home's cards (HOME-1), the permit's information (HOME-2) and its PDF (PRN-1); answers what its code says."""
    page = visitor.page
    page.goto("/home/")
    visitor.see("home", heading="You can park today, Noor.")
    for card_name in ("Unpaid Violations", "Active Permits", "Vehicles", "Active Lockers"):
        assert page.get_by_role("heading", name=card_name, exact=True).is_visible()
    visitor.follow(permit.number)
    visitor.see("permit information")
    visitor.says("Permit Information")
    with page.expect_download() as download:
        visitor.click("Print")
    return qr_code(download.value.path(), folder)


@pytest.mark.card_providers("stripe", "sandbox")
@pytest.mark.guide(
    "REG-1",
    "REG-2",
    "REG-4",
    "REG-5",
    "REG-6",
    "REG-7",
    "HOME-1",
    "HOME-2",
    "VEH-1",
    "PER-1",
    "PER-2",
    "PER-3",
    "PAY-1",
    "PAY-2",
    "PAY-3",
    "PRN-1",
)
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_resident_registers_and_buys_a_permit(
    kind: str, provider: str, visit: Visit, stack: Stack, window: SalesWindow, policy: None, tmp_path: Path
) -> None:
    change_office(registration="verify", permit_disclaimer="A permit gives a place in its lot.")
    visitor, email = visit(kind), f"noor-{kind}-{provider}@example.test"
    register(visitor, stack, email)
    complete_profile(visitor)
    add_vehicle(visitor)
    reserve(visitor)
    pay(visitor, stack, provider)
    stack.inbox.wait_for(email, "receipt")
    permit = Permit.objects.get(holder=User.objects.get(email=email))
    address = print_permit(visitor, permit, tmp_path)
    assert urlsplit(address).path == f"/verify/{copy_token(permit.code, 1)}/"  # any process may have drawn it

    officer = visit("phone")
    officer.page.goto(address)
    officer.see("verify")
    officer.says("Valid now")


@pytest.mark.guide("REG-3", "REG-5", "REG-6")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_registration_with_auto_login(kind: str, visit: Visit, stack: Stack, policy: None) -> None:
    change_office(registration="auto_login")
    visitor, email = visit(kind), f"auto-{kind}@example.test"
    create_account(visitor, email)
    visitor.page.wait_for_url("**/profile/")
    visitor.says("Please check your email for an activation link.")
    visitor.see("profile after registration")
    choose_password(visitor, stack, email)
    visitor.page.wait_for_url("**/profile/")
    visitor.page.get_by_label("Mobile number").fill("+1 519 824 4120")
    visitor.click("Save Changes")
    visitor.page.goto("/home/")
    visitor.see("home of a newcomer", heading="Welcome, Noor.")
    assert User.objects.get(email=email).has_usable_password()


def qr_code(pdf: Path, folder: Path) -> str:
    """What the PDF's code says, read from a picture at 110 dpi."""
    subprocess.run(["pdftoppm", "-r", "110", "-png", str(pdf), str(folder / "permit")], check=True)
    [picture] = sorted(folder.glob("permit*.png"))
    [code] = decode(Image.open(picture))
    text: str = code.data.decode()
    return text
