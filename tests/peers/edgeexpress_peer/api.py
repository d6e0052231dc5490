"""`/HostPayService/v1/hostpay/transactions` opens a page; `/directpay/express` does the rest. Sources: open client code."""

import hmac
import secrets
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring
from django.utils.html import escape

from tests.peers.edgeexpress_peer.state import GOOD, PAGE_SECONDS, Alias, Order, Session, Store, cents, dollars
from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse

HOSTED = "/HostPayService/v1/hostpay/transactions"
DIRECT = "/HostPayService/v1/directpay/express"
PAGE = "/HostPayService/v1/hostpay/paypage/"
CREDENTIALS = ("XWEBID", "XWEBTERMINALID", "XWEBAUTHKEY")
OPENS = {
    "CREDITSALE": {"ORDERID", "AMOUNT", "ALLOWDUPLICATES", "INVOICENO", "HOSTPAYSETTING"},
    "ALIASCREATE": {"ORDERID", "CREATEALIAS", "CUSTOMERNAME", "ALLOWDUPLICATES", "INVOICENO", "HOSTPAYSETTING"},
}
DIRECTLY = {
    "QUERYPAYMENT": {"ORDERID"},
    "CREDITSALE": {"ORDERID", "AMOUNT", "ALIAS", "ALLOWDUPLICATES"},
    "CREDITRETURN": {"ORDERID", "AMOUNT", "TRANSACTIONID"},
    "CREDITVOID": {"ORDERID", "TRANSACTIONID"},
    "ALIASUPDATE": {"ALIAS", "EXPDATE"},
    "ALIASDELETE": {"ALIAS"},
}
Fields = dict[str, str]


