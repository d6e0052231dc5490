"""A second opinion on Checkout's happy path: a session of npm's `emulate`, which is not ours, seen by the official SDK and by our
reading of it. It needs Node 22, so it is run only where somebody has put both into a folder and names that in EMULATE:

    npm install node@22 emulate@0.12.2

emulate sells stored prices alone, and a session of it names neither reference, amount nor payment intent: nothing of it could
be settled, and the rest of the adapter is for our own peer.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from payments.providers.base import Result
from payments.providers.stripe import _result
from tests.lib.ports import free_port
from tests.peers.sockets import LOOPBACK, listening_hosts

FOLDER = Path(os.environ.get("EMULATE", "")) / "node_modules"
SEED = """
stripe:
  products: [{id: prod_ticket, name: Ticket}]
  prices: [{id: price_ticket, product_name: Ticket, currency: cad, unit_amount: 3000}]
"""
WAIT_SECONDS = 60.0

pytestmark = pytest.mark.skipif("EMULATE" not in os.environ, reason="EMULATE names no folder with node@22 and emulate")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of emulate's Stripe, a process of its own."""
    folder = tmp_path_factory.mktemp("emulate")
    (folder / "seed.yaml").write_text(SEED)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    said = ["--service", "stripe", "--port", str(port), "--seed", str(folder / "seed.yaml")]
    with (folder / "log").open("wb") as log:
        program = [str(FOLDER / ".bin/node"), str(FOLDER / "emulate/dist/index.js"), *said]
        process = subprocess.Popen(program, stdout=log, stderr=log, cwd=folder)
    try:
        wait_for(url, process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait(10)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers; where it has ended, why."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            requests.get(url, timeout=2)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"emulate does not run: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture
def session(server: str) -> Any:
    """An open session for one ticket."""
    return client(server).v1.checkout.sessions.create(
        params={
            "mode": "payment",
            "line_items": [{"price": "price_ticket", "quantity": 1}],
            "client_reference_id": "P1",
            "metadata": {"payment": "P1"},
            "success_url": f"{server}/back?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{server}/back",
        },
        options={"idempotency_key": "pay-P1"},
    )


def client(server: str) -> Any:
    """The official SDK, pointed at it."""
    return stripe.StripeClient("sk_test_emulate", base_addresses={"api": server}, max_network_retries=0)


def test_emulate_listens_on_loopback_only(server: str) -> None:
    assert listening_hosts(server) == [LOOPBACK]


def test_session_is_open_then_paid_and_leads_back_with_its_name(server: str, session: Any) -> None:
    assert (session.status, _result(session.status, session.payment_status)) == ("open", Result.OPEN)
    assert requests.get(session.url, timeout=5).status_code == 200
    paid = requests.post(f"{server}/checkout/{session.id}/complete", allow_redirects=False, timeout=5)
    assert (paid.status_code, paid.headers["Location"]) == (302, f"{server}/back?session={session.id}")
    found = client(server).v1.checkout.sessions.retrieve(session.id)
    assert (_result(found.status, found.payment_status), found.metadata["payment"]) == (Result.APPROVED, "P1")


def test_session_that_expired_is_over(server: str, session: Any) -> None:
    client(server).v1.checkout.sessions.expire(session.id)
    found = client(server).v1.checkout.sessions.retrieve(session.id)
    assert _result(found.status, found.payment_status) is Result.EXPIRED
