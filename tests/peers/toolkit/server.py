"""A loopback HTTP server for one peer, and the program around it."""

import argparse
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Any, Protocol

from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse

HOST = "127.0.0.1"
MAX_BODY = 1_000_000


class Answering(Protocol):
    """A peer: told its own address (no slash at the end), it answers requests."""

    base_url: str

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The answer to one request; called by many threads at once."""


class Server(ThreadingHTTPServer):
    """One thread per connection; threads never hold up the exit."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, peer: Answering) -> None:
        self.peer = peer
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
    """Reads the request and writes the peer's answer. Logs nothing: bodies can hold card numbers and credentials."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "peer"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silence: an access log is no use to a test."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY:
            self._send(HttpResponse(413))
            self.close_connection = True
            return
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = HttpRequest(self.command, path, query, headers, self.rfile.read(length))
        try:
            response = self.server.peer.answer(request)
        except Exception:  # a bug in the peer must reach both stderr and the client
            traceback.print_exc()
            response = HttpResponse(500, b"The test peer itself failed.", "text/plain; charset=utf-8")
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


def parser(name: str, **required: str) -> argparse.ArgumentParser:
    """The command line: `--port`, and a required option with its help for each name."""
    options = argparse.ArgumentParser(prog=name, description="Strict stand-in on 127.0.0.1 only.")
    options.add_argument("--port", type=int, default=0, help="0 = any free port")
    for option, text in required.items():
        options.add_argument(f"--{option.replace('_', '-')}", required=True, help=text)
    return options


def serve(port: int, peer: Answering) -> None:
    """Print the `listening` line and serve until SIGTERM or SIGINT."""
    server = Server(port, peer)

    def stop(number: int, frame: FrameType | None) -> None:
        """shutdown() waits for the serving loop, so it must not run in this very thread."""
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(f"listening {peer.base_url}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.05)
    server.server_close()