class RefusedError(Exception):
    """A code and what is wrong."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


def kind_of(http: HttpRequest) -> str:
    """The transaction type of a request, for faults that wait for one."""
    try:
        return fromstring(http.body, forbid_dtd=True).findtext("TRANSACTIONTYPE") or ""
    except (ParseError, ValueError):
        return ""


def handle_api(store: Store, credentials: tuple[str, ...], base_url: str, http: HttpRequest) -> HttpResponse:
    """One transaction; every refusal is a 200 with a code."""
    try:
        request = fromstring(http.body, forbid_dtd=True)
        fields = _work(store, credentials, base_url, http.path, request)
    except ParseError:
        fields = _refusal("805", "XML parse error")
    except RefusedError as refused:
        fields = _refusal(refused.code, str(refused))
    except ValueError as error:
        fields = _refusal("815", str(error))
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    text = f'<?xml version="1.0"?><RESPONSE><RESULT>{inner}</RESULT></RESPONSE>'
    return HttpResponse(200, text.encode(), "text/xml")


def _work(store: Store, credentials: tuple[str, ...], base_url: str, path: str, request: Element) -> Fields:
    for name, value in zip(CREDENTIALS, credentials, strict=True):
        if not hmac.compare_digest((request.findtext(name) or "").encode(), value.encode()):
            raise RefusedError("803", "Invalid credentials")
    kind = request.findtext("TRANSACTIONTYPE") or ""
    allowed = (OPENS if path == HOSTED else DIRECTLY).get(kind)
    sent = {part.tag for part in request} - {*CREDENTIALS, "TRANSACTIONTYPE"}
    if allowed is None or sent != allowed:
        raise RefusedError("806", f"{kind} takes {sorted(allowed or [])}")
    values = {part.tag: (part.text or "").strip() for part in request}
    if path == HOSTED:
        return _open(store, base_url, kind, values, request)
    return directly(store, kind, values)


def directly(store: Store, kind: str, values: Fields) -> Fields:
    """One direct transaction, with its values looked at."""
    return {
        "QUERYPAYMENT": _query,
        "CREDITSALE": _sell,
        "CREDITRETURN": _return,
        "CREDITVOID": _void,
        "ALIASUPDATE": _update,
        "ALIASDELETE": _delete,
    }[kind](store, values)


def _open(store: Store, base_url: str, kind: str, values: Fields, request: Element) -> Fields:
    amount = _amount(values) if kind == "CREDITSALE" else None
    address = request.findtext("HOSTPAYSETTING/RETURNOPTION/RETURNURL") or ""
    if not address.startswith(("http://", "https://")) or not 0 < len(values["ORDERID"]) <= 36:
        raise RefusedError("806", "RETURNURL or ORDERID")
    if values["ORDERID"] in store.orders:
        raise RefusedError("815", "Duplicate ORDERID")
    token = secrets.token_hex(16)
    store.sessions[token] = Session(token, kind, values["ORDERID"], amount, address, store.now() + PAGE_SECONDS)
    return {"RESPONSECODE": "0", "SESSIONTOKEN": token, "PAYPAGEURL": f"{base_url}{PAGE}{token}"}


def _query(store: Store, values: Fields) -> Fields:
    """Unfinished and unknown are the same, for ever."""
    row = store.orders.get(values["ORDERID"])
    return _of(row) | {"STATE": row.state} if row else _refusal("814", "Order not found or not completed")


def _sell(store: Store, values: Fields) -> Fields:
    alias = _alias(store, values)
    said = store.next_decline() or alias.says or GOOD
    return _of(store.sell(values["ORDERID"], "CREDITSALE", _amount(values), alias, said))


def _return(store: Store, values: Fields) -> Fields:
    sale, amount = _sale(store, values), _amount(values)
    if sale.voided or sale.returned + amount > sale.approved:
        raise RefusedError("811", "Return exceeds the original amount")
    row = store.give_back(values["ORDERID"], sale, amount, "CREDITRETURN")
    sale.returned += amount
    return _of(row)


def _void(store: Store, values: Fields) -> Fields:
    sale = _sale(store, values)
    if sale.voided or sale.returned or sale.batch != store.batch:
        raise RefusedError("812", "Transaction cannot be voided")
    row = store.give_back(values["ORDERID"], sale, sale.approved, "CREDITVOID")
    sale.voided = True
    return _of(row)


def _update(store: Store, values: Fields) -> Fields:
    alias, ends = _alias(store, values), values["EXPDATE"]
    alias.exp_month, alias.exp_year = int(ends[:2]), 2000 + int(ends[2:])
    return {"RESPONSECODE": "5", "RESPONSEDESCRIPTION": "Alias Success", "ALIAS": alias.alias}


def _delete(store: Store, values: Fields) -> Fields:
    del store.aliases[_alias(store, values).alias]
    return {"RESPONSECODE": "5", "RESPONSEDESCRIPTION": "Alias Success"}


def _amount(values: Fields) -> int:
    amount = cents(values["AMOUNT"])
    if amount is None:
        raise RefusedError("806", "AMOUNT is 0.01 to 99999.99")
    return amount


def _alias(store: Store, values: Fields) -> Alias:
    alias = store.aliases.get(values["ALIAS"])
    if alias is None:
        raise RefusedError("820", "Alias not found")
    return alias


def _sale(store: Store, values: Fields) -> Order:
    sale = store.by_transaction(values["TRANSACTIONID"])
    if sale is None:
        raise RefusedError("810", "Original transaction not found")
    return sale


def _of(row: Order) -> Fields:
    fields = {
        "RESPONSECODE": row.code,
        "RESPONSEDESCRIPTION": row.description,
        "TRANSACTIONID": row.transaction,
        "TRANSACTIONTYPE": row.kind,
        "ORDERID": row.order,
        "PROCESSORRESPONSE": row.bank,
        "BATCHNO": str(row.batch),
    }
    if row.approved:
        fields |= {"APPROVEDAMOUNT": dollars(row.approved), "APPROVALCODE": "123456"}
    if row.alias:
        fields |= {
            "ALIAS": row.alias.alias,
            "CARDBRAND": row.alias.brand.title(),
            "MASKEDCARDNUMBER": f"************{row.alias.last4}",
            "EXPMONTH": f"{row.alias.exp_month:02d}",
            "EXPYEAR": f"{row.alias.exp_year % 100:02d}",
        }
    return fields


def _refusal(code: str, description: str) -> Fields:
    return {"RESPONSECODE": code, "RESPONSEDESCRIPTION": description}
