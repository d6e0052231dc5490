"""``/_test/``: the switches that tests use. POST takes a JSON object; unknown keys and wrong types are a 400."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from .cards import NAMES, OUTCOMES, CardFormError, read_card
from .checkout import expire, expire_if_due, get_session
from .errors import ApiError, JsonObject
from .events import event_body
from .faults import KINDS, Fault
from .messages import HttpRequest, HttpResponse, json_response
from .methods import update_method
from .page import success_url
from .payment import Payer, Result, SessionClosedError, finish_async
from .refunds import close_dispute, make_refund, open_dispute, settle_refund
from .setups import finish_3ds, press_button
from .state import Peer
from .webhooks import Job

REQUIRED = object()


class ControlError(Exception):
    """The test asked for something that cannot be."""


def handle_control(peer: Peer, http: HttpRequest) -> HttpResponse:
    """400 ``{"error": text}`` for a bad call, 404 for an unknown route."""
    route = ROUTES.get((http.method, http.path.removeprefix("/_test/")))
    if route is None:
        return json_response(404, {"error": f"no control route {http.method} {http.path}"})
    try:
        body = json.loads(http.body) if http.body else {}
        if not isinstance(body, dict):
            raise ControlError("the body must be a JSON object")
        return json_response(200, route(peer, body))
    except (ControlError, CardFormError, SessionClosedError, ValueError, ApiError) as error:
        return json_response(400, {"error": str(error)})


def take(body: JsonObject, **defaults: Any) -> list[Any]:
    """Values in the order of ``defaults``; a default also fixes the type, REQUIRED means a non-empty string."""
    if unknown := set(body) - set(defaults):
        raise ControlError(f"unknown keys: {', '.join(sorted(unknown))}")
    values = []
    for name, default in defaults.items():
        value = body.get(name, default)
        if value is REQUIRED:
            raise ControlError(f"{name} is required")
        wanted = str if default is REQUIRED else type(default)
        if type(value) is int and wanted is float:
            value = float(value)
        if type(value) is not wanted:
            raise ControlError(f"{name} must be {wanted.__name__}")
        values.append(value)
    return values


def reset(peer: Peer, body: JsonObject) -> JsonObject:
    take(body)
    peer.reset()
    return {"ok": True}


def read_ledger(peer: Peer, body: JsonObject) -> JsonObject:
    with peer.store.lock:
        return peer.store.ledger()


def read_deliveries(peer: Peer, body: JsonObject) -> JsonObject:
    return {"deliveries": list(peer.sender.deliveries)}


def read_faults(peer: Peer, body: JsonObject) -> JsonObject:
    """How many asked-for failures have not happened yet."""
    return {"waiting": peer.faults.left()}


def set_webhooks(peer: Peer, body: JsonObject) -> JsonObject:
    """Change some of the sender's switches; answers all of them."""
    switches = peer.sender.switches
    for name, value in body.items():
        _check_switch(name, value, getattr(switches, name, None))
    peer.sender.switches = replace(switches, **body)
    return asdict(peer.sender.switches)


def release_webhooks(peer: Peer, body: JsonObject) -> JsonObject:
    """Send what ``hold`` kept back and stop holding."""
    (reverse,) = take(body, reverse=False)
    peer.sender.switches = replace(peer.sender.switches, hold=False)
    return {"released": peer.sender.release(reverse=reverse)}


def drain_webhooks(peer: Peer, body: JsonObject) -> JsonObject:
    """Wait (seconds) until every delivery and retry is over; ``idle`` says whether that came true."""
    (timeout,) = take(body, timeout=5.0)
    return {"idle": peer.sender.drain(timeout)}


def deliver_event(peer: Peer, body: JsonObject) -> JsonObject:
    """Send a stored event now (again), even one that was dropped."""
    event_id, copies, parallel, wrong_secret, offset = take(
        body, event=REQUIRED, copies=1, parallel=False, wrong_secret=False, timestamp_offset=0
    )
    with peer.store.lock:
        event = peer.store.get("event", event_id)
        job = Job(
            event=event_id,
            event_type=event["type"],
            body=event_body(event),
            due=0.0,
            copies=copies,
            parallel=parallel,
            wrong_secret=wrong_secret,
            timestamp_offset=offset,
        )
    peer.sender.send_now(job)
    return {"queued": copies}


def expire_session(peer: Peer, body: JsonObject) -> JsonObject:
    (session_id,) = take(body, session=REQUIRED)
    with peer.store.lock:
        session = get_session(peer, session_id)
        if session["status"] != "open":
            raise ControlError(f"session is {session['status']}")
        session["expires_at"] = peer.store.now()
        expire(peer, session)
        return {"status": session["status"]}


def advance_clock(peer: Peer, body: JsonObject) -> JsonObject:
    """Move the peer's clock forward by seconds; sessions whose time is over expire at once."""
    (seconds,) = take(body, seconds=0)
    with peer.store.lock:
        peer.store.clock_offset += seconds
        for session in peer.store.newest_first("checkout.session"):
            expire_if_due(peer, session)
        return {"now": peer.store.now()}


def pay(peer: Peer, body: JsonObject) -> JsonObject:
    """Pay without a browser. ``card`` is a name of cards.NAMES or a number; ``three_ds`` is complete, fail or leave."""
    session_id, card, email, name, three_ds = take(
        body, session=REQUIRED, card="ok", email="payer@example.test", name="Test Payer", three_ds="complete"
    )
    if three_ds not in ("complete", "fail", "leave"):
        raise ControlError("three_ds must be complete, fail or leave")
    with peer.store.lock:
        today = datetime.fromtimestamp(peer.store.now(), UTC)
        number = NAMES.get(card, card)
        cvc = "1234" if number.startswith("3") else "123"
        chosen = read_card(number, "12/40", cvc, year=today.year, month=today.month)
        result = press_button(peer, session_id, chosen, Payer(email, name))
        if result.state == "requires_action" and three_ds != "leave":
            result = finish_3ds(peer, session_id, complete=three_ds == "complete")
        return _shown(result)


