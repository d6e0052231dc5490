"""A payment through the portal with Moneris as the office's provider, the browser told nothing that counts."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from payments.models import CardPage, CardSetup, Checkout, Payment, StoredCard
from payments.providers import moneris_checkout
from payments.providers.base import Attempt, HostedPage
from payments.providers.moneris import MonerisProvider
from payments.services.cards import describe_card, forget_at_provider
from payments.services.reconcile import reconcile_payment
from tests.factories import change_office, make_charge, make_checkout
from tests.payments.views.counting import queries
from tests.payments.views.page import callouts, soup
from tests.peers.moneris_driver import MonerisPeer


@pytest.fixture
def takes_cards(moneris_peer: MonerisPeer, settings: Settings) -> None:
    """The office lets people store cards, at Moneris."""
    settings.CARD_PROVIDER = "moneris"
    change_office(stored_cards=True)


@pytest.fixture
def at_form(resident_client: Client, checkout: Checkout, moneris_peer: MonerisPeer, settings: Settings) -> Payment:
    """The resident has chosen Credit Card and is at the form."""
    settings.CARD_PROVIDER = "moneris"
    response = resident_client.post(f"/checkout/{checkout.code}/", {"method": "card", "email": "payer@example.test"})
    payment = checkout.payments.get()
    assert response.headers["Location"] == f"http://127.0.0.1:8000/payments/card/{payment.code}/"
    return payment


def test_paid_form_leads_to_the_receipt(resident_client: Client, at_form: Payment, moneris_peer: MonerisPeer) -> None:
    moneris_peer.pay(at_form.provider_ref)
    response = resident_client.get(f"/payments/return/{at_form.code}/")
    at_form.refresh_from_db()
    assert response.headers["Location"] == f"/receipts/{at_form.receipt.code}/"
    assert (at_form.state, at_form.charge_ref[:4]) == ("confirmed", "1-0_")
    assert moneris_peer.movements(at_form.code) == [("purchase", 3000)]


def test_paid_form_that_never_comes_back_is_settled_by_the_sweep(at_form: Payment, moneris_peer: MonerisPeer) -> None:
    moneris_peer.pay(at_form.provider_ref)
    assert reconcile_payment(at_form).state == "confirmed"


def test_cancelled_form_lets_the_payer_choose_again_and_opens_another(
    resident_client: Client, at_form: Payment, checkout: Checkout
) -> None:
    response = resident_client.get(f"/payments/return/{at_form.code}/?cancelled=1", follow=True)
    assert callouts(response) == ["The card was not charged. You can choose again how to pay."]
    again = resident_client.post(f"/checkout/{checkout.code}/", {"method": "card", "email": "payer@example.test"})
    new = checkout.payments.in_flight().get()
    assert again.headers["Location"] == f"http://127.0.0.1:8000/payments/card/{new.code}/"
    assert CardPage.objects.filter(closed_at=None).get().reference == new.code


def test_second_click_leads_to_the_same_form(resident_client: Client, at_form: Payment, checkout: Checkout) -> None:
    again = resident_client.post(f"/checkout/{checkout.code}/", {"method": "card", "email": "payer@example.test"})
    assert again.headers["Location"] == f"http://127.0.0.1:8000/payments/card/{at_form.code}/"
    assert CardPage.objects.count() == 1


def test_declined_card_says_so(resident_client: Client, at_form: Payment, moneris_peer: MonerisPeer) -> None:
    moneris_peer.control("decline_next")
    moneris_peer.pay(at_form.provider_ref)
    response = resident_client.get(f"/payments/return/{at_form.code}/", follow=True)
    assert callouts(response) == [
        "The card was not charged: the bank said no. Try another card, or pay in another way."
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_way_to_the_form_costs_as_much_as_to_any_card_page(
    resident_client: Client, resident: User, moneris_peer: MonerisPeer, settings: Settings, rows: int
) -> None:
    settings.CARD_PROVIDER, settings.REDIS_URL = "moneris", ""
    checkout = make_checkout([make_charge(resident) for _ in range(rows)], resident)
    with queries(15):
        resident_client.post(f"/checkout/{checkout.code}/", {"method": "card", "email": resident.email})
    assert CardPage.objects.get().reference == checkout.payments.get().code


def test_two_clicks_at_once_keep_the_first_ticket(
    moneris_peer: MonerisPeer, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    preload = moneris_checkout.preload
    first: list[HostedPage] = []

    def slow(asked: Attempt, amount: str) -> str:
        ticket = preload(asked, amount)
        monkeypatch.setattr(moneris_checkout, "preload", preload)
        first.append(MonerisProvider().start(asked))
        return ticket

    monkeypatch.setattr(moneris_checkout, "preload", slow)
    assert [MonerisProvider().start(attempt)] == first


def choose_to_store(client: Client) -> CardSetup:
    """Add Payment Method, as far as the form."""
    response = client.post("/cards/add/", {"purpose": "subscription"})
    setup = CardSetup.objects.latest("pk")
    assert response.headers["Location"] == f"http://127.0.0.1:8000/payments/card/{setup.code}/"
    return setup


@pytest.mark.usefixtures("takes_cards")
def test_card_is_stored_through_the_same_form_and_removed_at_moneris(
    resident_client: Client, moneris_peer: MonerisPeer
) -> None:
    setup = choose_to_store(resident_client)
    assert soup(resident_client.get(f"/payments/card/{setup.code}/")).select("h1")[0].get_text() == "Store a card"
    moneris_peer.pay(setup.provider_ref)
    response = resident_client.get(f"/cards/return/{setup.code}/", follow=True)
    assert callouts(response)[0] == "Credit Card successfully stored"
    card = StoredCard.objects.get()
    assert (card.brand, card.last4, card.provider) == ("Visa", "4242", "moneris")
    resident_client.post(f"/cards/{card.code}/remove/")
    forget_at_provider(StoredCard.objects.get())
    assert MonerisProvider().read_card(describe_card(card)) is None


@pytest.mark.usefixtures("takes_cards")
def test_form_that_was_cancelled_is_not_shown_again(resident_client: Client) -> None:
    first = choose_to_store(resident_client)
    response = resident_client.get(f"/cards/return/{first.code}/?cancelled=1", follow=True)
    assert callouts(response)[0] == "No card was stored. Add Payment Method starts again."
    second = choose_to_store(resident_client)
    first.refresh_from_db()
    assert (first.state, second.state, first.provider_ref == second.provider_ref) == ("expired", "open", False)
