"""A card that was stored for parking pays temporary parking at the checkout, where the office lets it (CARD-4)."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from payments.models import Checkout, Payment
from payments.providers.base import Decline
from permits.models import Permit
from tests.factories import (
    change_office,
    make_charge,
    make_checkout,
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
STORED = {"method": "stored", "email": "payer@example.test"}


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
    assert methods(resident_client, checkout) == ["stored", "card", "cash"]
    assert "Stored card Visa •••• 4242" in soup(resident_client.get(path(checkout))).get_text()
    payment_page = resident_client.post(path(checkout), STORED).headers["Location"]
    assert resident_client.get(payment_page).headers["Location"].startswith("/receipts/")
    checkout.refresh_from_db()
    assert (Permit.objects.get().state, vault.money, checkout.email) == (
        "active",
        Decimal("4.00"),
        "payer@example.test",
    )
    resident_client.post(path(checkout), STORED)
    assert Payment.objects.count() == 1


def test_declined_card_leads_back_to_the_choice(checkout: Checkout, resident_client: Client, vault: Machine) -> None:
    vault.declines[checkout.user.stored_cards.get().token] = Decline.AUTHENTICATE  # type: ignore[union-attr]
    response = resident_client.post(path(checkout), STORED, follow=True)
    assert response.redirect_chain[-1][0] == path(checkout)
    assert "The card was not charged: the bank said no." in soup(response).get_text()
    assert Permit.objects.get().state == "held"


def test_silent_bank_is_checked(checkout: Checkout, resident_client: Client, vault: Machine) -> None:
    vault.charges_then_dies = True
    page = resident_client.post(path(checkout), STORED).headers["Location"]
    assert resident_client.get(page).headers["Location"].startswith("/receipts/")
    assert len(vault.charges) == 1


@pytest.mark.parametrize("why", ["office", "purpose", "expired", "not primary", "credit"])
def test_card_that_may_not_pay_is_not_offered(
    checkout: Checkout, resident: User, resident_client: Client, staff: User, why: str
) -> None:
    card = resident.stored_cards.get()
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
    assert "stored" not in methods(resident_client, checkout)
    resident_client.post(path(checkout), STORED | {"credit": "1.00" if why == "credit" else "0.00"})
    assert not Payment.objects.filter(stored_card=card).exists()


def test_other_things_are_not_paid_with_it(checkout: Checkout, resident: User, resident_client: Client) -> None:
    temporary = Permit.objects.get().charge
    for other in (make_permit(resident).charge, make_charge(resident)):
        mixed = make_checkout([temporary, other], resident)
        assert methods(resident_client, mixed) == ["card", "cash"]
