"""The button of the hosted page: a payment, or a card to be stored (mode=setup)."""

from .cards import Card, Outcome
from .checkout import get_session
from .errors import JsonObject
from .events import emit
from .payment import AUTHENTICATION_FAILED, Payer, Result, SessionClosedError, confirm, make_payment_method
from .payment import finish_3ds as finish_payment_3ds
from .payment import waits_for_3ds as payment_waits_for_3ds
from .state import Peer


def press_button(peer: Peer, session_id: str, card: Card, payer: Payer) -> Result:
    """Raises SessionClosedError; a decline is a Result."""
    session = get_session(peer, session_id)
    if session["mode"] == "payment":
        return confirm(peer, session_id, card, payer)
    if session["status"] != "open":
        raise SessionClosedError(session)
    intent = peer.store.get("setup_intent", session["setup_intent"])
    method = peer.store.add(make_payment_method(peer, session, card, payer) | {"customer": None})
    intent["payment_method"] = method["id"]
    peer.store.outcomes[intent["id"]] = card.outcome
    if card.outcome.asks_3ds:
        intent["status"] = "requires_action"
        return Result("requires_action", session)
    return _decide(peer, session, intent, card.outcome)


def finish_3ds(peer: Peer, session_id: str, *, complete: bool) -> Result:
    """The answer on the bank's page."""
    session = get_session(peer, session_id)
    if session["mode"] == "payment":
        return finish_payment_3ds(peer, session_id, complete=complete)
    if session["status"] != "open":
        raise SessionClosedError(session)
    intent = peer.store.get("setup_intent", session["setup_intent"])
    if intent["status"] != "requires_action":
        return Result("declined", session, "There is no authentication to answer.")
    return _decide(peer, session, intent, peer.store.outcomes[intent["id"]] if complete else AUTHENTICATION_FAILED)


def waits_for_3ds(peer: Peer, session: JsonObject) -> bool:
    if session["mode"] == "payment":
        return payment_waits_for_3ds(peer, session)
    waiting: bool = peer.store.get("setup_intent", session["setup_intent"])["status"] == "requires_action"
    return waiting


def _decide(peer: Peer, session: JsonObject, intent: JsonObject, outcome: Outcome) -> Result:
    if outcome.code is not None and outcome.fails_setup:
        error = {"code": outcome.code, "decline_code": outcome.decline_code, "message": outcome.message}
        intent.update(status="requires_payment_method", payment_method=None, last_setup_error=error)
        emit(peer, "setup_intent.setup_failed", intent)
        return Result("declined", session, outcome.message or "")
    method = peer.store.get("payment_method", intent["payment_method"])
    method["customer"] = session["customer"]
    peer.store.cards[method["id"]] = outcome
    intent["status"] = "succeeded"
    session.update(status="complete", url=None)
    emit(peer, "payment_method.attached", method)
    emit(peer, "setup_intent.succeeded", intent)
    emit(peer, "checkout.session.completed", session)
    return Result("succeeded", session)
