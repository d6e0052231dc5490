"""Page, question, API and switches; failures that a test asked for happen here."""

import json
import time
from dataclasses import asdict
from typing import Any

from tests.peers.stripe_peer.faults import BODIES, KINDS, Fault
from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse, html_response, json_response

from .page import answer_question, show_page
from .rest import handle_rest
from .state import Peer


def answer(peer: Peer, http: HttpRequest) -> HttpResponse:
    """What a request gets."""
    if http.path.startswith("/_test/"):
        return _control(peer, http)
    if http.path == "/scripts/payment/payment.asp":
        with peer.lock:
            return show_page(peer, http)
    fault = peer.faults.take(http.method, http.path)
    if fault is not None and not fault.after and fault.kind != "timeout":
        return _broken(fault, HttpResponse(500))
    if fault is not None and not fault.after:
        time.sleep(fault.seconds)
    with peer.lock:
        response = _work(peer, http)
    return _broken(fault, response) if fault is not None and fault.after else response


def _work(peer: Peer, http: HttpRequest) -> HttpResponse:
    if http.path == "/scripts/process_transaction.asp" and http.method == "GET":
        return answer_question(peer, http)
    if http.path.startswith("/v1/"):
        return handle_rest(peer, http)
    return html_response(404, "Not found")


def _broken(fault: Fault, response: HttpResponse) -> HttpResponse:
    if fault.kind == "error":
        return json_response(
            500, {"code": 0, "category": 4, "message": "Internal error", "reference": "", "details": []}
        )
    if fault.kind in BODIES:
        return HttpResponse(200, BODIES[fault.kind], "text/html")
    response.sleep, response.reset = fault.seconds, fault.kind == "reset"
    return response


def _control(peer: Peer, http: HttpRequest) -> HttpResponse:
    """``ledger`` to read; ``reset``, ``clock`` (seconds), ``card`` (customer_code, message_id) and ``fail_next`` to change."""
    route, body = http.path.removeprefix("/_test/"), json.loads(http.body or b"{}")
    with peer.lock:
        if route == "ledger":
            return json_response(200, {"transactions": [_shown(asdict(row)) for row in peer.transactions]})
        if route == "reset":
            peer.reset()
        elif route == "clock":
            peer.clock_offset += body["seconds"]
        elif route == "card":
            peer.answers[body["customer_code"]] = body["message_id"]
        elif route == "fail_next" and body["kind"] in KINDS:
            peer.faults.add(Fault(**body))
        else:
            return json_response(404, {"error": f"no control route {route}"})
    return json_response(200, {"ok": True})


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"amount": f"{row['amount']:.2f}"}
