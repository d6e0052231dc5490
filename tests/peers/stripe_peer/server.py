"""The loopback HTTP server and its three halves: ``/v1`` (API), ``/c/pay`` (hosted page), ``/_test`` (switches)."""

import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from .api import handle_api
from .control import handle_control
from .messages import HttpRequest, HttpResponse, json_response
from .page import PREFIX, handle_page
from .state import Peer

HOST = "127.0.0.1"
MAX_BODY = 1_000_000


class HasAddress(Protocol):
    """A peer that wants to know where it is reached."""

    base_url: str


class PeerServer(ThreadingHTTPServer):
    """One thread per connection; threads never hold up the exit."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, peer: HasAddress, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        """``answer`` is asked for each request; ``peer`` learns its address."""
        self.answer = answer
        self.to_reset: set[int] = set()
        super().__init__((HOST, port), Handler)
        peer.base_url = f"http://{HOST}:{self.server_address[1]}"

    def shutdown_request(self, request: Any) -> None:
        """For a connection to be reset, close with RST instead of the polite FIN."""
        if id(request) in self.to_reset:
            self.to_reset.discard(id(request))
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the tests; anything else belongs on stderr."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Reads the request, routes by first path part, writes the answer. Logs nothing: bodies can hold card numbers."""

    server: PeerServer
    protocol_version = "HTTP/1.1"
    server_version = "stripe-peer"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silence: an access log is no use to a test."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY:
            self._send(json_response(413, {"error": {"type": "invalid_request_error", "message": "Body too large."}}))
            self.close_connection = True
            return
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = HttpRequest(self.command, path, query, headers, self.rfile.read(length))
        try:
            response = self.server.answer(request)
        except Exception:  # a bug in the peer must reach both stderr and the client
            traceback.print_exc()
            response = json_response(500, {"error": {"type": "api_error", "message": "The test peer itself failed."}})
        time.sleep(response.sleep)
        if response.reset:
            self.server.to_reset.add(id(self.connection))
            self.close_connection = True
        else:
            self._send(response)

    def _send(self, response: HttpResponse) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()


def route(peer: Peer, request: HttpRequest) -> HttpResponse:
    """Everything that is neither page nor switch is answered like the API, in Stripe's error shape."""
    if request.path.startswith(PREFIX):
        return handle_page(peer, request)
    if request.path.startswith("/_test/"):
        return handle_control(peer, request)
    return handle_api(peer, request)
