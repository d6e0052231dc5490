"""Manage Credit Cards (CARD-1 to CARD-6)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from opscom.lib.dates import today
from payments.models import CardSetup, StoredCard
from payments.providers.base import Result
from tests.factories import change_office, make_arrangement, make_stored_card, make_user
from tests.payments.vault import Machine
from tests.payments.views.counting import queries
from tests.payments.views.page import callouts, field, soup

pytestmark = pytest.mark.django_db
PATH = "/cards/"


def add(client: Client, **data: str) -> Any:
    return client.post("/cards/add/", {"purpose": "subscription"} | data)


def titles(client: Client) -> list[str]:
    """The cards on the page, in their order."""
    return [tag.get_text() for tag in soup(client.get(PATH)).select("section[aria-labelledby=stored] article h3")]


def test_add_payment_method_leads_to_the_providers_own_page(resident_client: Client, vault: Machine) -> None:
    page = soup(resident_client.get(PATH))
    [link] = [a for a in page.select("main a") if "Add Payment Method" in a.get_text()]
    assert link["href"] == "/cards/add/"
    choice = field(resident_client.get("/cards/add/"), "purpose")
    assert (choice["value"], choice.has_attr("checked")) == ("subscription", True)
    response = add(resident_client)
    setup = CardSetup.objects.get()
    assert response.headers["Location"] == f"https://vault.example.test/page_{setup.code}"


def test_stored_card_is_listed_with_the_guides_words(resident_client: Client, vault: Machine) -> None:
    add(resident_client)
    setup = CardSetup.objects.get()
    vault.finish(setup.code)
    response = resident_client.get(f"/cards/return/{setup.code}/", follow=True)
    page = soup(response)
    assert page.select_one(".callout.is-paid").get_text(strip=True) == "Credit Card successfully stored"  # type: ignore[union-attr]
    assert page.select_one("#stored").get_text() == "Stored Subscription Payment Methods"  # type: ignore[union-attr]
    assert titles(resident_client) == ["Visa •••• 4242"]


@pytest.mark.parametrize(
    ("result", "query", "says"),
    [
        (Result.DECLINED, "", "The card was not stored: the bank said no. Try another card."),
        (Result.EXPIRED, "", "No card was stored. Add Payment Method starts again."),
        (Result.OPEN, "?cancelled=1", "No card was stored. Add Payment Method starts again."),
        (Result.OPEN, "", "We are checking with the card provider. The card shows here as soon as it is stored."),
    ],
)
def test_page_that_ends_otherwise_says_so(
    resident_client: Client, vault: Machine, result: Result, query: str, says: str
) -> None:
    add(resident_client)
    setup = CardSetup.objects.get()
    vault.end(setup.code, result)
    assert callouts(resident_client.get(f"/cards/return/{setup.code}/{query}", follow=True))[0] == says


def test_return_without_a_session_stores_the_card(resident_client: Client, client: Client, vault: Machine) -> None:
    add(resident_client)
    setup = CardSetup.objects.get()
    vault.finish(setup.code)
    assert client.get(f"/cards/return/{setup.code}/").headers["Location"] == PATH
    assert titles(resident_client) == ["Visa •••• 4242"]


def test_provider_that_is_away_is_told_plainly(resident_client: Client, vault: Machine) -> None:
    vault.silent = True
    assert callouts(add(resident_client))[0] == (
        "The card provider does not answer. No card is stored. Wait a minute and try again."
    )
    add_again = CardSetup.objects.get()
    assert callouts(resident_client.get(f"/cards/return/{add_again.code}/", follow=True))[0].startswith(
        "We are checking"
    )


@pytest.mark.parametrize("purpose", ["parking", "anything", ""])
def test_type_that_is_not_offered_is_refused(resident_client: Client, vault: Machine, purpose: str) -> None:
    page = soup(add(resident_client, purpose=purpose))
    assert page.select_one("#id_purpose_error").get_text(strip=True) == "Choose what the card may pay."  # type: ignore[union-attr]
    assert CardSetup.objects.count() == 0


def test_parking_can_be_chosen_where_the_office_allows_it(resident_client: Client, vault: Machine) -> None:
    change_office(stored_cards_for_parking=True)
    choices = [box["value"] for box in soup(resident_client.get("/cards/add/")).select("[name=purpose]")]
    assert choices == ["subscription", "parking"]


def test_trash_can_removes_a_card(resident_client: Client, resident: User, vault: Machine) -> None:
    card = make_stored_card(resident, provider="vault", primary=True, last4="1111")
    response = resident_client.post(f"/cards/{card.code}/remove/", follow=True)
    assert callouts(response) == ["Visa •••• 1111 is removed."]
    assert (titles(resident_client), StoredCard.objects.get().state) == ([], "removing")
    assert resident_client.post(f"/cards/{card.code}/remove/").status_code == 404


def test_another_card_becomes_primary(resident_client: Client, resident: User, vault: Machine) -> None:
    make_stored_card(resident, primary=True, last4="1111")
    second = make_stored_card(resident, last4="2222")
    response = resident_client.post(f"/cards/{second.code}/primary/", follow=True)
    assert callouts(response) == ["Visa •••• 2222 is your primary card now."]
    assert titles(resident_client) == ["Visa •••• 2222", "Visa •••• 1111"]


@pytest.mark.parametrize("verb", ["remove", "primary"])
def test_changes_are_the_owners_and_by_post(
    resident_client: Client, client: Client, stranger_client: Client, resident: User, verb: str
) -> None:
    path = f"/cards/{make_stored_card(resident).code}/{verb}/"
    assert resident_client.get(path).status_code == 405
    assert stranger_client.post(path).status_code == 404
    assert client.post(path).headers["Location"].startswith("/login?next=")


def test_arrangements_of_the_office_are_shown_and_not_to_be_changed(resident_client: Client, resident: User) -> None:
    make_arrangement(resident, comment="Until April")
    make_arrangement(make_user(), comment="Somebody else's")
    section = soup(resident_client.get(PATH)).select_one("section[aria-labelledby=office-only]")
    assert section is not None
    assert [row.get_text(" ", strip=True) for row in section.select("li")] == ["Payroll Deduction Until April Active"]
    assert section.select("form, input, button, a") == []
    assert "Payroll Deduction and EFT are set up by the parking office only." in section.get_text()


@pytest.mark.parametrize(("days", "says"), [(0, "Expires soon"), (-40, "Expired")])
def test_expiry_shows_on_the_page(resident_client: Client, resident: User, days: int, says: str) -> None:
    month = today() + timedelta(days=days)
    make_stored_card(resident, exp_month=month.month, exp_year=month.year)
    pills = [tag.get_text(strip=True) for tag in soup(resident_client.get(PATH)).select("article .pill")]
    assert pills == [says]


def test_page_names_no_field_for_a_number(resident_client: Client, resident: User, vault: Machine) -> None:
    make_stored_card(resident)
    names = {
        tag["name"] for path in (PATH, "/cards/add/") for tag in soup(resident_client.get(path)).select("main [name]")
    }
    assert names == {"csrfmiddlewaretoken", "purpose"}


def test_switched_off_there_is_no_entry_page_or_endpoint(
    resident_client: Client, resident: User, vault: Machine
) -> None:
    card, entry = make_stored_card(resident), "Manage Credit Cards"
    assert entry in soup(resident_client.get("/home/")).select_one("header").get_text()  # type: ignore[union-attr]
    change_office(stored_cards=False)
    assert entry not in soup(resident_client.get("/home/")).select_one("header").get_text()  # type: ignore[union-attr]
    assert [resident_client.get(path).status_code for path in (PATH, "/cards/add/", "/cards/return/X/")] == [404] * 3
    posts = ("/cards/add/", f"/cards/{card.code}/remove/", f"/cards/{card.code}/primary/")
    assert [resident_client.post(path).status_code for path in posts] == [404] * 3


def test_provider_that_keeps_no_cards_is_not_offered(
    resident_client: Client, vault: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from payments.providers.base import Offers
    from tests.payments.vault import VaultProvider

    monkeypatch.setattr(VaultProvider, "offers", Offers.NOTHING)
    assert soup(resident_client.get(PATH)).select("a[href='/cards/add/']") == []
    assert resident_client.get("/cards/add/").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_page_costs_as_much_for_three_cards_as_for_one(resident_client: Client, resident: User, rows: int) -> None:
    for _ in range(rows):
        make_stored_card(resident)
    make_arrangement(resident)
    with queries(6):
        resident_client.get(PATH)


def test_adding_and_removing_cost_little(resident_client: Client, resident: User, vault: Machine) -> None:
    with queries(8):
        add(resident_client)
    card = make_stored_card(resident, primary=True)
    with queries(9):
        resident_client.post(f"/cards/{card.code}/remove/")
