"""What a person looks after: profile, addresses, documents, and which e-mails come."""

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup
from django.utils.translation import gettext, override
from playwright.sync_api import expect
from pytest_django import Settings

from accounts.models import AccountEvent, ProfilePolicy, User
from accounts.services.preferences import save_preferences, unwanted_codes
from accounts.services.registration import send_reset_link
from opscom.lib.dates import today
from permits.models import Permit
from permits.services.reminders import remind_of_endings
from tests.documents import ACTIVE, pdf, picture
from tests.factories import change_office, make_permit, make_user, make_vehicle, make_window
from tests.journeys.inbox import link_in, plain_text
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, give_password, log_in, make_staff
from tests.journeys.visitor import Visitor


def open_menu(visitor: Visitor, entry: str) -> None:
    """The name menu, and one of its entries."""
    visitor.page.locator("details.menu summary").click()
    visitor.follow(entry)


@pytest.mark.guide("ACC-2")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_profile_is_edited(kind: str, visit: Visit) -> None:
    user = make_user(last_name="Reyes")
    visitor = visit(kind, user=user)
    visitor.page.goto("/home/")
    open_menu(visitor, "Your Profile")
    visitor.page.get_by_label("Last name").fill("Reyes-Lovell")
    visitor.see("profile", heading="Your Profile")
    visitor.click("Save Changes")
    visitor.says("Your changes are saved.")
    user.refresh_from_db()
    assert user.last_name == "Reyes-Lovell"


@pytest.mark.guide("ACC-3")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_address_is_edited_and_saved(kind: str, visit: Visit) -> None:
    user = make_user()
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/home/")
    open_menu(visitor, "Addresses")
    visitor.see("addresses empty", heading="Addresses")
    page.get_by_role("link", name="Edit Home address").click()
    page.get_by_label("Street and number").fill("17 Trent Lane")
    page.get_by_label("City").fill("Guelph")
    page.get_by_label("Province or state").select_option("US-NY")
    page.get_by_label("Postal code").fill("14850")
    visitor.click("Save Changes")
    visitor.says("Choose the province or state of this country.")
    visitor.see("wrong country", heading="Edit Address")
    page.get_by_label("Province or state").select_option("Ontario")
    page.get_by_label("Postal code").fill("n1g2w1")
    visitor.click("Save Changes")
    visitor.says("Your address is saved.")
    visitor.says("Guelph ON N1G 2W1")
    visitor.see("address saved", heading="Addresses")
    page.get_by_role("button", name="Remove Home address").click()
    visitor.says("The address is removed.")
    verbs = AccountEvent.objects.for_user(user).order_by("pk").values_list("verb", flat=True)
    assert (user.addresses.count(), list(verbs)) == (0, ["address_saved", "address_removed"])


@pytest.mark.guide("REG-6")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_required_address_comes_before_everything_else(kind: str, visit: Visit) -> None:
    ProfilePolicy.objects.create(field="address", rule="required")
    user, visitor = give_password(make_user(profile_complete=False)), visit(kind)
    page = visitor.page
    log_in(visitor, user)
    page.wait_for_url("**/profile/")
    visitor.click("Save Changes")
    visitor.says("One step left: add your address.")
    visitor.see("address is missing", heading="Addresses")
    page.goto("/payments/")
    page.wait_for_url("**/profile/")
    page.goto("/addresses/home/")
    page.get_by_label("Street and number").fill("9 Rue Cartier")
    page.get_by_label("City").fill("Ithaca")
    page.get_by_label("Province or state").select_option("New York")
    page.get_by_label("Postal code").fill("148501234")
    page.get_by_label("Country").select_option("United States")
    visitor.click("Save Changes")
    page.wait_for_url("**/home/")
    assert user.addresses.get().postal_code == "14850-1234"


def expiring_permit(user: User) -> Permit:
    """A paid permit that ends in two days."""
    make_vehicle(user)
    permit = make_permit(user, make_window())
    day = today()
    Permit.objects.filter(pk=permit.pk).update(
        state=Permit.State.ACTIVE, valid_from=day - timedelta(days=28), valid_before=day + timedelta(days=3)
    )
    permit.refresh_from_db()
    return permit


def html_of(message: EmailMessage) -> BeautifulSoup:
    part = message.get_body(preferencelist=("html",))
    assert part is not None
    return BeautifulSoup(part.get_content(), "html.parser")


@pytest.fixture
def addressed(stack: Stack, settings: Settings) -> None:
    """What this process writes links to the running portal."""
    settings.BASE_URL = stack.url


