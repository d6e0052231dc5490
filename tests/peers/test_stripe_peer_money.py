"""Idempotency, failures on the wire and refunds: the peer's ledger says how often money moved."""

import threading
import time
from typing import Any

import pytest
import requests
import stripe

from .stripe_driver import KEY, StripePeer
from .stripe_samples import REFERENCE, line_item, refuse, session_params

REFUNDS = "/v1/refunds"


@pytest.fixture
def intent(peer: StripePeer, client: Any) -> str:
    """Id of a PaymentIntent over 32.00 CAD that was paid."""
    session = client.v1.checkout.sessions.create(session_params())
    paid: str = peer.pay(session.id)["payment_intent"]
    return paid


def post(peer: StripePeer, path: str, form: dict[str, Any], key: str) -> requests.Response:
    """A call without the SDK, to see the headers."""
    headers = {"Authorization": f"Bearer {KEY}", "Stripe-Version": stripe.api_version, "Idempotency-Key": key}
    return requests.post(f"{peer.url}{path}", data=form, headers=headers, timeout=5)


def refunded(peer: StripePeer) -> list[int]:
    return [row["amount"] for row in peer.ledger()["refunds"]]


def test_the_same_key_replays_the_first_answer(peer: StripePeer, intent: str) -> None:
    form = {"payment_intent": intent, "amount": 500}
    first, second = post(peer, REFUNDS, form, "k1"), post(peer, REFUNDS, form, "k1")
    assert (first.status_code, second.status_code, first.content) == (200, 200, second.content)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert second.headers["Request-Id"] != first.headers["Request-Id"]
    assert refunded(peer) == [500]


def test_the_same_key_with_other_parameters_is_an_idempotency_error(client: Any) -> None:
    create, options = client.v1.checkout.sessions.create, {"idempotency_key": "k2"}
    first = create(session_params(), options)
    with pytest.raises(stripe.IdempotencyError):
        create(session_params(locale="en"), options)
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.expire(first.id, None, options)
    assert create(session_params(), options).id == first.id


def test_a_key_of_256_characters_is_refused(peer: StripePeer, client: Any) -> None:
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k" * 256})
    assert client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k" * 255}).status == "open"


def test_nothing_is_remembered_when_validation_failed(client: Any) -> None:
    create, options = client.v1.checkout.sessions.create, {"idempotency_key": "k3"}
    assert refuse(create, session_params(mode="nope"), options)["param"] == "mode"
    assert create(session_params(), options).status == "open"


def test_a_refusal_after_the_work_began_is_remembered(peer: StripePeer, intent: str) -> None:
    form = {"payment_intent": intent, "amount": 9999}
    assert post(peer, REFUNDS, form, "k4").status_code == 400
    second = post(peer, REFUNDS, form, "k4")
    assert (second.status_code, second.headers["Idempotent-Replayed"]) == (400, "true")


def test_the_same_key_at_the_same_time_is_409(peer: StripePeer, intent: str) -> None:
    peer.control("fail_next", kind="timeout", when="before", seconds=0.5, path=REFUNDS)
    form = {"payment_intent": intent, "amount": 500}
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(post(peer, REFUNDS, form, "k5").status_code))
    thread.start()
    while peer.faults_left():
        time.sleep(0.01)
    during = post(peer, REFUNDS, form, "k5")
    thread.join()
    assert (during.status_code, answers) == (409, [200])
    assert during.json()["error"]["code"] == "idempotency_key_in_use"
    assert post(peer, REFUNDS, form, "k5").status_code == 200
    assert refunded(peer) == [500]


@pytest.mark.parametrize(("when", "made"), [("before", []), ("after", [500])])
def test_a_reset_connection_is_a_connection_error(
    peer: StripePeer, client: Any, intent: str, when: str, made: list[int]
) -> None:
    peer.control("fail_next", kind="reset", when=when, path=REFUNDS)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.refunds.create({"payment_intent": intent, "amount": 500})
    assert refunded(peer) == made


def test_sdk_retries_after_a_reset_refund_once(peer: StripePeer, intent: str) -> None:
    peer.control("fail_next", kind="reset", when="after", path=REFUNDS)
    peer.client(retries=1).v1.refunds.create({"payment_intent": intent, "amount": 500})
    assert refunded(peer) == [500]


def test_a_retry_with_a_new_key_after_a_timeout_refunds_twice(peer: StripePeer, client: Any, intent: str) -> None:
    """The control: without the same key the ledger shows the double movement that our code must never cause."""
    peer.control("fail_next", kind="timeout", when="after", seconds=0.6, path=REFUNDS)
    form = {"payment_intent": intent, "amount": 500}
    headers = {"Authorization": f"Bearer {KEY}", "Stripe-Version": stripe.api_version, "Idempotency-Key": "k6"}
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{peer.url}{REFUNDS}", data=form, headers=headers, timeout=0.2)
    assert post(peer, REFUNDS, form, "k6").headers["Idempotent-Replayed"] == "true"
    assert refunded(peer) == [500]
    assert post(peer, REFUNDS, form, "k7").status_code == 200
    assert refunded(peer) == [500, 500]


def test_a_500_before_the_work_is_forgotten(peer: StripePeer, intent: str) -> None:
    peer.control("fail_next", kind="error", when="before", path=REFUNDS)
    form = {"payment_intent": intent, "amount": 500}
    assert [post(peer, REFUNDS, form, "k8").status_code for _ in range(2)] == [500, 200]
    assert refunded(peer) == [500]


def test_a_500_after_the_work_is_replayed(peer: StripePeer, intent: str) -> None:
    peer.control("fail_next", kind="error", when="after", path=REFUNDS)
    form = {"payment_intent": intent, "amount": 500}
    first, second = post(peer, REFUNDS, form, "k9"), post(peer, REFUNDS, form, "k9")
    assert (first.status_code, second.status_code, first.json()["error"]["type"]) == (500, 500, "api_error")
    assert refunded(peer) == [500]


