"""Checkout Sessions: create, retrieve, list, expire. Source: docs.stripe.com/api/checkout/sessions."""

from typing import Any

from .checkout_rules import LONGEST, check_session_params
from .errors import ApiError, JsonObject
from .events import NOBODY, Cause, emit
from .listing import list_page
from .request import ApiRequest
from .state import Peer
from .store import new_id


def create_session(peer: Peer, request: ApiRequest) -> JsonObject:
    """An open session with a hosted page and, as since 2022-08-01, no PaymentIntent yet."""
    params, now = request.params, peer.store.now()
    check_session_params(params, now)
    if "customer" in params:
        peer.store.get("customer", params["customer"], param="customer", status=400)
    identifier = new_id("cs_test_", 58)
    setup = params["mode"] == "setup"
    lines = [_line_item(line) for line in params.get("line_items", [])]
    total = None if setup else sum(line["amount_total"] for line in lines)
    session = _blank_session(identifier, now) | {
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "currency": params.get("currency") if setup else lines[0]["currency"],
        "customer": params.get("customer"),
        "customer_creation": None if "customer" in params else "if_required",
        "customer_email": params.get("customer_email"),
        "expires_at": params.get("expires_at", now + LONGEST),
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": params["mode"],
        "payment_status": "no_payment_required" if setup else "unpaid",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "url": f"{peer.base_url}/c/pay/{identifier}",
    }
    peer.store.line_items[identifier] = lines
    peer.store.payment_intent_data[identifier] = params.get("payment_intent_data", {})
    if setup:
        session["setup_intent"] = _setup_intent(peer, session, params.get("setup_intent_data", {}))["id"]
    return peer.store.add(session)


def retrieve_session(peer: Peer, request: ApiRequest) -> JsonObject:
    return get_session(peer, request.identifier)


def get_session(peer: Peer, identifier: str) -> JsonObject:
    """The session after the expiry clock has had its say."""
    session = peer.store.get("checkout.session", identifier, param="session")
    expire_if_due(peer, session)
    return session


def list_sessions(peer: Peer, request: ApiRequest) -> JsonObject:
    params = request.params
    rows = peer.store.newest_first("checkout.session")
    for session in rows:
        expire_if_due(peer, session)
    if unknown := {"customer_account", "payment_link", "subscription"} & set(params):
        raise ApiError(f"The test peer does not filter sessions by {', '.join(sorted(unknown))}.")
    for name in ("customer", "payment_intent", "status"):
        if name in params:
            rows = [row for row in rows if row[name] == params[name]]
    if "customer_details" in params:
        email = params["customer_details"]["email"]
        rows = [row for row in rows if (row["customer_details"] or {}).get("email") == email]
    return list_page(request, rows)


def list_line_items(peer: Peer, request: ApiRequest) -> JsonObject:
    session = peer.store.get("checkout.session", request.identifier, param="session")
    return list_page(request, peer.store.line_items[session["id"]], newest_first=False)


def expire_session(peer: Peer, request: ApiRequest) -> JsonObject:
    """Only an open session can be expired; anything else is a 400, also one whose time ran out by itself."""
    session = get_session(peer, request.identifier)
    if session["status"] != "open":
        raise ApiError(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"{session['status']}.",
            executed=True,
        )
    expire(peer, session, request.cause)
    return session


def expire_if_due(peer: Peer, session: JsonObject) -> None:
    """The lazy expiry clock."""
    if session["status"] == "open" and session["expires_at"] <= peer.store.now():
        expire(peer, session)


def expire(peer: Peer, session: JsonObject, cause: Cause = NOBODY) -> None:
    """Close the page. A PaymentIntent left from a declined try is cancelled with it."""
    session.update(status="expired", url=None)
    if session["payment_intent"] is not None:
        intent = peer.store.get("payment_intent", session["payment_intent"])
        intent.update(
            status="canceled", canceled_at=peer.store.now(), cancellation_reason="automatic", next_action=None
        )
        emit(peer, "payment_intent.canceled", intent, cause)
    emit(peer, "checkout.session.expired", session, cause)


def _blank_session(identifier: str, now: int) -> JsonObject:
    return {
        "id": identifier,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "client_secret": None,
        "consent": None,
        "created": now,
        "custom_fields": [],
        "customer_details": None,
        "discounts": [],
        "excluded_payment_method_types": None,
        "invoice": None,
        "livemode": False,
        "mode": "payment",
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "recovered_from": None,
        "setup_intent": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "subscription": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
    }


def _setup_intent(peer: Peer, session: JsonObject, data: dict[str, Any]) -> JsonObject:
    return peer.store.add(
        {
            "id": new_id("seti_"),
            "object": "setup_intent",
            "created": peer.store.now(),
            "customer": session["customer"],
            "description": data.get("description"),
            "last_setup_error": None,
            "livemode": False,
            "metadata": data.get("metadata", {}),
            "payment_method": None,
            "status": "requires_payment_method",
            "usage": "off_session",
        }
    )


def _line_item(line: dict[str, Any]) -> JsonObject:
    price = line["price_data"]
    amount = price["unit_amount"] * line["quantity"]
    return {
        "id": new_id("li_"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "price": {
            "id": new_id("price_"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "currency": price["currency"],
            "product": new_id("prod_", 14),
            "recurring": None,
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": line["quantity"],
    }
