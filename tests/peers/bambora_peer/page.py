"""``/scripts/payment/payment.asp``: the hosted page, and ``/scripts/process_transaction.asp``: the question by order number."""

import hashlib
import hmac
from datetime import datetime
from decimal import Decimal, InvalidOperation
from html import escape
from urllib.parse import parse_qs, parse_qsl, urlencode

from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse, html_response

from .state import MESSAGES, Card, Peer, Transaction

# Published test cards, and the answer that each gets. https://dev.na.bambora.com/docs/references/payment_APIs/test_cards
CARDS = {
    "4030000010001234": ("VI", 1),
    "5100000010001004": ("MC", 1),
    "371100001000131": ("AM", 1),
    "4003050500040005": ("VI", 7),
    "5100000020002000": ("MC", 7),
}
PURCHASE = {
    "merchant_id",
    "trnType",
    "trnOrderNumber",
    "trnAmount",
    "ordName",
    "ordEmailAddress",
    "approvedPage",
    "declinedPage",
    "errorPage",
    "trnLanguage",
    "hashExpiry",
    *(f"ref{number}" for number in range(1, 6)),
}
NEEDED = PURCHASE & {"trnType", "trnOrderNumber", "trnAmount", "approvedPage", "declinedPage", "hashExpiry"}
QUESTION = {"requestType", "merchant_id", "trnType", "trnOrderNumber"}


class PageError(Exception):
    """The page shows this instead of its form."""


def show_page(peer: Peer, http: HttpRequest) -> HttpResponse:
    """The form, and what becomes of it."""
    try:
        fields = _signed(peer, http.query, PURCHASE)
        _check(peer, fields)
    except PageError as error:
        return html_response(400, _document("Error", f"<p>{escape(str(error))}</p>"))
    if http.method == "GET":
        return html_response(200, _form(fields, ""))
    form = {name: values[0] for name, values in parse_qs(http.body.decode("ascii", "replace")).items()}
    number = form.get("trnCardNumber", "").replace(" ", "")
    card_type, message_id = CARDS.get(number, ("VI", 52))
    month, year = form.get("trnExpMonth", ""), form.get("trnExpYear", "")
    if len(number) < 13 or not (month.isdigit() and year.isdigit() and form.get("trnCardCvd", "").isdigit()):
        return html_response(422, _form(fields, "Please fill in your card."))
    card = Card(card_type, number[-4:], month.zfill(2), year[-2:])
    amount = Decimal(fields["trnAmount"])
    done = peer.record(fields["trnType"], fields["trnOrderNumber"], amount, message_id, card)
    back = fields["approvedPage"] if done.approved else fields["declinedPage"]
    query = urlencode(describe(peer, done) | {"responseType": "T", "trnLanguage": fields.get("trnLanguage", "eng")})
    return HttpResponse(302, headers={"Location": f"{back}{'&' if '?' in back else '?'}{query}"})


def answer_question(peer: Peer, http: HttpRequest) -> HttpResponse:
    """A query string for an answer; trnId 0 where nobody has paid under that order number."""
    try:
        fields = _signed(peer, http.query, QUESTION)
    except PageError as error:
        return html_response(200, f"trnApproved=0&{urlencode({'messageText': str(error), 'errorType': 'S'})}")
    if fields.get("requestType") != "BACKEND" or fields.get("trnType") != "Q":
        return html_response(200, "trnApproved=0&errorType=U&messageText=Not+modelled")
    found = peer.by_order(fields.get("trnOrderNumber", ""))
    if found is None:
        nothing = {"trnApproved": "0", "trnId": "0", "messageId": "0", "messageText": "Transaction not found"}
        return html_response(200, urlencode(nothing))
    return html_response(200, urlencode(describe(peer, found)))


def describe(peer: Peer, transaction: Transaction) -> dict[str, str]:
    """A transaction as the query string of the return, or of the answer."""
    at = peer.local(transaction.at)
    return {
        "trnApproved": "1" if transaction.approved else "0",
        "trnId": str(transaction.number),
        "messageId": str(transaction.message_id),
        "messageText": MESSAGES[transaction.message_id],
        "authCode": "TEST" if transaction.approved else "",
        "trnAmount": f"{transaction.amount:.2f}",
        "trnDate": f"{at.month}/{at.day}/{at.year} {at:%I:%M:%S %p}",
        "trnOrderNumber": transaction.order_number,
        "trnType": transaction.kind,
        "cardType": transaction.card.card_type,
        "paymentMethod": "CC",
    }


def hash_of(peer: Peer, query: str) -> str:
    """Hex digest over the raw query string and the account's key."""
    text = (query + peer.merchant.hash_key).encode()
    return hashlib.new(peer.merchant.algorithm, text, usedforsecurity=False).hexdigest()


def _signed(peer: Peer, query: str, known: set[str]) -> dict[str, str]:
    """The fields of a query string whose hash is right and last."""
    covered, sign, value = query.partition("&hashValue=")
    if not sign or not hmac.compare_digest(value.lower().encode(), hash_of(peer, covered).encode()):
        raise PageError("Hash validation error")
    pairs = parse_qsl(covered, keep_blank_values=True, strict_parsing=True)
    fields = dict(pairs)
    if len(fields) != len(pairs) or set(fields) - known:
        raise PageError(f"The test peer does not model {sorted(set(fields) - known)}")
    if fields.get("merchant_id") != peer.merchant.number:
        raise PageError("Invalid merchant id")
    return fields


def _check(peer: Peer, fields: dict[str, str]) -> None:
    if missing := NEEDED - set(fields):
        raise PageError(f"Missing {sorted(missing)}")
    order, amount = fields["trnOrderNumber"], fields["trnAmount"]
    if fields["trnType"] not in ("P", "PA"):
        raise PageError("Invalid transaction type")
    if not 1 <= len(order) <= 30 or " " in order:
        raise PageError("Invalid order number")
    try:
        if f"{Decimal(amount):.2f}" != amount or Decimal(amount) <= 0:
            raise PageError("Invalid amount")
    except InvalidOperation as error:
        raise PageError("Invalid amount") from error
    if datetime.strptime(fields["hashExpiry"], "%Y%m%d%H%M") <= peer.local():  # noqa: DTZ007 (both are Pacific)
        raise PageError(MESSAGES[802])
    if peer.taken(order):
        raise PageError(MESSAGES[788])


def _form(fields: dict[str, str], error: str) -> str:
    alert = f'<p role="alert">{escape(error)}</p>' if error else ""
    inputs = "".join(
        f'<p><label for="{name}">{label}</label> <input id="{name}" name="{name}" autocomplete="{hint}"></p>'
        for name, label, hint in (
            ("trnCardOwner", "Name on card", "cc-name"),
            ("trnCardNumber", "Card number", "cc-number"),
            ("trnExpMonth", "Expiry month", "cc-exp-month"),
            ("trnExpYear", "Expiry year", "cc-exp-year"),
            ("trnCardCvd", "CVD", "cc-csc"),
        )
    )
    content = f"""<p>Order {escape(fields["trnOrderNumber"])}: <strong>${escape(fields["trnAmount"])}</strong></p>{alert}
<form method="post">{inputs}<p><button type="submit">Pay</button></p></form>"""
    return _document("Payment", content)


def _document(title: str, content: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title></head><body><main><h1>{title}</h1>
{content}
<p><small>Test page of a stand-in for Bambora. Use test cards only.</small></p></main></body></html>
"""
