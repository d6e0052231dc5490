"""Bambora / Worldline North America on the wire: signed query strings to its pages, JSON with passcodes to its API.

Sources: docs.na.worldline-solutions.com and the swagger of dev.na.bambora.com. Amounts are text with two decimals, times are
Pacific and carry no zone, and nothing is idempotent: only order numbers are unique.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import requests
from django.conf import settings

from payments.errors import ProviderUnreachable
from payments.providers.base import HostedPage

BRANDS = {
    "VI": "visa",
    "MC": "mastercard",
    "AM": "amex",
    "DI": "discover",
    "NN": "diners",
    "JB": "jcb",
    "IO": "interac",
}
LANGUAGES = {"fr": "fre"}
REFUSALS = (400, 402, 404)
UNSURE = {54, 55, 935}  # timed out between the bank and them, or "wait": nobody knows yet


class Refused(Exception):
    """A clear no of the API: its code, and its message for staff."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def sign_query(fields: Mapping[str, str]) -> str:
    """The query string with its hash, which must be last: what follows it would be unprotected. The hash is taken over the
    string as it is sent, already encoded."""
    query = urlencode(fields)
    return f"{query}&hashValue={hash_of(query)}"


def hash_of(query: str) -> str:
    """Hex SHA-1 or MD5 (a setting of the merchant account) over the query string and the key."""
    algorithm = hashlib.new(settings.BAMBORA_HASH_ALGORITHM, usedforsecurity=False)
    algorithm.update((query + settings.BAMBORA_HASH_KEY).encode())
    return algorithm.hexdigest()


def pacific(at: datetime, form: str) -> str:
    """A moment in the zone of their servers."""
    return at.astimezone(ZoneInfo(settings.BAMBORA_TIME_ZONE)).strftime(form)


def moment(text: str) -> datetime:
    """A time of theirs, for example 2027-02-10T12:00:00."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(settings.BAMBORA_TIME_ZONE)).astimezone(UTC)
    except ValueError as error:
        raise ProviderUnreachable("Bambora: a time that is none") from error


def amount_of(value: Any) -> Decimal:
    """An amount of theirs, text or JSON number, in whole cents."""
    try:
        return Decimal(str(value)).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise ProviderUnreachable("Bambora: an amount that is none") from error


def page(order: str, *, kind: str, amount: str, email: str, language: str, back: str, closes: datetime) -> HostedPage:
    """The hosted page for an order number; the same fields give the same address. `kind`: P purchase, PA hold."""
    fields = {
        "merchant_id": settings.BAMBORA_MERCHANT_ID,
        "trnType": kind,
        "trnOrderNumber": order,
        "trnAmount": amount,
        "ordEmailAddress": email,
        "approvedPage": back,
        "declinedPage": back,
        "errorPage": back,
        "trnLanguage": LANGUAGES.get(language, "eng"),
        "hashExpiry": pacific(closes, "%Y%m%d%H%M"),
    }
    url = f"{settings.BAMBORA_WEB_BASE}/scripts/payment/payment.asp?{sign_query(fields)}"
    return HostedPage(url, order, closes)


def question(order_number: str) -> dict[str, str]:
    """What the payment page's server knows of an order number; empty if it has never seen it."""
    fields = {
        "requestType": "BACKEND",
        "merchant_id": settings.BAMBORA_MERCHANT_ID,
        "trnType": "Q",
        "trnOrderNumber": order_number,
    }
    url = f"{settings.BAMBORA_WEB_BASE}/scripts/process_transaction.asp?{sign_query(fields)}"
    response = _send("GET", url)
    found = dict(parse_qsl(response.text.strip(), keep_blank_values=True))
    if response.status_code != 200 or not {"trnApproved", "trnId", "messageId"} <= set(found):
        raise ProviderUnreachable(f"Bambora: no clear answer ({response.status_code})")
    if int(found["messageId"]) in UNSURE:
        raise ProviderUnreachable(f"Bambora: {found.get('messageText', '')}")
    return found if found["trnId"] not in ("", "0") else {}


def call(method: str, path: str, *, passcode: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the REST API answers; Refused for a clear no, ProviderUnreachable for everything else."""
    token = base64.b64encode(f"{settings.BAMBORA_MERCHANT_ID}:{passcode}".encode()).decode()
    headers = {"Authorization": f"Passcode {token}", "Content-Type": "application/json"}
    data = json.dumps(body) if body is not None else None
    response = _send(method, f"{settings.BAMBORA_API_BASE}/v1{path}", data=data, headers=headers)
    try:
        answer = json.loads(response.text, parse_float=Decimal)
    except ValueError as error:
        raise ProviderUnreachable(f"Bambora: no JSON ({response.status_code})") from error
    if not isinstance(answer, dict):
        raise ProviderUnreachable("Bambora: JSON of another shape")
    if response.status_code == 200:
        return answer
    code = int(answer.get("code") or 0)
    if response.status_code not in REFUSALS or code in UNSURE:
        raise ProviderUnreachable(f"Bambora: {response.status_code} {answer.get('message', '')}")
    raise Refused(code, str(answer.get("message") or "refused"))


def _send(method: str, url: str, **options: Any) -> requests.Response:
    try:
        return requests.request(method, url, timeout=settings.CARD_PROVIDER_TIMEOUT, allow_redirects=False, **options)
    except requests.RequestException as error:
        raise ProviderUnreachable(f"Bambora: {type(error).__name__}") from error
