"""The peer's webhook sender: signed as the official SDK demands, and every way in which deliveries go wrong."""

import time
from typing import Any

import pytest
import stripe

from .receiver import Received, WebhookReceiver
from .stripe_driver import SECRET, StripePeer
from .stripe_peer.webhooks import signature_header
from .stripe_samples import session_params

PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


def new_session(client: Any) -> str:
    identifier: str = client.v1.checkout.sessions.create(session_params()).id
    return identifier


def read(delivery: Received) -> Any:
    """The event, once the official SDK has verified its signature."""
    return stripe.Webhook.construct_event(delivery.body, delivery.signature, SECRET)


def types(deliveries: list[Received]) -> list[str]:
    return [read(delivery).type for delivery in deliveries]


def test_the_signature_equals_the_official_one() -> None:
    body = '{"object": "event", "name": "Éloïse"}'
    expected = stripe.WebhookSignature.generate_signature_header(body, SECRET, 1_700_000_000)
    assert signature_header(body.encode(), SECRET, 1_700_000_000) == expected


def test_a_payment_sends_its_events_in_order(peer: StripePeer, client: Any, receiver: WebhookReceiver) -> None:
    session = new_session(client)
    peer.pay(session)
    event = read(receiver.wait_for(len(PAID))[-1])
    peer.drain()
    assert types(receiver.received) == PAID
    assert event.id.startswith("evt_")
    assert (event.api_version, event.livemode) == (stripe.api_version, False)
    assert abs(event.created - time.time()) < 5
    completed = event.data.object
    assert (completed.id, completed.status, completed.payment_status) == (session, "complete", "paid")
    assert client.v1.events.retrieve(event.id).data.object.id == session


def test_a_decline_sends_failures_only(peer: StripePeer, client: Any, receiver: WebhookReceiver) -> None:
    peer.pay(new_session(client), "declined")
    assert types(receiver.wait_for(3)) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_expiry_sends_its_event(peer: StripePeer, client: Any, receiver: WebhookReceiver) -> None:
    session = new_session(client)
    peer.control("expire", session=session)
    (delivery,) = receiver.wait_for(1)
    assert (read(delivery).type, read(delivery).data.object.status) == ("checkout.session.expired", "expired")


def test_events_are_listed_newest_first_and_by_type(peer: StripePeer, client: Any) -> None:
    peer.pay(new_session(client))
    events = client.v1.events
    assert [event.type for event in events.list().data] == PAID[::-1]
    assert [event.type for event in events.list({"type": "payment_intent.*"}).data] == [PAID[2], PAID[0]]
    assert [event.type for event in events.list({"types": [PAID[1], PAID[3]]}).data] == [PAID[3], PAID[1]]


def test_delay_holds_each_event_back(peer: StripePeer, client: Any, receiver: WebhookReceiver) -> None:
    peer.control("webhooks", delay=0.3)
    session = new_session(client)
    start = time.monotonic()
    peer.pay(session)
    receiver.wait_for(1)
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize(("parallel", "at_once"), [(False, 1), (True, 3)])
def test_duplicates_carry_the_same_event(
    peer: StripePeer, client: Any, receiver: WebhookReceiver, parallel: bool, at_once: int
) -> None:
    receiver.pause = 0.15
    peer.control("webhooks", copies=3, parallel=parallel)
    peer.control("expire", session=new_session(client))
    receiver.wait_for(3)
    peer.drain()
    assert (len(receiver.received), receiver.most_at_once) == (3, at_once)
    assert len({read(delivery).id for delivery in receiver.received}) == 1


def test_held_events_can_be_released_in_reverse(peer: StripePeer, client: Any, receiver: WebhookReceiver) -> None:
    peer.control("webhooks", hold=True)
    peer.pay(new_session(client))
    peer.drain()
    assert receiver.received == []
    assert peer.control("release", reverse=True) == {"released": 4}
    assert types(receiver.wait_for(4)) == PAID[::-1]


@pytest.mark.parametrize(("drop", "arrived"), [(True, []), (["checkout.session.completed"], PAID[:3])])
def test_dropped_events_never_arrive_but_are_listed(
    peer: StripePeer, client: Any, receiver: WebhookReceiver, drop: bool | list[str], arrived: list[str]
) -> None:
    peer.control("webhooks", drop=drop)
    peer.pay(new_session(client))
    peer.drain()
    assert types(receiver.received) == arrived
    assert len(client.v1.events.list().data) == 4
    undelivered = client.v1.events.list({"delivery_success": False}).data
    assert len(undelivered) == 4 - len(arrived)
    peer.control("deliver", event=undelivered[0].id)
    assert read(receiver.wait_for(len(arrived) + 1)[-1]).type == "checkout.session.completed"


def test_a_delivered_event_can_be_sent_again(peer: StripePeer, client: Any, receiver: WebhookReceiver) -> None:
    peer.control("expire", session=new_session(client))
    event = read(receiver.wait_for(1)[0])
    peer.control("deliver", event=event.id, copies=2, parallel=True)
    bodies = {delivery.body for delivery in receiver.wait_for(3)}
    assert len(bodies) == 1


def test_a_wrong_secret_fails_the_official_check(peer: StripePeer, client: Any, receiver: WebhookReceiver) -> None:
    peer.control("webhooks", wrong_secret=True)
    peer.control("expire", session=new_session(client))
    with pytest.raises(stripe.SignatureVerificationError, match="No signatures found matching"):
        read(receiver.wait_for(1)[0])


def test_an_old_timestamp_fails_the_official_check(peer: StripePeer, client: Any, receiver: WebhookReceiver) -> None:
    peer.control("webhooks", timestamp_offset=-301)
    peer.control("expire", session=new_session(client))
    with pytest.raises(stripe.SignatureVerificationError, match="Timestamp outside the tolerance zone"):
        read(receiver.wait_for(1)[0])


def test_delivery_is_retried_until_2xx(peer: StripePeer, client: Any, receiver: WebhookReceiver) -> None:
    receiver.answers = [500, 302]
    peer.control("expire", session=new_session(client))
    receiver.wait_for(3)
    peer.drain()
    assert [(row["attempt"], row["status"], row["ok"]) for row in peer.deliveries()] == [
        (1, 500, False),
        (2, 302, False),
        (3, 200, True),
    ]
    assert len({read(delivery).id for delivery in receiver.received}) == 1


def test_delivery_gives_up_after_a_few_tries(peer: StripePeer, client: Any, receiver: WebhookReceiver) -> None:
    receiver.answers = [500] * 10
    peer.control("expire", session=new_session(client))
    peer.drain()
    assert [row["status"] for row in peer.deliveries()] == [500, 500, 500]


def test_an_unreachable_endpoint_is_tried_and_noted(peer: StripePeer, client: Any) -> None:
    peer.control("webhooks", url="http://127.0.0.1:9/", retry_delays=[])
    peer.control("expire", session=new_session(client))
    peer.drain()
    assert [(row["status"], row["ok"]) for row in peer.deliveries()] == [(None, False)]
