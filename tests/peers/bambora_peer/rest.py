"""``/v1``: payments, returns, voids, completions, profiles and the report. Answers numbers and texts as the vendor does."""

import base64
import hmac
import json
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse, json_response

from .state import MESSAGES, Card, Peer, Transaction

Body = dict[str, Any]
FIELDS = {
    "pay": {"order_number", "amount", "payment_method", "payment_profile", "card_on_file", "comments"},
    "give_back": {"order_number", "amount"},
    "void": {"amount"},
    "complete": {"amount"},
    "make_profile": {"customer_code", "transaction_id", "comments"},
    "report": {"name", "start_date", "end_date", "start_row", "end_row"},
}
SERIES = "a1b2c3"


class RestError(Exception):
    """``category`` 1: the bank declined; 2 and 3: the request is wrong."""

    def __init__(self, status: int, code: int, message: str = "", category: int = 2, reference: str = "") -> None:
        super().__init__(message or MESSAGES.get(code, ""))
        self.status, self.code, self.category, self.reference = status, code, category, reference


def handle_rest(peer: Peer, http: HttpRequest) -> HttpResponse:
    """One endpoint under the store's lock."""
    try:
        for method, pattern, part, endpoint in ROUTES:
            match = re.fullmatch(pattern, http.path)
            if match and method == http.method:
                _authenticate(peer, http, part)
                return json_response(200, endpoint(peer, _body(http, endpoint.__name__), *match.groups()))
        raise RestError(404, 0, "Not found")
    except RestError as error:
        return json_response(
            error.status,
            {
                "code": error.code,
                "category": error.category,
                "message": str(error),
                "reference": error.reference,
                "details": [],
            },
        )


def read_payment(peer: Peer, body: Body, number: str) -> Body:
    return describe(peer, _transaction(peer, number))


def pay(peer: Peer, body: Body) -> Body:
    """A stored card. A decline is HTTP 402, and stands in the books."""
    if body["payment_method"] != "payment_profile" or not body["payment_profile"].get("complete"):
        raise RestError(400, 314, "The test peer charges profiles only")
    order, amount = _order(peer, body), _amount(body)
    if str(body["card_on_file"].get("series_id", SERIES)) != SERIES:
        raise RestError(400, 314, "Unknown series")
    card = peer.profiles.get(body["payment_profile"]["customer_code"])
    if card is None or body["payment_profile"].get("card_id") != 1:
        raise RestError(402, 800)
    message_id = peer.answers.get(body["payment_profile"]["customer_code"], 1)
    done = peer.record("P", order, amount, message_id, card)
    if not done.approved:
        raise RestError(402, done.message_id, category=1, reference=str(done.number))
    return describe(peer, done)


def give_back(peer: Peer, body: Body, number: str) -> Body:
    paid = _transaction(peer, number)
    order, amount = _order(peer, body), _amount(body)
    if paid.kind != "P" or not paid.approved:
        raise RestError(402, 196)
    if amount > peer.left(paid):
        raise RestError(402, 194)
    return describe(peer, peer.record("R", order, amount, 1, paid.card, paid.number))


def void(peer: Peer, body: Body, number: str) -> Body:
    """The whole payment, on its own day, before anything of it went back."""
    paid, amount = _transaction(peer, number), _amount(body)
    if paid.kind != "P" or not paid.approved or amount != paid.amount or peer.adjusted_by(paid):
        raise RestError(402, 196)
    if peer.local(paid.at).date() != peer.local().date():
        raise RestError(402, 205)
    return describe(peer, peer.record("VP", paid.order_number, amount, 1, paid.card, paid.number))


def complete(peer: Peer, body: Body, number: str) -> Body:
    """Of a pre-authorisation, once; 0.00 lets go of it."""
    held = _transaction(peer, number)
    if held.kind != "PA" or not held.approved or peer.adjusted_by(held):
        raise RestError(402, 196)
    if Decimal(str(body["amount"])) != 0:
        raise RestError(400, 314, "The test peer completes with 0.00 only")
    return describe(peer, peer.record("PAC", f"{held.order_number}c", Decimal(0), 1, held.card, held.number))


def make_profile(peer: Peer, body: Body) -> Body:
    code = body["customer_code"]
    if not 1 <= len(code) <= 32:
        raise RestError(400, 19, "Invalid customer code")
    if code in peer.profiles:
        raise RestError(402, 16)
    source = _transaction(peer, str(body["transaction_id"]))
    if not source.approved:
        raise RestError(402, 196)
    peer.profiles[code] = Card(**vars(source.card))
    return {"code": 1, "message": "Operation Successful", "customer_code": code}


def list_cards(peer: Peer, body: Body, code: str) -> Body:
    card = _profile(peer, code)
    shown = {
        "card_id": 1,
        "function": "DEF",
        "name": "",
        "number": f"4030XXXXXXXX{card.last_four}",
        "expiry_month": card.month,
        "expiry_year": card.year,
        "card_type": card.card_type,
    }
    return {"code": 1, "message": "Operation Successful", "customer_code": code, "card": [shown]}