def test_fail_next_counts_and_matches(peer: StripePeer, client: Any) -> None:
    peer.control("fail_next", kind="error", when="before", method="GET", path="/v1/events", times=2)
    assert client.v1.refunds.list().data == []
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.events.list()
    assert client.v1.events.list().data == []


def test_partial_refunds_add_up_to_the_charge_and_no_further(peer: StripePeer, client: Any, intent: str) -> None:
    refunds = client.v1.refunds
    first = refunds.create({"payment_intent": intent, "amount": 1200, "reason": "duplicate", "metadata": {"a": "b"}})
    assert (first.status, first.amount, first.reason, first.metadata["a"]) == ("succeeded", 1200, "duplicate", "b")
    too_much = {"payment_intent": intent, "amount": 2001}
    assert refuse(refunds.create, too_much) == {"status": 400, "code": None, "param": "amount"}
    assert refunds.create({"charge": first.charge}).amount == 2000
    full = client.v1.charges.retrieve(first.charge, {"expand": ["refunds"]})
    assert (full.amount_refunded, full.refunded) == (3200, True)
    assert [refund.amount for refund in full.refunds.data] == [2000, 1200]
    again = {"status": 400, "code": "charge_already_refunded", "param": None}
    assert refuse(refunds.create, {"payment_intent": intent}) == again
    assert refunds.retrieve(first.id, {"expand": ["charge"]}).charge.amount_refunded == 3200
    assert peer.ledger()["by_reference"] == {
        REFERENCE: {"captured": [3200], "refunded": [1200, 2000], "refund_reversed": []}
    }


def test_the_words_of_an_over_refund(client: Any, intent: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent, "amount": 5000})
    assert caught.value.user_message == ("Refund amount ($50.00) is greater than unrefunded amount on charge ($32.00)")


@pytest.mark.parametrize(
    ("changes", "param", "code"),
    [
        ({"reason": "nope"}, "reason", None),
        ({"amount": 0}, "amount", "parameter_invalid_integer"),
        ({"amount": 5.0}, "amount", "parameter_invalid_integer"),
        ({"payment_intent": "pi_none"}, "payment_intent", "resource_missing"),
        ({"charge": "ch_none"}, "payment_intent", None),
        ({"instructions_email": "a@example.test"}, "instructions_email", None),
    ],
)
def test_a_wrong_refund_is_refused(
    peer: StripePeer, client: Any, intent: str, changes: dict[str, Any], param: str, code: str | None
) -> None:
    params = {"payment_intent": intent} | changes
    assert refuse(client.v1.refunds.create, params) == {"status": 400, "code": code, "param": param}
    assert refunded(peer) == []


def test_an_unpaid_intent_cannot_be_refunded(peer: StripePeer, client: Any) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    declined = peer.pay(session.id, "declined")
    refusal = {"status": 400, "code": None, "param": None}
    assert refuse(client.v1.refunds.create, {"payment_intent": declined["payment_intent"]}) == refusal


def test_refunds_are_listed_by_intent_and_charge(peer: StripePeer, client: Any, intent: str) -> None:
    other = client.v1.checkout.sessions.create(session_params(line_items=[line_item("x", 900)]))
    client.v1.refunds.create({"payment_intent": peer.pay(other.id)["payment_intent"]})
    mine = [client.v1.refunds.create({"payment_intent": intent, "amount": 100}) for _ in range(2)]
    listed = client.v1.refunds.list({"payment_intent": intent}).data
    assert [refund.id for refund in listed] == [refund.id for refund in reversed(mine)]
    assert len(client.v1.refunds.list({"charge": mine[0].charge}).data) == 2
    assert len(client.v1.refunds.list().data) == 3


def test_a_pending_refund_that_fails_gives_the_money_back(peer: StripePeer, client: Any, intent: str) -> None:
    peer.control("behaviour", refund_status="pending")
    refund = client.v1.refunds.create({"payment_intent": intent, "amount": 700})
    assert refund.status == "pending"
    peer.control("settle_refund", refund=refund.id, succeeded=False, failure_reason="lost_or_stolen_card")
    failed = client.v1.refunds.retrieve(refund.id, {"expand": ["charge"]})
    assert (failed.status, failed.failure_reason, failed.charge.amount_refunded) == ("failed", "lost_or_stolen_card", 0)
    assert [row["amount"] for row in peer.ledger()["refunds_reversed"]] == [700]
    types = [event.type for event in client.v1.events.list({"type": "refund.*"}).data]
    assert types == ["refund.failed", "refund.updated", "refund.created"]


def test_a_refund_in_the_dashboard_has_no_request_behind_it(peer: StripePeer, client: Any, intent: str) -> None:
    ours = client.v1.refunds.create({"payment_intent": intent, "amount": 100}, {"idempotency_key": "ours"})
    theirs = peer.control("refund", payment_intent=intent, amount=200)["refund"]
    events = client.v1.events.list({"type": "refund.created"}).data
    assert [(event.data.object.id, event.request.idempotency_key) for event in events] == [
        (theirs, None),
        (ours.id, "ours"),
    ]


def test_a_disputed_charge_cannot_be_refunded(peer: StripePeer, client: Any, intent: str) -> None:
    charge = client.v1.payment_intents.retrieve(intent).latest_charge
    peer.control("dispute", charge=charge)
    refusal = {"status": 400, "code": "charge_disputed", "param": None}
    assert refuse(client.v1.refunds.create, {"payment_intent": intent}) == refusal
    assert client.v1.events.list({"limit": 1}).data[0].type == "charge.dispute.created"
