"""``/v1``: authentication, version, idempotency, validation, faults, then one endpoint function under the store's lock."""

import hmac
import json
import re
import time
from dataclasses import dataclass

from . import checkout, intents, methods, objects, refunds
from .errors import ApiError, JsonObject
from .events import Cause
from .expand import check_paths, expand
from .faults import BODIES, Fault
from .form import Tree, decode_form
from .idempotency import Answer
from .messages import HttpRequest, HttpResponse
from .request import ApiRequest, Endpoint
from .schema import load_params, refuse_unknown_version
from .state import Peer
from .store import new_id

FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Route:
    """``pattern`` has at most one group: the object's id. ``returns`` is the answer's kind, for ``expand``.

    ``params`` is the name of the SDK's TypedDict without its ending, see schema.load_params.
    """

    method: str
    pattern: str
    endpoint: Endpoint
    params: str
    returns: str


SESSIONS = "/v1/checkout/sessions"
ONE = r"/(\w+)"

ROUTES = (
    Route("POST", SESSIONS, checkout.create_session, "checkout.SessionCreate", "checkout.session"),
    Route("GET", SESSIONS, checkout.list_sessions, "checkout.SessionList", "list:checkout.session"),
    Route("GET", SESSIONS + ONE, checkout.retrieve_session, "checkout.SessionRetrieve", "checkout.session"),
    Route("GET", SESSIONS + ONE + "/line_items", checkout.list_line_items, "checkout.SessionLineItemList", "list:item"),
    Route("POST", SESSIONS + ONE + "/expire", checkout.expire_session, "checkout.SessionExpire", "checkout.session"),
    Route("POST", "/v1/payment_intents", intents.create_intent, "PaymentIntentCreate", "payment_intent"),
    Route("GET", "/v1/payment_intents", intents.list_intents, "PaymentIntentList", "list:payment_intent"),
    Route("GET", "/v1/disputes" + ONE, refunds.retrieve_dispute, "DisputeRetrieve", "dispute"),
    Route("GET", "/v1/payment_methods" + ONE, methods.retrieve_method, "PaymentMethodRetrieve", "payment_method"),
    Route("POST", "/v1/payment_methods" + ONE + "/detach", methods.detach, "PaymentMethodDetach", "payment_method"),
    Route(
        "GET",
        "/v1/balance_transactions",
        objects.list_balance_transactions,
        "BalanceTransactionList",
        "list:balance_transaction",
    ),
    Route("GET", "/v1/payment_intents" + ONE, objects.retrieve_intent, "PaymentIntentRetrieve", "payment_intent"),
    Route("GET", "/v1/charges" + ONE, objects.retrieve_charge, "ChargeRetrieve", "charge"),
    Route("POST", "/v1/refunds", refunds.create_refund, "RefundCreate", "refund"),
    Route("GET", "/v1/refunds", refunds.list_refunds, "RefundList", "list:refund"),
    Route("GET", "/v1/refunds" + ONE, refunds.retrieve_refund, "RefundRetrieve", "refund"),
    Route("POST", "/v1/customers", objects.create_customer, "CustomerCreate", "customer"),
    Route("GET", "/v1/customers" + ONE, objects.retrieve_customer, "CustomerRetrieve", "customer"),
    Route("GET", "/v1/events", objects.list_events, "EventList", "list:event"),
    Route("GET", "/v1/events" + ONE, objects.retrieve_event, "EventRetrieve", "event"),
)


def load_schemas() -> None:
    """Read every shape once, so that a surprise in the SDK's sources stops the peer at its start."""
    for route in ROUTES:
        load_params(route.params)


def handle_api(peer: Peer, http: HttpRequest) -> HttpResponse:
    """Every answer, refusals included, carries a Request-Id."""
    request_id = new_id("req_", 14)
    try:
        response = _answer(peer, http, request_id)
    except ApiError as error:
        response = _error_response(error)
    response.headers.setdefault("Request-Id", request_id)
    if version := http.headers.get("stripe-version"):
        response.headers["Stripe-Version"] = version
    return response


