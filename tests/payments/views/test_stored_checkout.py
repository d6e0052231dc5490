"""A card that was stored for parking pays temporary parking at the checkout, where the office lets it (CARD-4)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from time_machine import travel

from accounts.models import User
from payments.errors import PaymentRefused
from payments.models import Checkout, Payment, StoredCard
from payments.providers.base import Decline
from payments.services.stored import charge_card
from permits.models import Permit
from tests.conftest import sign_in
from tests.factories import (
    change_office,
    make_charge,
    make_checkout,
    make_company,
    make_manager,
    make_member,
    make_permit,
    make_stored_card,
    make_temporary,
    make_vehicle,
)
from tests.payments.test_credits import give
from tests.payments.vault import Machine
from tests.payments.views.page import soup
from tests.payments.views.test_checkout import methods, path

pytestmark = pytest.mark.django_db


def stored(checkout: Checkout) -> dict[str, str]:
    """The form of somebody who saw their primary card on the page."""
    card = StoredCard.objects.get(user=checkout.user, primary=True)
    return {"method": f"stored-{card.code}", "email": "payer@example.test"}


@pytest.fixture
def checkout(resident: User, vault: Machine) -> Checkout:
    """Two hours for $4, a card that may pay them."""
    change_office(stored_cards_for_parking=True)
    make_stored_card(resident, provider="vault", primary=True, purpose="parking", last4="4242")
    make_vehicle(resident)
    return make_checkout([make_temporary(resident).charge], resident)


def test_stored_card_is_offered_first_and_pays_at_once(
    checkout: Checkout, resident_client: Client, vault: Machine
) -> None:
    assert methods(resident_client, checkout) == [stored(checkout)["method"], "card", "cash"]
    assert "Stored card Visa •••• 4242" in soup(resident_client.get(path(checkout))).get_text()
    payment_page = resident_client.post(path(checkout), stored(checkout)).headers["Location"]
    assert resident_client.get(payment_page).headers["Location"].startswith("/receipts/")
    checkout.refresh_from_db()
    assert (Permit.objects.get().state, vault.money, checkout.email) == (
        "active",
        Decimal("4.00"),
        "payer@example.test",
    )
    resident_client.post(path(checkout), stored(checkout))
    assert Payment.objects.count() == 1


def test_declined_card_leads_back_to_the_choice(checkout: Checkout, resident_client: Client, vault: Machine) -> None:
    vault.declines[checkout.user.stored_cards.get().token] = Decline.AUTHENTICATE  # type: ignore[union-attr]
    response = resident_client.post(path(checkout), stored(checkout), follow=True)
    assert response.redirect_chain[-1][0] == path(checkout)
    assert "The card was not charged: the bank said no." in soup(response).get_text()
    assert Permit.objects.get().state == "held"


def test_silent_bank_is_checked(checkout: Checkout, resident_client: Client, vault: Machine) -> None:
    vault.charges_then_dies = True
    page = resident_client.post(path(checkout), stored(checkout)).headers["Location"]
    assert resident_client.get(page).headers["Location"].startswith("/receipts/")
    assert len(vault.charges) == 1


@pytest.mark.parametrize("why", ["office", "purpose", "expired", "not primary", "credit"])
def test_card_that_may_not_pay_is_not_offered(
    checkout: Checkout, resident: User, resident_client: Client, staff: User, why: str
) -> None:
    card, form = resident.stored_cards.get(), stored(checkout)
    if why == "office":
        change_office(stored_cards_for_parking=False)
    elif why == "credit":
        give(resident, "1.00")
    else:
        fields: dict[str, dict[str, Any]] = {
            "purpose": {"purpose": "subscription"},
            "expired": {"exp_year": 2020},
            "not primary": {"primary": False},
        }
        type(card).objects.update(**fields[why])
    assert methods(resident_client, checkout) == ["card", "cash"]
    resident_client.post(path(checkout), form | {"credit": "1.00" if why == "credit" else "0.00"})
    assert not Payment.objects.filter(stored_card=card).exists()


def test_other_things_are_not_paid_with_it(checkout: Checkout, resident: User, resident_client: Client) -> None:
    temporary = Permit.objects.get().charge
    for other in (make_permit(resident).charge, make_charge(resident)):
        mixed = make_checkout([temporary, other], resident)
        assert methods(resident_client, mixed) == ["card", "cash"]


def test_who_acts_for_a_person_does_not_spend_their_card(checkout: Checkout, resident: User, vault: Machine) -> None:
    company = make_company()
    manager, member = make_manager(company), make_member(company, resident)
    client = sign_in(Client(), manager.user)
    client.post(f"/company/{member.code}/enter/", {"confirmed": "yes"})
    assert methods(client, checkout) == ["card", "cash"]
    client.post(path(checkout), stored(checkout))
    assert (Payment.objects.count(), vault.money) == (0, Decimal("0"))


@pytest.mark.parametrize("method", ["stored", "card", "cash"])
def test_second_click_while_the_card_is_charged_says_so(
    checkout: Checkout, resident_client: Client, vault: Machine, method: str
) -> None:
    form = stored(checkout)
    vault.silent = True
    resident_client.post(path(checkout), form)
    response = resident_client.post(
        path(checkout), form if method == "stored" else form | {"method": method}, follow=True
    )
    text = soup(response).get_text()
    assert "A payment for this is under way already. Its result shows on Payments." in text
    assert "You were not charged" not in text
    assert [payment.state for payment in Payment.objects.all()] == ["created"]


def test_another_card_than_the_one_shown_is_not_charged(
    checkout: Checkout, resident: User, resident_client: Client, vault: Machine
) -> None:
    form = stored(checkout)
    resident.stored_cards.update(primary=False)
    make_stored_card(resident, provider="vault", primary=True, purpose="parking", last4="5555")
    text = soup(resident_client.post(path(checkout), form)).get_text()
    assert "You have another primary card now." in text
    assert "Stored card Visa •••• 5555" in text
    assert (Payment.objects.count(), vault.money) == (0, Decimal("0"))


def test_declined_card_does_not_keep_a_place_for_ever(checkout: Checkout, resident: User, vault: Machine) -> None:
    start, card = checkout.created_at, resident.stored_cards.get()
    vault.declines[card.token] = Decline.SOFT
    permit = Permit.objects.get()
    for minutes in (0, 29, 58, 87):
        again = make_checkout([permit.charge], resident)
        with travel(start + timedelta(minutes=minutes), tick=False):
            assert charge_card(again, card=card, unattended=False).state == "failed"
    with travel(start + timedelta(minutes=95), tick=False), pytest.raises(PaymentRefused) as refusal:
        charge_card(make_checkout([permit.charge], resident), card=card, unattended=False)
    permit.refresh_from_db()
    assert (refusal.value.code, permit.held_until) == ("held-long", start + timedelta(minutes=117))
