"""What happens when the customer presses the button: PaymentIntent, Charge, and the session's end.

Every function runs under the store's lock, so two tabs that pay the same session at once charge once.
"""

from dataclasses import dataclass

from .cards import APPROVED, Card, Outcome
from .checkout import get_session
from .errors import JsonObject
from .events import emit
from .state import Peer
from .store import new_id

AUTHENTICATION_FAILED = Outcome(
    "payment_intent_authentication_failure",
    None,
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)


class SessionClosedError(Exception):
    """The session is complete or expired; nothing was charged. ``session`` is the present state."""

    def __init__(self, session: JsonObject) -> None:
        super().__init__(f"session is {session['status']}")
        self.session = session


@dataclass(frozen=True)
class Payer:
    """What the customer typed beside the card."""

    email: str
    name: str


@dataclass(frozen=True)
class Result:
    """``state``: succeeded, processing, declined or requires_action. ``message`` is for the customer."""

    state: str
    session: JsonObject
    message: str = ""


def confirm(peer: Peer, session_id: str, card: Card, payer: Payer) -> Result:
    """The **Pay Now** button. Raises SessionClosedError; a decline is a Result."""
    session = _open_session(peer, session_id)
    session["customer_details"] = _customer_details(payer)
    intent = _intent_of(peer, session)
    intent["payment_method"] = peer.store.add(make_payment_method(peer, session, card, payer))["id"]
    peer.store.outcomes[intent["id"]] = card.outcome
    if card.outcome.asks_3ds:
        intent["status"] = "requires_action"
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": None, "url": f"{session['url']}/3ds"},
        }
        emit(peer, "payment_intent.requires_action", intent)
        return Result("requires_action", session)
    return _decide(peer, session, intent, card.outcome)


def finish_3ds(peer: Peer, session_id: str, *, complete: bool) -> Result:
    """The answer on the bank's page."""
    session = _open_session(peer, session_id)
    intent = _waiting_intent(peer, session)
    if intent is None:
        return Result("declined", session, "There is no authentication to answer.")
    intent["next_action"] = None
    if not complete:
        return _fail(peer, session, intent, AUTHENTICATION_FAILED, with_charge=False)
    return _decide(peer, session, intent, peer.store.outcomes[intent["id"]])


def waits_for_3ds(peer: Peer, session: JsonObject) -> bool:
    return _waiting_intent(peer, session) is not None


def finish_async(peer: Peer, session_id: str, *, succeeded: bool) -> JsonObject:
    """The bank's late word on a session that completed unpaid. Raises ValueError if none is awaited."""
    session = get_session(peer, session_id)
    intent = peer.store.find("payment_intent", session["payment_intent"] or "")
    if intent is None or intent["status"] != "processing":
        raise ValueError("this session does not wait for an asynchronous payment")
    if succeeded:
        capture(peer, intent)
        session["payment_status"] = "paid"
        emit(peer, "checkout.session.async_payment_succeeded", session)
    else:
        outcome = Outcome("payment_method_provider_decline", None, "The bank refused the payment.")
        _fail(peer, session, intent, outcome, with_charge=True)
        emit(peer, "checkout.session.async_payment_failed", session)
    return session


def _open_session(peer: Peer, session_id: str) -> JsonObject:
    session = get_session(peer, session_id)
    if session["status"] != "open":
        raise SessionClosedError(session)
    return session


def _waiting_intent(peer: Peer, session: JsonObject) -> JsonObject | None:
    intent = peer.store.find("payment_intent", session["payment_intent"] or "")
    return intent if intent is not None and intent["status"] == "requires_action" else None


def _decide(peer: Peer, session: JsonObject, intent: JsonObject, outcome: Outcome) -> Result:
    if outcome.code is not None:
        return _fail(peer, session, intent, outcome, with_charge=True)
    session.update(status="complete", url=None)
    if peer.behaviour.async_payment:
        intent["status"] = "processing"
        emit(peer, "payment_intent.processing", intent)
        emit(peer, "checkout.session.completed", session)
        return Result("processing", session)
    capture(peer, intent)
    session["payment_status"] = "paid"
    emit(peer, "checkout.session.completed", session)
    return Result("succeeded", session)