def _answer(peer: Peer, http: HttpRequest, request_id: str) -> HttpResponse:
    _authenticate(peer, http.headers.get("authorization", ""))
    refuse_unknown_version(http.headers.get("stripe-version"))
    route, identifier = _route(http.method, http.path)
    raw = _parameters(http)
    fault = peer.faults.take(http.method, http.path)
    if fault is not None and not fault.after and fault.kind != "timeout":
        return _faulty(fault)
    key = http.headers.get("idempotency-key", "") if http.method == "POST" else ""
    if key and (stored := peer.keys.begin(key, http.path, raw)) is not None:
        return _replay(key, stored)
    if fault is not None and not fault.after:
        time.sleep(fault.seconds)
    cause = Cause(request_id, key or None)
    try:
        status, body = _execute(peer, route, http.path, identifier, raw, cause)
    except BaseException:
        peer.keys.forget(key)
        raise
    if fault is not None and fault.after and fault.kind == "error":
        status, body = 500, _encode(_server_error().body())
    sent = BODIES.get(fault.kind, body) if fault is not None and fault.after else body
    if key:
        peer.keys.finish(key, Answer(status, body, request_id))
    response = HttpResponse(status, sent, headers={"Idempotency-Key": key} if key else {})
    if fault is not None and fault.after:
        response.sleep = fault.seconds
        response.reset = fault.kind == "reset"
    return response


def _execute(peer: Peer, route: Route, path: str, identifier: str, raw: Tree, cause: Cause) -> tuple[int, bytes]:
    """Status and body. A refusal after the work began is an answer to remember; an earlier one is raised."""
    params = load_params(route.params).read(raw)
    paths = params.pop("expand", [])
    check_paths(route.returns, paths)
    request = ApiRequest(path, identifier, params, cause)
    with peer.store.lock:
        try:
            return 200, _encode(expand(peer.store, route.endpoint(peer, request), paths))
        except ApiError as error:
            if not error.executed:
                raise
            return error.status, _encode(error.body())


def _authenticate(peer: Peer, header: str) -> None:
    scheme, _, key = header.partition(" ")
    if scheme != "Bearer" or not key:
        raise ApiError(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer "
            "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    if not hmac.compare_digest(key.encode(), peer.secret_key.encode()):
        raise ApiError(f"Invalid API Key provided: {key[:8]}{'*' * 8}{key[-4:]}", status=401)


def _route(method: str, path: str) -> tuple[Route, str]:
    for route in ROUTES:
        match = re.fullmatch(route.pattern, path)
        if match and route.method == method:
            return route, match.group(1) if match.groups() else ""
    raise ApiError(f"Unrecognized request URL ({method}: {path}).", status=404)


def _parameters(http: HttpRequest) -> Tree:
    if http.method == "GET":
        return decode_form(http.query)
    content_type = http.headers.get("content-type", "").partition(";")[0].strip()
    if http.body and content_type != FORM_TYPE:
        raise ApiError(f"Invalid request (check that your POST content type is {FORM_TYPE}).")
    if http.query:
        raise ApiError("The test peer wants the parameters of a POST in its body, not in the URL.")
    try:
        return decode_form(http.body.decode("ascii"))
    except UnicodeDecodeError as error:
        raise ApiError("Invalid form body: not percent-encoded ASCII") from error


def _faulty(fault: Fault) -> HttpResponse:
    """Failed in front of the API: nothing was done and nothing is remembered."""
    response = HttpResponse(200, BODIES[fault.kind]) if fault.kind in BODIES else _error_response(_server_error())
    response.reset = fault.kind == "reset"
    return response


def _replay(key: str, stored: Answer) -> HttpResponse:
    headers = {"Idempotency-Key": key, "Idempotent-Replayed": "true", "Original-Request": stored.request_id}
    return HttpResponse(stored.status, stored.body, headers=headers)


def _server_error() -> ApiError:
    return ApiError("Sorry, there was an internal error on Stripe's end.", status=500, kind="api_error")


def _error_response(error: ApiError) -> HttpResponse:
    return HttpResponse(error.status, _encode(error.body()))


def _encode(value: JsonObject) -> bytes:
    return json.dumps(value, indent=2).encode()
