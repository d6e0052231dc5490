"""The office words its own receipt in French, tries it, and breaks it; the receipt still arrives."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from accounts.models import User, Wording
from tests.factories import make_user, make_vehicle, make_violation
from tests.journeys.inbox import plain_text
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, make_staff, pay_by_card

TEXT = "/admin/accounts/wording/text/receipt.fr/show/"
BODY = "Bonjour,\n\nnous avons reçu {{ total|money }}. Reçu {{ receipt.number }}."


@pytest.fixture
def payer() -> Iterator[User]:
    """A driver who reads French; afterwards the office's text is gone."""
    yield make_user(first_name="Zoë", last_name="Roy", language="fr")
    Wording.objects.filter(kind="receipt", language="fr").delete()


def pay(visit: Visit, user: User) -> None:
    """A new ticket, by card."""
    make_violation(make_vehicle(user))
    resident = visit("desk", user=user, locale="fr-CA")
    resident.page.goto("/payments/")
    resident.click("Passer au paiement")
    resident.page.get_by_label("Carte de crédit").check()
    resident.press_shown("Payer 30,00\xa0$")
    pay_by_card(resident)
    resident.page.wait_for_url("**/receipts/**")


def test_receipt_in_the_offices_own_words(visit: Visit, stack: Stack, payer: User) -> None:
    staff = make_staff("Manager")
    office = visit("desk", user=staff)
    page = office.page
    page.goto("/admin/accounts/wording/?q=receipt")
    office.look("texts of the office")
    page.get_by_role("link", name="Receipt, fr: built-in").click()
    expect(page).to_have_url(f"{stack.url}{TEXT}")
    shown = page.frame_locator("iframe[name=preview]")
    expect(shown.get_by_text("Filled in with examples")).to_be_visible()
    page.get_by_label("Subject").fill("Merci, reçu {{ receipt.number }}")
    page.get_by_label("Text", exact=True).fill(BODY)
    expect(shown.locator("pre")).to_contain_text("nous avons reçu 94,50\xa0$.")
    office.look("text of the office")
    page.get_by_role("button", name="Send a test").click()
    office.says("The test is on its way")
    assert "nous avons reçu 94,50\xa0$." in plain_text(stack.inbox.wait_for(staff.email, "[Test] Merci, reçu"))
    office.click("Save and use")
    expect(page).to_have_url(f"{stack.url}{TEXT}")
    office.says("Saved: version 1 is used from now on.")
    pay(visit, payer)
    assert "nous avons reçu" in plain_text(stack.inbox.wait_for(payer.email, "Merci, reçu"))
    Wording.objects.filter(kind="receipt", language="fr").update(body="{{ total|money }} {% broken %}")
    pay(visit, payer)
    assert "payés, merci" in plain_text(stack.inbox.wait_for(payer.email, "payés"))
    page.goto("/admin/")
    page.get_by_role("link", name="Texts of the office that failed").click()
    page.get_by_role("link", name="Receipt, fr: not used").click()
    office.says("your text could not be used, and people got the built-in one")
    office.look("text that failed")