@pytest.mark.guide("PREF-1")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_email_preferences_are_chosen(kind: str, visit: Visit) -> None:
    user = make_user()
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/home/")
    open_menu(visitor, "Email Preferences")
    visitor.see("email preferences", heading="Email Preferences")
    boxes = page.get_by_role("checkbox")
    assert [boxes.nth(n).is_checked() for n in range(boxes.count())] == [True] * 3
    page.locator("summary", has_text="?").nth(1).click()
    visitor.says("A few days before a permit of yours ends")
    visitor.see("what it is")
    page.locator("summary", has_text="?").nth(1).click()
    visitor.click("Select/Deselect All")
    assert [boxes.nth(n).is_checked() for n in range(boxes.count())] == [False] * 3
    assert unwanted_codes(user) == set()
    page.get_by_role("checkbox", name="Permit notices").check()
    visitor.click("Save Changes")
    visitor.says("Your email preferences are saved.")
    visitor.see("saved", heading="Email Preferences")
    assert unwanted_codes(user) == {"reminders", "news"}
    visitor.click("Select/Deselect All")
    visitor.click("Save Changes")
    visitor.says("Your email preferences are saved.")
    assert unwanted_codes(user) == set()
    essential = page.locator("section", has=page.locator("#essential"))
    assert essential.locator(".preference").all_inner_texts() == ["Account and security\n?", "Receipts\n?"]
    expect(essential.get_by_role("checkbox")).to_have_count(0)


CATEGORY = {"en": "Permit reminders", "fr": "Rappels de permis", "es": "Recordatorios de permisos"}
PASSWORD_WORD = {"en": "password", "fr": "mot de passe", "es": "contraseña"}


@pytest.mark.guide("PREF-2", "PREF-3")
@pytest.mark.parametrize(("language", "kind"), [("en", "phone"), ("fr", "desk"), ("es", "noscript")])
def test_unsubscribe_link_of_an_email_works_without_login(
    language: str, kind: str, visit: Visit, stack: Stack, addressed: None
) -> None:
    user = make_user(language=language, email=f"unsubscribe-{language}@example.test")
    permit = expiring_permit(user)
    remind_of_endings()
    category = CATEGORY[language]
    with override(language):
        label = gettext("Unsubscribe")
    message = stack.inbox.wait_for(user.email, permit.number)
    assert category in plain_text(message)
    assert html_of(message).html["lang"] == language  # type: ignore[index]
    link = link_in(message, "/unsubscribe/")
    assert (message["List-Unsubscribe"].strip(), message["List-Unsubscribe-Post"]) == (
        f"<{link}>",
        "List-Unsubscribe=One-Click",
    )
    [anchor] = [a for a in html_of(message).find_all("a") if a.get_text() == label]
    assert anchor["href"] == link
    assert category in html_of(message).get_text()

    visitor = visit(kind, locale={"en": "en-CA", "fr": "fr-CA", "es": "es-MX"}[language])
    visitor.page.goto(link)
    visitor.see(f"unsubscribe {language}")
    assert unwanted_codes(user) == set()
    visitor.click(label)
    visitor.page.get_by_role("status").wait_for()
    visitor.see(f"unsubscribed {language}")
    assert unwanted_codes(user) == {"reminders"}

    later = expiring_permit(user)
    send_reset_link(user.email)
    remind_of_endings()
    essential = stack.inbox.wait_for(user.email, PASSWORD_WORD[language])
    assert (essential["List-Unsubscribe"], "/unsubscribe/" in plain_text(essential)) == (None, False)
    assert stack.inbox.find(user.email, later.number) == []


@pytest.mark.guide("PREF-2")
def test_mail_programs_own_button_unsubscribes(stack: Stack, addressed: None) -> None:
    user = make_user(email="one-click@example.test")
    permit = expiring_permit(user)
    remind_of_endings()
    address = str(stack.inbox.wait_for(user.email, permit.number)["List-Unsubscribe"]).strip(" <>")
    answer = requests.post(address, data={"List-Unsubscribe": "One-Click"}, timeout=10, allow_redirects=False)
    assert (answer.status_code, len(answer.cookies), unwanted_codes(user)) == (200, 0, {"reminders"})


@pytest.mark.guide("PREF-4")
def test_switched_off_everything_is_sent_and_switched_on_choices_hold_again(visit: Visit, stack: Stack) -> None:
    user = make_user(email="switched@example.test")
    save_preferences(user, wanted=[], by=user)
    office, visitor = visit("desk", user=make_staff("Manager")), visit("phone", user=user)
    switch_preferences(office, on=False)
    visitor.page.goto("/home/")
    visitor.page.locator("details.menu summary").click()
    expect(visitor.page.get_by_role("link", name="Email Preferences")).to_have_count(0)
    visitor.see("menu without preferences")
    first = expiring_permit(user)
    remind_of_endings()
    assert "/unsubscribe/" not in plain_text(stack.inbox.wait_for(user.email, first.number))

    switch_preferences(office, on=True)
    second = expiring_permit(user)
    remind_of_endings()
    visitor.page.goto("/email-preferences/")
    boxes = visitor.page.get_by_role("checkbox")
    assert [boxes.nth(n).is_checked() for n in range(boxes.count())] == [False] * 3
    visitor.page.wait_for_timeout(1500)
    assert stack.inbox.find(user.email, second.number) == []


