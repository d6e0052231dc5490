"""Plain request and response values between the socket and the routes."""

import json
from dataclasses import dataclass, field

from .errors import JsonObject


@dataclass(frozen=True)
class HttpRequest:
    """``headers`` have lower-case names; ``path`` is without the query."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class HttpResponse:
    """``sleep`` seconds pass before it is sent; ``reset`` breaks the connection instead."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    sleep: float = 0.0
    reset: bool = False


def json_response(status: int, value: JsonObject) -> HttpResponse:
    return HttpResponse(status, json.dumps(value, indent=2).encode())


def html_response(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, text.encode(), "text/html; charset=utf-8", {"Cache-Control": "no-store"})


def redirect(url: str) -> HttpResponse:
    """303, so that a browser follows a form post with a GET."""
    return HttpResponse(303, b"", "text/plain; charset=utf-8", {"Location": url})