def settle_async(peer: Peer, body: JsonObject) -> JsonObject:
    session_id, succeeded = take(body, session=REQUIRED, succeeded=True)
    with peer.store.lock:
        return {"payment_status": finish_async(peer, session_id, succeeded=succeeded)["payment_status"]}


def change_card(peer: Peer, body: JsonObject) -> JsonObject:
    """The bank thinks otherwise of a stored card (``card``: a name of cards.NAMES), or sends it a new expiry date."""
    method, card, exp_month, exp_year = take(body, payment_method=REQUIRED, card="", exp_month=0, exp_year=0)
    with peer.store.lock:
        if card:
            peer.store.get("payment_method", method)
            peer.store.cards[method] = OUTCOMES[NAMES[card]]
        if exp_month and exp_year:
            update_method(peer, method, exp_month, exp_year)
        return {"ok": True}


def set_behaviour(peer: Peer, body: JsonObject) -> JsonObject:
    """``async_payment``: sessions complete unpaid. ``refund_status``: succeeded or pending."""
    async_payment, refund_status = take(
        body, async_payment=peer.behaviour.async_payment, refund_status=peer.behaviour.refund_status
    )
    if refund_status not in ("succeeded", "pending"):
        raise ControlError("refund_status must be succeeded or pending")
    peer.behaviour = replace(peer.behaviour, async_payment=async_payment, refund_status=refund_status)
    return asdict(peer.behaviour)


def make_external_refund(peer: Peer, body: JsonObject) -> JsonObject:
    """A refund made by hand in Stripe's dashboard; ``amount`` 0 means all that is left."""
    intent, amount = take(body, payment_intent=REQUIRED, amount=0)
    params = {"payment_intent": intent} | ({"amount": amount} if amount else {})
    with peer.store.lock:
        return {"refund": make_refund(peer, params)["id"]}


def end_refund(peer: Peer, body: JsonObject) -> JsonObject:
    refund, succeeded, reason = take(body, refund=REQUIRED, succeeded=True, failure_reason="unknown")
    with peer.store.lock:
        return {"status": settle_refund(peer, refund, succeeded=succeeded, failure_reason=reason)["status"]}


def dispute(peer: Peer, body: JsonObject) -> JsonObject:
    charge, reason = take(body, charge=REQUIRED, reason="fraudulent")
    with peer.store.lock:
        return {"dispute": open_dispute(peer, charge, reason)["id"]}


def end_dispute(peer: Peer, body: JsonObject) -> JsonObject:
    identifier, won = take(body, dispute=REQUIRED, won=True)
    with peer.store.lock:
        return {"status": close_dispute(peer, identifier, won=won)["status"]}


def find_newest(peer: Peer, body: JsonObject) -> JsonObject:
    """The object of a kind that was made last."""
    (kind,) = take(body, kind=REQUIRED)
    with peer.store.lock:
        return {"id": next(row["id"] for row in peer.store.newest_first(kind))}


def fail_next(peer: Peer, body: JsonObject) -> JsonObject:
    """The next ``times`` API calls that match ``method`` and path prefix ``path`` go wrong; see faults.Fault."""
    kind, when, seconds, method, path, times = take(
        body, kind=REQUIRED, when="after", seconds=1.0, method="", path="/v1/", times=1
    )
    if kind not in KINDS or when not in ("before", "after"):
        raise ControlError(f"kind must be one of {', '.join(KINDS)}; when must be before or after")
    sleep = seconds if kind == "timeout" else 0.0
    peer.faults.add(Fault(kind, when == "after", sleep, method.upper(), path, times))
    return {"ok": True}


def _shown(result: Result) -> JsonObject:
    session = result.session
    return {
        "state": result.state,
        "message": result.message,
        "status": session["status"],
        "payment_status": session["payment_status"],
        "payment_intent": session["payment_intent"],
        "success_url": success_url(session),
    }


def _check_switch(name: str, value: Any, old: Any) -> None:
    if old is None:
        raise ControlError(f"unknown switch {name}")
    allowed = {"drop": (bool, list), "delay": (int, float)}.get(name, (type(old),))
    if type(value) not in allowed:
        raise ControlError(f"{name} must be {' or '.join(kind.__name__ for kind in allowed)}")


ROUTES: dict[tuple[str, str], Callable[[Peer, JsonObject], JsonObject]] = {
    ("GET", "ledger"): read_ledger,
    ("GET", "deliveries"): read_deliveries,
    ("GET", "faults"): read_faults,
    ("POST", "reset"): reset,
    ("POST", "webhooks"): set_webhooks,
    ("POST", "release"): release_webhooks,
    ("POST", "drain"): drain_webhooks,
    ("POST", "deliver"): deliver_event,
    ("POST", "expire"): expire_session,
    ("POST", "clock"): advance_clock,
    ("POST", "pay"): pay,
    ("POST", "async"): settle_async,
    ("POST", "behaviour"): set_behaviour,
    ("POST", "card"): change_card,
    ("POST", "refund"): make_external_refund,
    ("POST", "settle_refund"): end_refund,
    ("POST", "dispute"): dispute,
    ("POST", "close_dispute"): end_dispute,
    ("POST", "fail_next"): fail_next,
    ("POST", "newest"): find_newest,
}