def capture(peer: Peer, intent: JsonObject) -> None:
    """The one place where money comes in."""
    charge = peer.store.add(make_charge(peer, intent, APPROVED))
    intent.update(
        status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"], last_payment_error=None
    )
    peer.store.record_movement("capture", charge["amount"], charge)
    emit(peer, "charge.succeeded", charge)
    emit(peer, "payment_intent.succeeded", intent)


def _fail(peer: Peer, session: JsonObject, intent: JsonObject, outcome: Outcome, *, with_charge: bool) -> Result:
    """Back to ``requires_payment_method``; the session keeps its status, so an open one can be tried again."""
    error = {"code": outcome.code, "message": outcome.message, "type": "card_error"}
    if outcome.decline_code is not None:
        error["decline_code"] = outcome.decline_code
    intent.update(status="requires_payment_method")
    if with_charge:
        charge = peer.store.add(make_charge(peer, intent, outcome))
        intent["latest_charge"] = error["charge"] = charge["id"]
        emit(peer, "charge.failed", charge)
    intent.update(last_payment_error=error, payment_method=None)
    emit(peer, "payment_intent.payment_failed", intent)
    return Result("declined", session, outcome.message or "")


def _intent_of(peer: Peer, session: JsonObject) -> JsonObject:
    """The session's PaymentIntent, made at the first try and reused by later ones."""
    if session["payment_intent"] is not None:
        return peer.store.get("payment_intent", session["payment_intent"])
    data = peer.store.payment_intent_data[session["id"]]
    identifier = new_id("pi_")
    intent = peer.store.add(
        {
            "id": identifier,
            "object": "payment_intent",
            "amount": session["amount_total"],
            "amount_capturable": 0,
            "amount_received": 0,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic_async",
            "client_secret": f"{identifier}_secret_{new_id('', 25)}",
            "confirmation_method": "automatic",
            "created": peer.store.now(),
            "currency": session["currency"],
            "customer": session["customer"],
            "description": data.get("description"),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": data.get("metadata", {}),
            "next_action": None,
            "payment_method": None,
            "payment_method_types": ["card"],
            "receipt_email": data.get("receipt_email"),
            "setup_future_usage": data.get("setup_future_usage"),
            "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
            "status": "requires_payment_method",
        }
    )
    session["payment_intent"] = identifier
    emit(peer, "payment_intent.created", intent)
    return intent


def make_payment_method(peer: Peer, session: JsonObject, card: Card, payer: Payer) -> JsonObject:
    return {
        "id": new_id("pm_"),
        "object": "payment_method",
        "billing_details": {"address": None, "email": payer.email, "name": payer.name, "phone": None},
        "card": {
            "brand": card.brand,
            "exp_month": card.exp_month,
            "exp_year": card.exp_year,
            "funding": "credit",
            "last4": card.last4,
        },
        "created": peer.store.now(),
        "customer": session["customer"],
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def make_charge(peer: Peer, intent: JsonObject, outcome: Outcome) -> JsonObject:
    paid = outcome.code is None
    method = peer.store.get("payment_method", intent["payment_method"])
    return {
        "id": new_id("ch_"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "balance_transaction": new_id("txn_") if paid else None,
        "billing_details": method["billing_details"],
        "captured": paid,
        "created": peer.store.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": outcome.code,
        "failure_message": outcome.message,
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": {
            "network_status": "approved_by_network" if paid else "declined_by_network",
            "reason": outcome.decline_code,
            "type": "authorized" if paid else "issuer_declined",
        },
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"card": dict(method["card"]), "type": "card"},
        "receipt_email": intent["receipt_email"],
        "receipt_url": None,
        "refunded": False,
        "status": "succeeded" if paid else "failed",
    }


def _customer_details(payer: Payer) -> JsonObject:
    return {
        "address": None,
        "email": payer.email,
        "name": payer.name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
