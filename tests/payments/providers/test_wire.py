"""One POST, in time, of bounded size, never redirected; XML without entities; amounts as vendors write them."""

import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from payments.errors import ProviderUnreachable
from payments.providers import wire


class Vendor(BaseHTTPRequestHandler):
    """Answers as the path says."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status, size = {"/ok": (200, 3), "/moved": (302, 0), "/much": (200, wire.MOST_BYTES + 1), "/torn": (200, 9)}[
            self.path
        ]
        self.send_response(status)
        self.send_header("Location", "/ok")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(b"x" * (1 if self.path == "/torn" else size))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silence."""


@pytest.fixture
def vendor() -> Iterator[str]:
    """Its address."""
    with HTTPServer(("127.0.0.1", 0), Vendor) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_answer_is_read(vendor: str) -> None:
    assert wire.post("V", f"{vendor}/ok", b"a", "text/xml") == b"xxx"


@pytest.mark.parametrize(
    ("path", "words"),
    [("/moved", "V answers with status 302"), ("/much", "V answers without end"), ("/torn", "V: ProtocolError")],
)
def test_answer_that_is_none_of_theirs_concludes_nothing(vendor: str, path: str, words: str) -> None:
    with pytest.raises(ProviderUnreachable, match=f"^{words}$"):
        wire.post("V", vendor + path, b"a", "text/xml")


def test_nobody_listening_is_unreachable_and_the_error_says_only_its_kind() -> None:
    with pytest.raises(ProviderUnreachable, match=r"^V: ConnectionError$") as error:
        wire.post("V", "http://127.0.0.1:9/secret-path", b"secret", "text/xml")
    assert error.value.__suppress_context__


@pytest.mark.parametrize(
    "text",
    [
        b'<!DOCTYPE a [<!ENTITY b "boom">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"<a><b></a>",
        b"<html>Welcome",
        b"",
    ],
)
def test_xml_with_declarations_or_none_at_all_is_refused(text: bytes) -> None:
    with pytest.raises(ProviderUnreachable, match=r"^V answers no XML"):
        wire.read_xml("V", text)


def test_xml_is_written_in_order_and_escaped() -> None:
    text = wire.write_xml("a", {"b": "x < y & z\x00\x0b", "c": {"d": "\U0001f17fé"}, "e": ""})
    assert text == "<a><b>x &lt; y &amp; z</b><c><d>\U0001f17fé</d></c><e></e></a>"
    assert wire.read_xml("V", text.encode()).findtext("b") == "x < y & z"


@pytest.mark.parametrize(
    ("amount", "text"), [("30", "30.00"), ("30.5", "30.50"), ("0.00", "0.00"), ("99999999.99", "99999999.99")]
)
def test_amount_is_written_with_two_decimals(amount: str, text: str) -> None:
    assert wire.write_amount(Decimal(amount)) == text
    assert wire.read_amount("V", text) == Decimal(amount)


@pytest.mark.parametrize("amount", ["1.005", "-1.00", "NaN", "Infinity", "123456789.00"])
def test_amount_that_has_no_such_form_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="two decimals"):
        wire.write_amount(Decimal(amount))


@pytest.mark.parametrize("text", ["", "1", "1.5", "1,50", "-1.00", " 1.00", "1.000", "1e2", "NaN", "null"])
def test_amount_that_is_none_concludes_nothing(text: str) -> None:
    with pytest.raises(ProviderUnreachable):
        wire.read_amount("V", text)
