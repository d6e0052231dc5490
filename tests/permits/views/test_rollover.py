"""The Permit Rollover toggle (CARD-5)."""

import pytest
from django.test import Client

from accounts.models import User
from permits.models import Permit
from tests.conftest import sign_in
from tests.factories import change_office, make_stored_card, make_user
from tests.payments.vault import Machine
from tests.payments.views.counting import queries
from tests.payments.views.page import callouts, soup
from tests.permits.test_rollover import rolling

pytestmark = pytest.mark.django_db


@pytest.fixture
def permit(resident: User, vault: Machine) -> Permit:
    """A paid monthly permit with a stored card, its rollover off."""
    permit = rolling(resident, left=20)
    Permit.objects.update(rollover=False)
    permit.refresh_from_db()
    return permit


def switch(client: Client, permit: Permit, **data: str) -> list[str]:
    """Press it; answers what the page says."""
    return callouts(client.post(f"/permits/{permit.code}/rollover/", data, follow=True))


def state(client: Client, permit: Permit) -> str:
    """What the switch says."""
    button = soup(client.get(f"/permits/{permit.code}/")).select_one("#rollover ~ *, [role=switch]")
    toggle = soup(client.get(f"/permits/{permit.code}/")).select_one("[role=switch]")
    assert button is not None
    assert toggle is not None
    return str(toggle["aria-checked"])


def test_toggle_turns_it_on_and_off(resident_client: Client, permit: Permit) -> None:
    assert state(resident_client, permit) == "false"
    assert switch(resident_client, permit, on="1")[0] == "Permit Rollover is on. The permit renews itself every month."
    assert state(resident_client, permit) == "true"
    page = soup(resident_client.get(f"/permits/{permit.code}/")).select_one("section[aria-labelledby=rollover]")
    assert page is not None
    assert "$77.00 by today's price" in " ".join(page.get_text().split())
    assert switch(resident_client, permit, on="0")[0] == "Permit Rollover is off. The permit ends on its last day."
    permit.refresh_from_db()
    assert (permit.rollover, [event.reason for event in permit.events.all()][-2:]) == (
        False,
        ["rollover on", "rollover off"],
    )


def test_one_of_several_cards_is_chosen(resident_client: Client, resident: User, permit: Permit) -> None:
    other = make_stored_card(resident, provider="vault")
    options = soup(resident_client.get(f"/permits/{permit.code}/")).select("select[name=card] option")
    assert len(options) == 3
    switch(resident_client, permit, on="1", card=other.code)
    permit.refresh_from_db()
    assert permit.rollover_card == other
    foreign = make_stored_card(make_user())
    path = f"/permits/{permit.code}/rollover/"
    assert resident_client.post(path, {"on": "1", "card": foreign.code}).status_code == 404


def test_without_a_card_the_page_leads_to_manage_credit_cards(
    resident_client: Client, resident: User, vault: Machine
) -> None:
    permit = rolling(resident, card=False, left=20)
    Permit.objects.update(rollover=False)
    section = soup(resident_client.get(f"/permits/{permit.code}/")).select_one("section[aria-labelledby=rollover]")
    assert section is not None
    assert [link["href"] for link in section.select("a")] == ["/cards/"]
    assert section.select("button") == []
    assert switch(resident_client, permit, on="1")[0].startswith("Store a card first")


def test_toggle_is_the_holders_by_post_and_gone_when_off(
    resident_client: Client, client: Client, permit: Permit
) -> None:
    path = f"/permits/{permit.code}/rollover/"
    assert resident_client.get(path).status_code == 405
    assert client.post(path).headers["Location"].startswith("/login?next=")
    assert sign_in(Client(), make_user()).post(path, {"on": "1"}).status_code == 404
    change_office(stored_cards=False)
    assert resident_client.post(path, {"on": "1"}).status_code == 404
    assert soup(resident_client.get(f"/permits/{permit.code}/")).select("#rollover") == []


def test_page_and_toggle_stay_within_the_budget(resident_client: Client, permit: Permit, settings: object) -> None:
    settings.REDIS_URL = ""  # type: ignore[attr-defined]
    with queries(12):
        resident_client.get(f"/permits/{permit.code}/")
    with queries(9):
        resident_client.post(f"/permits/{permit.code}/rollover/", {"on": "1"})
