"""`/_test/`: the switches that tests use. POST takes a JSON object; unknown keys and wrong types are a 400."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.peers.stripe_peer.faults import Fault
from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse, json_response
from tests.peers.toolkit.books import Books, NextDecline

REQUIRED = object()
PREFIX = "/_test/"
BROKEN = {"error": b"<html>Service unavailable</html>", "html": b"<html>Welcome</html>", "empty": b"", "half": b""}
KINDS = ("timeout", "reset", *BROKEN)
Switch = Callable[[dict[str, Any]], dict[str, Any]]


class SwitchError(Exception):
    """The test asked for something that cannot be."""


def handle_switch(http: HttpRequest, switches: Mapping[str, Switch]) -> HttpResponse:
    """400 `{"error": text}` for a bad call, 404 for an unknown one."""
    switch = switches.get(f"{http.method} {http.path.removeprefix(PREFIX)}")
    if switch is None:
        return json_response(404, {"error": f"no switch {http.method} {http.path}"})
    try:
        body = json.loads(http.body) if http.body else {}
        if not isinstance(body, dict):
            raise SwitchError("the body must be a JSON object")
        return json_response(200, switch(body))
    except (SwitchError, ValueError) as error:
        return json_response(400, {"error": str(error)})


def take(body: dict[str, Any], **defaults: Any) -> list[Any]:
    """Values in the order of `defaults`; a default also fixes the type, REQUIRED means a non-empty string."""
    if unknown := set(body) - set(defaults):
        raise SwitchError(f"unknown keys: {', '.join(sorted(unknown))}")
    values = []
    for name, default in defaults.items():
        value = body.get(name, default)
        wanted = str if default is REQUIRED else type(default)
        if type(value) is int and wanted is float:
            value = float(value)
        if type(value) is not wanted or (default is REQUIRED and not value):
            raise SwitchError(f"{name} must be {wanted.__name__}")
        values.append(value)
    return values


def common_switches(books: Books, reset: Callable[[], None]) -> dict[str, Switch]:
    """What every peer can be told: reset, ledger, clock, faults, and the bank's next no."""

    def clear(body: dict[str, Any]) -> dict[str, Any]:
        take(body)
        with books.lock:
            reset()
        return {"ok": True}

    def ledger(body: dict[str, Any]) -> dict[str, Any]:
        with books.lock:
            return books.ledger()

    def clock(body: dict[str, Any]) -> dict[str, Any]:
        (seconds,) = take(body, seconds=0)
        with books.lock:
            books.clock_offset += seconds
            return {"now": books.now()}

    def decline_next(body: dict[str, Any]) -> dict[str, Any]:
        code, iso, message = take(body, code="481", iso="05", message="DECLINED")
        with books.lock:
            books.declines.append(NextDecline(code, iso, message))
        return {"ok": True}

    def fail_next(body: dict[str, Any]) -> dict[str, Any]:
        """The next `times` calls of that path go wrong; see faults.Fault."""
        kind, when, seconds, path, times = take(body, kind=REQUIRED, when="after", seconds=1.0, path="/", times=1)
        if kind not in KINDS or when not in ("before", "after"):
            raise SwitchError(f"kind must be one of {', '.join(KINDS)}; when must be before or after")
        books.faults.add(Fault(kind, when == "after", seconds if kind == "timeout" else 0.0, "POST", path, times))
        return {"ok": True}

    return {
        "POST reset": clear,
        "GET ledger": ledger,
        "POST clock": clock,
        "POST decline_next": decline_next,
        "POST fail_next": fail_next,
        "GET faults": lambda body: {"waiting": books.faults.left()},
    }


def with_faults(books: Books, path: str, work: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of an API call, or what a test wants to go wrong before or after its work is done."""
    fault = books.faults.take("POST", path)
    if fault is None:
        return work()
    response = work() if fault.after else HttpResponse(500, BROKEN["error"], "text/html")
    response.sleep, response.reset = fault.seconds, fault.kind == "reset"
    if fault.kind in BROKEN:
        half = response.body[: len(response.body) // 2] if fault.after else b'<?xml version="1.0"?><resp'
        response.body = half if fault.kind == "half" else BROKEN[fault.kind]
        response.status = 500 if fault.kind == "error" else 200
    return response
