"""`/gateway2/servlet/MpgRequest`: the Gateway's XML. Sources: Moneris' own PHP client, developer.moneris.com."""

import hmac
from xml.etree.ElementTree import Element, ParseError, SubElement

from defusedxml.ElementTree import fromstring
from django.utils.html import escape

from tests.peers.moneris_peer.state import APPROVED, Store, Transaction, VaultCard, cents, dollars
from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse

PATH = "/gateway2/servlet/MpgRequest"
FIELDS = {
    "purchase": {"order_id", "amount", "crypt_type"},
    "refund": {"order_id", "amount", "txn_number", "crypt_type"},
    "purchasecorrection": {"order_id", "txn_number", "crypt_type"},
    "res_purchase_cc": {"data_key", "order_id", "cust_id", "amount", "crypt_type", "cof_info"},
    "res_delete": {"data_key"},
    "res_lookup_masked": {"data_key"},
}
DUPLICATE = "The transaction was not sent to the host because of a duplicate order id"
Receipt = dict[str, str]


class NotSentError(Exception):
    """Refused before the host: Complete is false and every code is the word null."""


def handle_gateway(store: Store, credentials: dict[str, str], http: HttpRequest) -> HttpResponse:
    """One transaction, or the question how it went."""
    try:
        return _answer(_work(store, credentials, http.body))
    except NotSentError as error:
        return _answer({"Complete": "false", "Message": str(error), "TimedOut": "false"})


def _work(store: Store, credentials: dict[str, str], body: bytes) -> Receipt:
    try:
        request = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError):
        raise NotSentError("Global Error: XML parse error") from None
    for name, value in credentials.items():
        if not hmac.compare_digest((request.findtext(name) or "").encode(), value.encode()):
            raise NotSentError(f"Invalid {name}")
    parts = [part for part in request if part.tag not in (*credentials, "status_check")]
    if request.tag != "request" or len(parts) != 1 or parts[0].tag not in FIELDS:
        raise NotSentError("Global Error: unknown transaction")
    [part] = parts
    if {child.tag for child in part} != FIELDS[part.tag]:
        raise NotSentError(f"Data error: {part.tag} takes {sorted(FIELDS[part.tag])}")
    if request.findtext("status_check") == "true":
        return _status(store, part)
    return {
        "refund": _refund,
        "purchasecorrection": _correct,
        "res_purchase_cc": _charge,
        "res_delete": _delete,
        "res_lookup_masked": _look_up,
        "purchase": _purchase,
    }[part.tag](store, part)


def give_back(store: Store, order: str, kind: str, part: int) -> Transaction:
    """What somebody does in the merchant's portal: a correction, or a refund of all or of so many cents."""
    row = store.bought(order)
    if row is None:
        raise ValueError("no such order")
    told = Element(kind)
    for name, value in (("order_id", order), ("txn_number", row.number), ("amount", dollars(part or row.amount))):
        SubElement(told, name).text = value
    {"refund": _refund, "purchasecorrection": _correct}[kind](store, told)
    return store.transactions[-1]


def _purchase(store: Store, part: Element) -> Receipt:
    raise NotSentError("Data error: pan is missing")


def _status(store: Store, part: Element) -> Receipt:
    """The last transaction of that kind for the order. Nothing is done."""
    kind = "purchase" if part.tag == "res_purchase_cc" else part.tag
    rows = [row for row in store.transactions if (row.kind, row.order) == (kind, part.findtext("order_id"))]
    if part.tag == "refund":
        rows = [row for row in rows if row.amount == cents(part.findtext("amount"))]
    if not rows:
        return {"Complete": "false", "StatusCode": "50", "StatusMessage": "not found", "TimedOut": "false"}
    return _of(rows[-1]) | {"StatusCode": "00", "StatusMessage": "found"}


