"""``python -m tests.peers.bambora_peer --merchant 300200578 --hash-key K --payments P1 --profiles P2 --reporting P3``"""

import argparse
import signal
import sys
import threading
from functools import partial
from types import FrameType

from tests.peers.stripe_peer.server import PeerServer

from .routes import answer
from .state import Merchant, Peer


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="bambora_peer", description="Strict stand-in for Bambora, on 127.0.0.1 only.")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port")
    for name in ("merchant", "hash-key", "payments", "profiles", "reporting"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--algorithm", choices=("sha1", "md5"), default="sha1")
    options = parser.parse_args()
    peer = Peer(
        Merchant(
            number=options.merchant,
            hash_key=options.hash_key,
            algorithm=options.algorithm,
            passcodes={"payments": options.payments, "profiles": options.profiles, "reports": options.reporting},
        )
    )
    server = PeerServer(options.port, peer, partial(answer, peer))

    def stop(number: int, frame: FrameType | None) -> None:
        """shutdown() waits for the serving loop, so it must not run in this very thread."""
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(f"listening {peer.base_url}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.05)
    server.server_close()


if __name__ == "__main__":
    main()
