"""``python -m tests.peers.stripe_peer --port 0 --secret-key sk_test_x --webhook-url URL --webhook-secret whsec_x``"""

import argparse
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from types import FrameType

from .api import load_schemas
from .keeping import Door, load_books, save_books
from .server import PeerServer, route
from .state import Peer
from .webhooks import Sender, Switches


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = _parser().parse_args()
    load_schemas()
    sender = Sender(Switches(url=options.webhook_url, secret=options.webhook_secret, delay=options.delay))
    peer = Peer(secret_key=options.secret_key, sender=sender)
    if options.books:
        load_books(peer, Path(options.books))
    door = Door(partial(route, peer))
    server = PeerServer(options.port, peer, door)

    def stop(number: int, frame: FrameType | None) -> None:
        """shutdown() waits for the serving loop, so it must not run in this very thread."""
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(f"listening {peer.base_url}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    door.close()
    sender.stop()
    if options.books:
        save_books(peer, Path(options.books))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stripe_peer", description="Strict stand-in for Stripe, on 127.0.0.1 only.")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port")
    parser.add_argument("--secret-key", required=True, help="the one API key that is accepted, e.g. sk_test_x")
    parser.add_argument("--webhook-url", default="", help="empty = no deliveries until POST /_test/webhooks sets one")
    parser.add_argument("--webhook-secret", default="", help="signs deliveries, e.g. whsec_x")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds between an event and its delivery")
    parser.add_argument(
        "--books", default="", help="a file that keeps what the peer knows from one process to the next"
    )
    return parser


if __name__ == "__main__":
    main()