def switch_preferences(office: Visitor, *, on: bool) -> None:
    """The office's system setting."""
    office.page.goto("/admin/opscom/systemsettings/")
    office.page.locator("#id_email_preferences").set_checked(on)
    office.page.get_by_role("button", name="Save", exact=True).click()
    office.says("was changed successfully")


@pytest.mark.guide("UPL-1", "UPL-2")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_documents_are_uploaded(kind: str, visit: Visit, tmp_path: Path) -> None:
    user = make_user()
    visitor = visit(kind, user=user)
    page = visitor.page
    for name, content in {
        "Lease.pdf": pdf(),
        "card.jpg": picture(size=(1600, 1000), colour="teal"),
        "table.xlsx": b"PK\x03\x04",
        "holiday.jpg": b"MZ\x90",
        "active.pdf": pdf(ACTIVE["opens with a script"]),
    }.items():
        (tmp_path / name).write_bytes(content)
    page.goto("/home/")
    open_menu(visitor, "Upload Documents")
    visitor.see("uploads empty", heading="Account Uploads")
    page.get_by_label("Select Files to Upload").set_input_files([tmp_path / "Lease.pdf", tmp_path / "card.jpg"])
    visitor.click("Upload File")
    visitor.says("2 files are uploaded.")
    visitor.see("uploaded", heading="Account Uploads")
    expect(page.get_by_role("heading", name="Uploaded Documents")).to_have_count(1)
    assert page.locator(".file img").evaluate("image => image.complete && image.naturalWidth > 0")

    bad = ["table.xlsx", "holiday.jpg", "active.pdf", "Lease.pdf"]
    page.get_by_label("Select Files to Upload").set_input_files([tmp_path / name for name in bad])
    visitor.click("Upload File")
    visitor.says("table.xlsx is no PDF, PNG or JPG file.")
    visitor.says("holiday.jpg is no PDF, PNG or JPG file.")
    visitor.says("active.pdf holds scripts")
    visitor.says("Lease.pdf is here already, as Lease.pdf.")
    visitor.see("refused", heading="Account Uploads")
    with page.expect_download() as download:
        visitor.follow("Lease.pdf")
    assert download.value.path().read_bytes() == pdf()

    office = visit("desk", user=make_staff("Front desk"))
    office.page.goto(f"/admin/accounts/accountupload/?q={user.email}")
    office.page.get_by_role("row", name="Lease.pdf").get_by_role("checkbox").check()
    office.page.locator("select[name=action]").select_option("take_into_account")
    office.page.get_by_role("button", name="Go").click()
    office.says("1 document is taken into account")
    page.goto("/uploads/")
    visitor.says("The parking office has used it, so it stays.")
    page.get_by_role("button", name="Delete card.jpg").click()
    visitor.says("card.jpg is deleted.")
    visitor.see("taken into account", heading="Account Uploads")
    assert user.uploads.get().state == "taken"


@pytest.mark.guide("ACC-1")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_name_opens_a_menu_without_what_is_switched_off(kind: str, visit: Visit) -> None:
    visitor = visit(kind, user=make_user())
    switched = {
        "Addresses": "addresses_enabled",
        "Upload Documents": "uploads_enabled",
        "Email Preferences": "email_preferences",
    }
    order = [
        "Your Profile",
        "Addresses",
        "Security",
        "Manage Credit Cards",
        "History",
        "Forms",
        "Upload Documents",
        "Email Preferences",
    ]
    shown = menu_of(visitor)
    visitor.see("name menu")
    assert shown == [entry for entry in order if entry in shown]
    assert set(switched) <= set(shown)
    change_office(**dict.fromkeys(switched.values(), False))
    assert menu_of(visitor) == [entry for entry in shown if entry not in switched]


def menu_of(visitor: Visitor) -> list[str]:
    """The guide's entries of the name menu, as they stand in it."""
    visitor.page.goto("/home/")
    visitor.page.locator("details.menu summary").click()
    entries = visitor.page.locator(".menu-list a").all_inner_texts()
    return [entry.strip() for entry in entries if entry.strip() not in ("Company Manager", "Parking office")]
