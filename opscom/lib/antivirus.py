"""Ask a virus scanner, if the operator has one: clamd's INSTREAM over TCP or a unix socket (settings.CLAMD_URL).

Off by default. A scanner that is away is no verdict: the caller keeps the file aside and asks again.
"""

import socket
import struct
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT_SECONDS = 10
CHUNK = 64 * 1024
LONGEST_ANSWER = 4096
DEFAULT_PORT = 3310


class ScannerAway(Exception):
    """The scanner does not answer, or cannot say."""


def is_configured() -> bool:
    """Whether there is a scanner to ask."""
    return bool(settings.CLAMD_URL)


def find_virus(content: bytes) -> str:
    """The name of what the scanner finds in it, or nothing. ScannerAway where it cannot say."""
    answer = _talk(b"zINSTREAM\0", *_chunks(content))
    if answer == "stream: OK":
        return ""
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND") or "?"
    raise ScannerAway(answer)


def ping() -> None:
    """ScannerAway unless the scanner lives."""
    answer = _talk(b"zPING\0")
    if answer != "PONG":
        raise ScannerAway(answer)


def _chunks(content: bytes) -> list[bytes]:
    """Each part with its length before it, four bytes big-endian; an empty one ends the stream."""
    parts = [content[start : start + CHUNK] for start in range(0, len(content), CHUNK)]
    return [struct.pack(">I", len(part)) + part for part in [*parts, b""]]


def _talk(*messages: bytes) -> str:
    try:
        with _connect() as scanner:
            for message in messages:
                scanner.sendall(message)
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
                part = scanner.recv(CHUNK)
                if not part:
                    break
                answer += part
    except OSError as error:
        raise ScannerAway(str(error)) from error
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connect() -> socket.socket:
    """tcp://host:3310 or unix:///run/clamav/clamd.ctl"""
    address = urlsplit(settings.CLAMD_URL)
    if address.scheme == "unix":
        scanner = socket.socket(socket.AF_UNIX)
        scanner.settimeout(TIMEOUT_SECONDS)
        scanner.connect(address.path)
        return scanner
    return socket.create_connection((address.hostname, address.port or DEFAULT_PORT), TIMEOUT_SECONDS)
