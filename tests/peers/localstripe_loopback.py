"""Runs PyPI ``localstripe`` on 127.0.0.1 only, with nothing on disk: ``python -m tests.peers.localstripe_loopback``.

Its own entry point listens on every interface and pickles its state to a fixed file in /tmp, which two runs would share.
It is imported by name because it has no type stubs.
"""

import argparse
import socket
import sys
from importlib import import_module

from aiohttp import web

HOST = "127.0.0.1"


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="localstripe_loopback")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port")
    port = parser.parse_args().port
    import_module("localstripe.resources").Store.dump_to_disk = _keep_in_memory
    app = import_module("localstripe.server").app
    listener = socket.create_server((HOST, port))
    sys.stdout.write(f"listening http://{HOST}:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    web.run_app(app, sock=listener, print=None, access_log=None)


def _keep_in_memory(store: object) -> None:
    """Takes the place of ``Store.dump_to_disk``."""


if __name__ == "__main__":
    main()
