"""Refunds and disputes. Source: docs.stripe.com/api/refunds. Amounts are integer minor units."""

from typing import Any

from .errors import ApiError, JsonObject, not_modelled
from .events import NOBODY, Cause, emit
from .listing import list_page
from .request import ApiRequest
from .state import Peer
from .store import new_id

MODELLED = {"amount", "charge", "metadata", "payment_intent", "reason"}


def create_refund(peer: Peer, request: ApiRequest) -> JsonObject:
    """Full or partial, up to what is left of the charge."""
    return make_refund(peer, request.params, request.cause)


def make_refund(peer: Peer, params: dict[str, Any], cause: Cause = NOBODY) -> JsonObject:
    """Also the door for a refund made in the provider's dashboard, which no API call of ours asked for."""
    for name in params:
        if name not in MODELLED:
            raise not_modelled(name)
    charge = _charge_to_refund(peer, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    _check_amount(charge, amount, left)
    pending = peer.behaviour.refund_status == "pending"
    refund = peer.store.add(
        {
            "id": new_id("re_"),
            "object": "refund",
            "amount": amount,
            "balance_transaction": new_id("txn_"),
            "charge": charge["id"],
            "created": peer.store.now(),
            "currency": charge["currency"],
            "failure_reason": None,
            "metadata": params.get("metadata") or {},
            "payment_intent": charge["payment_intent"],
            "reason": params.get("reason"),
            "receipt_number": None,
            "status": "pending" if pending else "succeeded",
        }
    )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    peer.store.record_movement("refund", amount, charge, refund["id"])
    emit(peer, "refund.created", refund, cause)
    emit(peer, "charge.refunded", charge, cause)
    return refund


def retrieve_refund(peer: Peer, request: ApiRequest) -> JsonObject:
    return peer.store.get("refund", request.identifier)


def list_refunds(peer: Peer, request: ApiRequest) -> JsonObject:
    rows = peer.store.newest_first("refund")
    for name in ("charge", "payment_intent"):
        if name in request.params:
            rows = [row for row in rows if row[name] == request.params[name]]
    return list_page(request, rows)


def settle_refund(peer: Peer, identifier: str, *, succeeded: bool, failure_reason: str = "unknown") -> JsonObject:
    """The late end of a refund; a failed one gives the money back to the merchant, days later as in real life."""
    refund = peer.store.get("refund", identifier)
    if refund["status"] not in ("pending", "succeeded"):
        raise ValueError(f"refund is {refund['status']}")
    if succeeded:
        refund["status"] = "succeeded"
        emit(peer, "refund.updated", refund)
        return refund
    charge = peer.store.get("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    refund.update(status="failed", failure_reason=failure_reason)
    peer.store.record_movement("refund_reversed", refund["amount"], charge, refund["id"])
    emit(peer, "refund.updated", refund)
    emit(peer, "refund.failed", refund)
    return refund


def open_dispute(peer: Peer, charge_id: str, reason: str) -> JsonObject:
    """The cardholder's bank takes the charge back; the charge can no longer be refunded."""
    charge = peer.store.get("charge", charge_id)
    charge["disputed"] = True
    dispute = peer.store.add(
        {
            "id": new_id("du_"),
            "object": "dispute",
            "amount": charge["amount"],
            "charge": charge_id,
            "created": peer.store.now(),
            "currency": charge["currency"],
            "is_charge_refundable": False,
            "livemode": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        }
    )
    peer.store.record_transaction("adjustment", -dispute["amount"], dispute)
    emit(peer, "charge.dispute.created", dispute)
    return dispute


def close_dispute(peer: Peer, identifier: str, *, won: bool) -> JsonObject:
    """The bank has decided; what was withdrawn comes back if it was for the merchant."""
    dispute = peer.store.get("dispute", identifier)
    dispute["status"] = "won" if won else "lost"
    if won:
        peer.store.record_transaction("adjustment", dispute["amount"], dispute)
        emit(peer, "charge.dispute.funds_reinstated", dispute)
    emit(peer, "charge.dispute.closed", dispute)
    return dispute


def retrieve_dispute(peer: Peer, request: ApiRequest) -> JsonObject:
    return peer.store.get("dispute", request.identifier, param="dispute")


def _charge_to_refund(peer: Peer, params: dict[str, Any]) -> JsonObject:
    named = [name for name in ("charge", "payment_intent") if name in params]
    if not named:
        raise ApiError("One of the following params should be provided for this request: payment_intent or charge.")
    if len(named) == 2:
        raise ApiError("You may only specify one of these parameters: charge, payment_intent.", param="payment_intent")
    if named == ["charge"]:
        charge = peer.store.get("charge", params["charge"], param="charge", status=400)
    else:
        intent = peer.store.get("payment_intent", params["payment_intent"], param="payment_intent", status=400)
        if intent["status"] != "succeeded":
            raise ApiError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.", executed=True
            )
        charge = peer.store.get("charge", intent["latest_charge"])
    if not charge["captured"]:
        raise ApiError(f"Charge {charge['id']} has not been captured and cannot be refunded.", executed=True)
    return charge


def _check_amount(charge: JsonObject, amount: int, left: int) -> None:
    """Stripe's ceiling answer carries ``param`` but no ``code``."""
    if charge["disputed"]:
        raise ApiError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
            executed=True,
        )
    if left == 0:
        raise ApiError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", executed=True
        )
    if amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise ApiError(
            f"Refund amount ({_dollars(amount)}) is greater than unrefunded amount on charge ({_dollars(left)})",
            param="amount",
            executed=True,
        )


def _dollars(amount: int) -> str:
    return f"${amount // 100}.{amount % 100:02d}"
