"""Cards that are stored at the Stripe peer, seen through the official SDK."""

from typing import Any

import pytest
import stripe

from .stripe_driver import StripePeer
from .stripe_samples import refuse

CHARGE = {"amount": 1234, "currency": "cad", "confirm": True, "allowed_payment_method_types": ["card"]}


def setup_params(client: Any, **changes: Any) -> dict[str, Any]:
    """A page that stores a card with a new customer; a change of None leaves the parameter out."""
    customer = client.v1.customers.create({"name": "Ana"}).id
    params = {
        "mode": "setup",
        "customer": customer,
        "allowed_payment_method_types": ["card"],
        "success_url": "http://127.0.0.1:9/return/",
        "setup_intent_data": {"metadata": {"setup": "OURS"}},
    } | changes
    return {name: value for name, value in params.items() if value is not None}


def stored(peer: StripePeer, client: Any, card: str = "ok") -> tuple[str, str]:
    """Customer and payment method."""
    session = client.v1.checkout.sessions.create(setup_params(client))
    assert peer.pay(session.id, card=card)["state"] == "succeeded"
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]})
    return done.customer, done.setup_intent.payment_method.id


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"allowed_payment_method_types": None}, "currency"),
        ({"customer": None}, "mode=setup without a customer"),
        ({"payment_intent_data": {"description": "x"}}, "payment_intent_data"),
    ],
)
def test_a_wrong_page_is_refused(client: Any, changes: dict[str, Any], param: str) -> None:
    assert refuse(client.v1.checkout.sessions.create, setup_params(client, **changes))["param"] == param


def test_a_declined_card_is_not_stored_and_moves_no_money(peer: StripePeer, client: Any) -> None:
    session = client.v1.checkout.sessions.create(setup_params(client))
    assert peer.pay(session.id, card="declined")["state"] == "declined"
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert peer.captured() == []


def test_the_bank_s_question_is_asked_while_storing(peer: StripePeer, client: Any) -> None:
    session = client.v1.checkout.sessions.create(setup_params(client))
    assert peer.pay(session.id, card="three_ds_once", three_ds="fail")["state"] == "declined"
    customer, method = stored(peer, client, "three_ds_once")
    paid = client.v1.payment_intents.create(CHARGE | {"customer": customer, "payment_method": method})
    assert (paid.status, peer.captured()) == ("succeeded", [1234])


@pytest.mark.parametrize(
    ("card", "code"), [("declined_later", "generic_decline"), ("three_ds", "authentication_required")]
)
def test_a_refusal_is_402_with_the_intent_inside(peer: StripePeer, client: Any, card: str, code: str) -> None:
    customer, method = stored(peer, client, card)
    with pytest.raises(stripe.CardError) as refusal:
        client.v1.payment_intents.create(
            CHARGE | {"customer": customer, "payment_method": method, "off_session": True}, {"idempotency_key": "k"}
        )
    error = refusal.value.error
    assert error is not None
    assert (refusal.value.http_status, error.decline_code) == (402, code)
    assert error.payment_intent.status == "requires_payment_method"  # type: ignore[union-attr]
    assert peer.captured() == []


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"confirm": False}, "confirm=false"),
        ({"amount": 49}, "amount"),
        ({"customer": "cus_unknown"}, "customer"),
        ({"payment_method": "pm_unknown"}, "payment_method"),
        ({"setup_future_usage": "off_session"}, "setup_future_usage"),
    ],
)
def test_a_wrong_charge_is_refused(peer: StripePeer, client: Any, changes: dict[str, Any], param: str) -> None:
    customer, method = stored(peer, client)
    params = CHARGE | {"customer": customer, "payment_method": method} | changes
    assert refuse(client.v1.payment_intents.create, params)["param"] == param
    assert peer.captured() == []


def test_a_detached_card_is_gone_for_good(peer: StripePeer, client: Any) -> None:
    customer, method = stored(peer, client)
    assert client.v1.payment_methods.detach(method).customer is None
    refused = refuse(client.v1.payment_methods.detach, method)
    assert (refused["status"], refused["param"]) == (400, None)
    params = CHARGE | {"customer": customer, "payment_method": method}
    assert refuse(client.v1.payment_intents.create, params)["param"] == "payment_method"


def test_money_is_listed_with_its_sign(peer: StripePeer, client: Any) -> None:
    customer, method = stored(peer, client)
    paid = client.v1.payment_intents.create(CHARGE | {"customer": customer, "payment_method": method})
    refund = client.v1.refunds.create({"payment_intent": paid.id, "amount": 234})
    peer.control("settle_refund", refund=refund.id, succeeded=False)
    listed = client.v1.balance_transactions.list({"expand": ["data.source"]}).data
    assert [(row.type, row.amount, row.source.object) for row in listed] == [
        ("refund_failure", 234, "refund"),
        ("refund", -234, "refund"),
        ("charge", 1234, "charge"),
    ]
