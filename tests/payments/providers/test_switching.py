"""An office changes its card provider, or gives cards up: what is old goes on through the old one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from payments.errors import ProviderUnreachable
from payments.models import Charge, Checkout, Payment, PaymentMethod
from payments.providers import current_provider, provider_named
from payments.providers.base import Offers
from payments.services.attempts import describe_attempt, resolve_payment
from payments.services.refunds import request_refund
from payments.tasks import send_refund
from tests.factories import change_office, make_charge, make_checkout
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.providers.worlds import BamboraWorld, StripeWorld
from tests.payments.refunding import manager
from tests.payments.views.page import soup


def test_old_payments_are_settled_and_given_back_through_the_old_provider(
    resident: User, settings: Settings, bambora_world: BamboraWorld, stripe_world: StripeWorld
) -> None:
    settings.CARD_PROVIDER = "bambora"
    paid, under_way = (begin(make_checkout([make_charge(resident)], resident)) for _number in range(2))
    bambora_world.pay(describe_attempt(paid))
    paid = resolve_payment(paid)
    settings.CARD_PROVIDER = "stripe"
    new = begin(make_checkout([make_charge(resident)], resident))
    stripe_world.pay(describe_attempt(new))
    bambora_world.pay(describe_attempt(under_way))
    new, under_way = resolve_payment(new), resolve_payment(under_way)
    assert [(row.provider, row.state) for row in (paid, under_way, new)] == [
        ("bambora", "confirmed"),
        ("bambora", "confirmed"),
        ("stripe", "confirmed"),
    ]
    for payment, world in ((paid, bambora_world), (under_way, bambora_world), (new, stripe_world)):
        line = payment.checkout.lines.get()
        [refund] = request_refund(payment, amount=Decimal("5.00"), charge=line.charge, reason="sold", by=manager())
        send_refund(refund_id=refund.pk)
        refund.refresh_from_db()
        assert (refund.state, world.given_back(payment.code)) == ("done", ["5.00"])


@dataclass
class Office:
    """One without a card provider."""

    checkout: Checkout
    client: Client


@pytest.fixture
def offline(checkout: Checkout, resident: User, client: Client, settings: Settings) -> Office:
    settings.CARD_PROVIDER = "offline"
    client.force_login(resident)
    return Office(checkout, client)


def offered(office: Office) -> list[str]:
    page = soup(office.client.get(f"/checkout/{office.checkout.code}/"))
    return [str(radio["value"]) for radio in page.select("input[name=method]")]


def test_office_without_a_provider_offers_no_cards(offline: Office, settings: Settings) -> None:
    assert offered(offline) == ["cash"]
    settings.CARD_PROVIDER = "sandbox"
    assert offered(offline) == ["card", "cash"]


def test_office_without_a_provider_has_no_menu_for_cards(offline: Office, settings: Settings) -> None:
    change_office(stored_cards=True)
    assert soup(offline.client.get("/payments/")).select("a[href='/cards/']") == []
    settings.CARD_PROVIDER = "sandbox"
    assert len(soup(offline.client.get("/payments/")).select("a[href='/cards/']")) == 1


def test_card_cannot_be_chosen_by_hand_either(offline: Office) -> None:
    form = {"method": "card", "email": "a@example.test", "credit": "0"}
    assert offline.client.post(f"/checkout/{offline.checkout.code}/", form).status_code == 200
    assert Payment.objects.count() == 0


def test_payer_without_any_way_is_sent_to_the_office(offline: Office) -> None:
    PaymentMethod.objects.filter(code="cash").update(active=False)
    page = soup(offline.client.get(f"/checkout/{offline.checkout.code}/"))
    assert page.select("input[name=method]") == []
    assert "Nothing of this can be paid here. Come to the parking office, or write to it." in page.get_text()


def test_payment_made_before_cards_were_given_up_is_still_settled(
    charge: Charge, resident: User, settings: Settings
) -> None:

    payment = begin(make_checkout([charge], resident))
    pay_at_provider(payment)
    settings.CARD_PROVIDER = "offline"
    assert resolve_payment(payment).state == "confirmed"


def test_no_provider_offers_nothing(settings: Settings) -> None:
    settings.CARD_PROVIDER = "offline"
    assert (current_provider().name, current_provider().offers) == ("offline", Offers.NOTHING)


@pytest.mark.parametrize(
    "call",
    [
        "refund",
        "resolve_refund",
        "resolve_dispute",
        "start_setup",
        "resolve_setup",
        "charge_stored",
        "resolve_stored",
        "read_card",
        "remove_card",
    ],
)
def test_what_a_provider_does_not_offer_it_does_not_do(call: str) -> None:
    with pytest.raises(NotImplementedError):
        getattr(provider_named("offline"), call)(None)


def test_provider_without_movements_lists_none() -> None:
    now = datetime.now(UTC)
    with pytest.raises(NotImplementedError):
        provider_named("offline").movements(now, now)


@pytest.mark.django_db
def test_webhook_for_no_provider_is_refused(client: Client) -> None:
    assert client.post("/webhooks/offline/", b"{}", content_type="application/json").status_code == 400


def test_no_provider_opens_and_knows_no_page(payment: Payment) -> None:
    provider, attempt = provider_named("offline"), describe_attempt(payment)
    provider.expire(attempt)
    for ask in (provider.start, provider.resolve):
        with pytest.raises(ProviderUnreachable):
            ask(attempt)