def _refund(store: Store, part: Element) -> Receipt:
    row = _bought(store, part)
    amount = cents(part.findtext("amount"))
    if not amount:
        raise NotSentError("Data error: amount")
    if row.corrected or row.refunded + amount > row.amount:
        raise NotSentError("The amount of the refund is greater than what is left of the transaction")
    said = store.next_decline() or APPROVED
    done = store.add("refund", row.order, amount, row.card, said)
    if done.approved:
        row.refunded += amount
    return _of(done)


def _correct(store: Store, part: Element) -> Receipt:
    """A void: the whole, and only while its batch is open."""
    row = _bought(store, part)
    if row.corrected or row.refunded or row.batch != store.batch:
        raise NotSentError("The transaction can no longer be corrected")
    row.corrected = True
    return _of(store.add("purchasecorrection", row.order, row.amount, row.card, APPROVED))


def _charge(store: Store, part: Element) -> Receipt:
    order, amount = part.findtext("order_id") or "", cents(part.findtext("amount"))
    cof = part.find("cof_info")
    card = store.vault.get(part.findtext("data_key") or "")
    signs = {child.tag for child in cof} if cof is not None else set()
    if not amount or signs != {"payment_indicator", "payment_information", "issuer_id"}:
        raise NotSentError("Data error: amount or cof_info")
    if card is None:
        return {"Complete": "true", "ResponseCode": "983", "Message": "Data key not found", "ResSuccess": "false"}
    if store.bought(order) is not None:
        raise NotSentError(DUPLICATE)
    return _of(store.add("purchase", order, amount, card, store.next_decline() or card.says or APPROVED)) | {
        "ResSuccess": "true"
    }


def _delete(store: Store, part: Element) -> Receipt:
    return _vault(store.vault.pop(part.findtext("data_key") or "", None))


def _look_up(store: Store, part: Element) -> Receipt:
    return _vault(store.vault.get(part.findtext("data_key") or ""))


def _vault(card: VaultCard | None) -> Receipt:
    if card is None:
        return {"Complete": "true", "ResponseCode": "983", "Message": "Data key not found", "ResSuccess": "false"}
    return {
        "DataKey": card.key,
        "Complete": "true",
        "ResponseCode": "001",
        "Message": "Successfully done.",
        "ResSuccess": "true",
        "masked_pan": card.masked.replace("***", "******"),
        "expdate": card.expiry[2:] + card.expiry[:2],
    }


def _bought(store: Store, part: Element) -> Transaction:
    row = store.bought(part.findtext("order_id") or "")
    if row is None or not row.approved or row.number != part.findtext("txn_number"):
        raise NotSentError("The original transaction was not found")
    return row


def _of(row: Transaction) -> Receipt:
    return {
        "ReceiptId": row.order,
        "ReferenceNum": "660117390010010120",
        "ResponseCode": row.code,
        "ISO": row.iso,
        "AuthCode": "123456",
        "Message": row.message,
        "TransType": {"purchase": "00", "refund": "04", "purchasecorrection": "11"}[row.kind],
        "Complete": "true",
        "TransAmount": dollars(row.amount),
        "CardType": row.card.brand,
        "TransID": row.number,
        "TimedOut": "false",
        "IssuerId": row.card.issuer_id,
    }


RESOLVED = ("masked_pan", "expdate")
ALWAYS = (
    "ReceiptId",
    "ReferenceNum",
    "ResponseCode",
    "ISO",
    "AuthCode",
    "Message",
    "Complete",
    "TransAmount",
    "TransID",
)


def _answer(receipt: Receipt) -> HttpResponse:
    fields = {name: "null" for name in ALWAYS} | receipt
    inside = {name: fields.pop(name) for name in RESOLVED if name in fields}
    inner = _written(fields) + (f"<ResolveData>{_written(inside)}</ResolveData>" if inside else "")
    text = f'<?xml version="1.0"?><response><receipt>{inner}</receipt></response>'
    return HttpResponse(200, text.encode(), "text/xml")


def _written(fields: Receipt) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
