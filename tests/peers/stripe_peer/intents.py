"""PaymentIntents that our server makes: a stored card, confirmed at once. Source: docs.stripe.com/api/payment_intents."""

from typing import Any

from .cards import Outcome
from .checkout_rules import CURRENCIES, LARGEST, SMALLEST
from .errors import ApiError, JsonObject, missing, not_modelled
from .events import emit
from .listing import list_page
from .payment import capture, make_charge
from .request import ApiRequest
from .state import Peer
from .store import new_id

MODELLED = {
    "allowed_payment_method_types",
    "amount",
    "confirm",
    "currency",
    "customer",
    "description",
    "error_on_requires_action",
    "metadata",
    "off_session",
    "payment_method",
}
NEEDS_PERSON = Outcome(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)


def create_intent(peer: Peer, request: ApiRequest) -> JsonObject:
    """Created and confirmed in one step. A refusal of the bank is HTTP 402 with the PaymentIntent inside the error."""
    params = request.params
    _check(peer, params)
    intent = peer.store.add(_intent(peer, params))
    emit(peer, "payment_intent.created", intent, request.cause)
    outcome = peer.store.cards[params["payment_method"]]
    if outcome.asks_always:
        _fail(peer, intent, NEEDS_PERSON)
    if outcome.code is not None:
        _fail(peer, intent, outcome)
    capture(peer, intent)
    return intent


def list_intents(peer: Peer, request: ApiRequest) -> JsonObject:
    rows = peer.store.newest_first("payment_intent")
    if "customer" in request.params:
        rows = [row for row in rows if row["customer"] == request.params["customer"]]
    return list_page(request, rows)


def _check(peer: Peer, params: dict[str, Any]) -> None:
    for name in params:
        if name not in MODELLED:
            raise not_modelled(name)
    if not params.get("confirm"):
        raise not_modelled("confirm=false")
    for name in ("customer", "payment_method"):
        if name not in params:
            raise missing(name)
    if params.get("allowed_payment_method_types") != ["card"]:
        raise not_modelled("anything but allowed_payment_method_types[]=card without a return_url")
    if params["currency"] not in CURRENCIES:
        raise ApiError(f"Invalid currency: {params['currency']}.", param="currency")
    if not SMALLEST <= params["amount"] <= LARGEST:
        raise ApiError("Amount must be at least $0.50 and not too large.", code="amount_too_small", param="amount")
    peer.store.get("customer", params["customer"], param="customer", status=400)
    method = peer.store.get("payment_method", params["payment_method"], param="payment_method", status=400)
    if method["customer"] != params["customer"]:
        raise ApiError(
            f"The customer does not have a payment method with the ID {method['id']}. The payment method must be "
            "attached to the customer.",
            code="resource_missing",
            param="payment_method",
        )


def _intent(peer: Peer, params: dict[str, Any]) -> JsonObject:
    identifier = new_id("pi_")
    return {
        "id": identifier,
        "object": "payment_intent",
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{identifier}_secret_{new_id('', 25)}",
        "confirmation_method": "automatic",
        "created": peer.store.now(),
        "currency": params["currency"],
        "customer": params["customer"],
        "description": params.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "next_action": None,
        "payment_method": params["payment_method"],
        "payment_method_types": ["card"],
        "receipt_email": None,
        "setup_future_usage": None,
        "statement_descriptor_suffix": None,
        "status": "requires_confirmation",
    }


def _fail(peer: Peer, intent: JsonObject, outcome: Outcome) -> None:
    """Always raises."""
    charge = peer.store.add(make_charge(peer, intent, outcome))
    error = {"code": outcome.code, "decline_code": outcome.decline_code, "message": outcome.message}
    intent.update(
        status="requires_payment_method",
        latest_charge=charge["id"],
        payment_method=None,
        last_payment_error=error | {"type": "card_error", "charge": charge["id"]},
    )
    emit(peer, "charge.failed", charge)
    emit(peer, "payment_intent.payment_failed", intent)
    raise ApiError(
        outcome.message or "",
        status=402,
        kind="card_error",
        code=outcome.code,
        decline_code=outcome.decline_code,
        executed=True,
        intent=intent,
    )