def delete_profile(peer: Peer, body: Body, code: str) -> Body:
    _profile(peer, code)
    del peer.profiles[code]
    return {"code": 1, "message": "Operation Successful", "customer_code": code}


def report(peer: Peer, body: Body) -> Body:
    """Transactions between two Pacific moments, by row number."""
    start, end = datetime.fromisoformat(body["start_date"]), datetime.fromisoformat(body["end_date"])
    rows = [row for row in peer.transactions if start <= peer.local(row.at) < end]
    first, last = int(body["start_row"]), int(body["end_row"])
    return {"records": [_row(peer, number, row) for number, row in enumerate(rows, 1) if first <= number < last]}


def describe(peer: Peer, transaction: Transaction) -> Body:
    """A transaction as the API shows it."""
    adjustments = peer.adjusted_by(transaction)
    returned = [row.amount for row in adjustments if row.kind == "R"]
    return {
        "id": transaction.number,
        "merchant_id": peer.merchant.number,
        "approved": "1" if transaction.approved else "0",
        "message_id": transaction.message_id,
        "message": MESSAGES[transaction.message_id],
        "auth_code": "TEST",
        "created": f"{peer.local(transaction.at):%Y-%m-%dT%H:%M:%S}",
        "order_number": transaction.order_number,
        "type": transaction.kind,
        "payment_method": "CC",
        "amount": float(transaction.amount),
        "total_refunds": float(sum(returned, Decimal(0))),
        "total_completions": 0,
        "card": {"card_type": transaction.card.card_type, "last_four": transaction.card.last_four, "cvd_result": 1},
        "card_on_file": {"series_id": SERIES} if transaction.kind == "PA" else {},
        "adjusted_by": [
            {
                "id": row.number,
                "type": row.kind,
                "approval": 1,
                "message": MESSAGES[row.message_id],
                "amount": float(row.amount),
                "created": f"{peer.local(row.at):%Y-%m-%dT%H:%M:%S}",
            }
            for row in adjustments
        ],
        "links": [],
    }


def _row(peer: Peer, number: int, row: Transaction) -> Body:
    return {
        "row_id": number,
        "trn_id": row.number,
        "trn_date_time": f"{peer.local(row.at):%Y-%m-%dT%H:%M:%S}",
        "trn_type": row.kind,
        "trn_order_number": row.order_number,
        "trn_amount": f"{row.amount:.2f}",
        "trn_response": "1" if row.approved else "0",
        "trn_card_type": row.card.card_type,
        "message_id": row.message_id,
    }


def _authenticate(peer: Peer, http: HttpRequest, part: str) -> None:
    passcode = f"{peer.merchant.number}:{peer.merchant.passcodes[part]}"
    wanted = f"Passcode {base64.b64encode(passcode.encode()).decode()}"
    if not hmac.compare_digest(http.headers.get("authorization", "").encode(), wanted.encode()):
        raise RestError(401, 21, "Authentication failed", category=3)


def _body(http: HttpRequest, endpoint: str) -> Body:
    if http.method != "POST":
        return {}
    try:
        body = json.loads(http.body, parse_float=Decimal)
    except ValueError as error:
        raise RestError(400, 314, "No JSON") from error
    known = FIELDS[endpoint]
    if not isinstance(body, dict) or set(body) - known:
        raise RestError(400, 314, f"The test peer models {sorted(known)}")
    if missing := known - set(body) - {"comments"}:
        raise RestError(400, 314, f"Missing {sorted(missing)}")
    return body


def _transaction(peer: Peer, number: str) -> Transaction:
    found = peer.find(number)
    if found is None:
        raise RestError(404, 196, "Transaction not found")
    return found


def _profile(peer: Peer, code: str) -> Card:
    if code not in peer.profiles:
        raise RestError(402, 15)
    return peer.profiles[code]


def _order(peer: Peer, body: Body) -> str:
    order = str(body["order_number"])
    if not 1 <= len(order) <= 30 or " " in order:
        raise RestError(400, 314, "Invalid order number")
    if peer.taken(order):
        raise RestError(402, 788)
    return order


def _amount(body: Body) -> Decimal:
    """Two decimals at most, and more than nothing."""
    try:
        amount = Decimal(str(body["amount"]))
    except InvalidOperation as error:
        raise RestError(400, 314, "Invalid amount") from error
    if not amount.is_finite() or amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise RestError(400, 314, "Invalid amount")
    return amount


PAYMENT, PROFILE = r"/v1/payments/(\d+)", r"/v1/profiles/(\w+)"
ROUTES: list[tuple[str, str, str, Callable[..., Body]]] = [
    ("POST", "/v1/payments", "payments", pay),
    ("GET", PAYMENT, "payments", read_payment),
    ("POST", PAYMENT + "/returns", "payments", give_back),
    ("POST", PAYMENT + "/void", "payments", void),
    ("POST", PAYMENT + "/completions", "payments", complete),
    ("POST", "/v1/profiles", "profiles", make_profile),
    ("GET", PROFILE + "/cards", "profiles", list_cards),
    ("DELETE", PROFILE, "profiles", delete_profile),
    ("POST", "/v1/reports", "reports", report),
]
