"""`/chktv2/request/request.php`: preload and receipt. Source: developer.moneris.com, hosted solutions. Strings, not booleans."""

import hmac
import json
import re
import secrets
from typing import Any

from tests.peers.moneris_peer.state import APPROVED, Store, Ticket, Transaction, cents, dollars
from tests.peers.stripe_peer.cards import Card
from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse, json_response

PATH = "/chktv2/request/request.php"
ORDER = re.compile(r'[^<>$%=?^"{}\[\]\\]{1,50}')
ALWAYS = {"store_id", "api_token", "checkout_id", "environment", "action"}
PRELOAD = {"txn_total", "order_no", "cust_id", "language", "ask_cvv", "contact_details", "cart", "dynamic_descriptor"}
ITEM = {"description", "unit_cost", "quantity", "product_code", "url"}
VERIFIED = "_veri"


class RefusedError(Exception):
    """A field, and what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.error = {field: message}


def handle_request(store: Store, credentials: dict[str, str], http: HttpRequest) -> HttpResponse:
    """Both actions; every refusal is a 200 with success "false"."""
    try:
        body = json.loads(http.body)
    except ValueError:
        return _answer({"success": "false", "error": {"request": "not valid json"}})
    try:
        _authenticate(credentials, body)
        if body["action"] == "preload":
            return _answer({"success": "true", "ticket": _preload(store, body).id})
        if body["action"] == "receipt":
            return _answer({"success": "true", **_receipt(store, body)})
        raise RefusedError("action", "invalid action")
    except RefusedError as refused:
        return _answer({"success": "false", "error": refused.error})


def pay(store: Store, ticket: Ticket, card: Card) -> Transaction:
    """The payer presses the button: one transaction, whatever the bank says, and the ticket is finished.
    ValueError if the ticket or its order number is used up or over."""
    if ticket.receipt is not None:
        raise ValueError("the ticket is finished")
    if store.now() >= ticket.expires_at:
        raise ValueError("the ticket has expired")
    if store.bought(ticket.order) is not None:
        raise ValueError("duplicate order id")
    said = store.next_decline() or APPROVED
    kind = "purchase" if ticket.amount else "verification"
    row = store.add(kind, ticket.order, ticket.amount, store.keep(card), said)
    ticket.receipt = _receipt_of(store, ticket, row)
    return row


def _authenticate(credentials: dict[str, str], body: Any) -> None:
    if not isinstance(body, dict) or not set(body) >= ALWAYS:
        raise RefusedError("request", "missing fields")
    for name, value in credentials.items():
        if not hmac.compare_digest(str(body[name]).encode(), value.encode()):
            raise RefusedError(name, f"invalid {name}")
    if body["environment"] not in ("qa", "prod"):
        raise RefusedError("environment", "invalid environment")


def _preload(store: Store, body: dict[str, Any]) -> Ticket:
    if unknown := set(body) - ALWAYS - PRELOAD:
        raise RefusedError(sorted(unknown)[0], "not modelled by the test peer")
    amount = cents(body.get("txn_total"))
    if amount is None:
        raise RefusedError("txn_total", "invalid amount")
    order = body.get("order_no")
    if not isinstance(order, str) or not ORDER.fullmatch(order):
        raise RefusedError("order_no", "invalid order_no")
    if store.bought(order) is not None:
        raise RefusedError("order_no", "duplicate order_no")
    if body.get("language", "en") not in ("en", "fr"):
        raise RefusedError("language", "invalid language")
    _check_cart(body.get("cart"), amount)
    ticket = Ticket(
        id=f"{store.now()}{secrets.token_hex(15)}",
        order=order,
        amount=amount,
        customer=body.get("cust_id", ""),
        language=body.get("language", "en"),
        expires_at=store.now() + store.ticket_seconds,
    )
    store.tickets[ticket.id] = ticket
    return ticket


def _check_cart(cart: Any, amount: int) -> None:
    if cart is None:
        return
    total = 0
    for item in cart["items"]:
        price, quantity = cents(item.get("unit_cost")), item.get("quantity")
        if set(item) - ITEM or price is None or not isinstance(quantity, str) or not quantity.isdigit():
            raise RefusedError("cart", "invalid item")
        total += price * int(quantity)
    if total != amount or cents(cart["subtotal"]) != amount:
        raise RefusedError("cart", "the items do not add up")


def _receipt(store: Store, body: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(body) - ALWAYS - {"ticket"}:
        raise RefusedError(sorted(unknown)[0], "not modelled by the test peer")
    ticket = store.tickets.get(str(body.get("ticket")))
    if ticket is None or ticket.receipt is None:
        raise RefusedError("ticket", "invalid ticket or transaction is not complete")
    return ticket.receipt


def _receipt_of(store: Store, ticket: Ticket, row: Transaction) -> dict[str, Any]:
    order = ticket.order if ticket.amount else ticket.order + VERIFIED
    tokenize: dict[str, Any] = {"success": "false", "datakey": None, "status": None, "message": None}
    if row.approved and not ticket.amount:
        store.vault[row.card.key] = row.card
        tokenize = {"success": "true", "first4last4": "4242***4242", "datakey": row.card.key, "status": "001"}
    card = {
        "order_no": order,
        "transaction_no": row.number,
        "reference_no": "660117390010010120",
        "transaction_code": "00" if ticket.amount else "06",
        "transaction_type": "200",
        "transaction_date_time": "2026-11-21 20:15:00",
        "response_code": row.code,
        "iso_response_code": row.iso,
        "approval_code": "123456" if row.approved else None,
        "card_type": row.card.brand,
        "first6last4": row.card.masked,
        "expiry_date": row.card.expiry,
        "issuer_id": row.card.issuer_id,
        "amount": dollars(ticket.amount),
        "tokenize": tokenize,
    }
    request = {
        "txn_total": dollars(ticket.amount),
        "ticket": ticket.id,
        "cust_id": ticket.customer or None,
        "order_no": ticket.order,
        "cc": {"first6last4": row.card.masked, "expiry": row.card.expiry, "cardholder": "Test Payer"},
    }
    return {"request": request, "receipt": {"result": "a" if row.approved else "d", "cc": card}}


def _answer(fields: dict[str, Any]) -> HttpResponse:
    return json_response(200, {"response": fields})
