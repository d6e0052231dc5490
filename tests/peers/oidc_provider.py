"""``python -m tests.peers.oidc_provider [--port 0] [--claims-in-userinfo]``: oidc-provider-mock on 127.0.0.1 only.

The second option leaves nothing but the subject in the ID token, as certified providers do by default.
"""

import argparse
import logging
import os
import signal
import sys
from types import FrameType
from typing import Any

import oidc_provider_mock
from jinja2 import ChoiceLoader, DictLoader
from oidc_provider_mock import _app
from werkzeug.serving import make_server

# Its own pages fetch a style sheet from elsewhere.
PLAIN_PAGE = (
    '<!doctype html><html lang="en"><title>Provider</title><main>{% block content %}{% endblock %}</main></html>'
)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="oidc_provider")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port")
    parser.add_argument("--claims-in-userinfo", action="store_true")
    options = parser.parse_args()
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback has no TLS
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    if options.claims_in_userinfo:
        _app.OpenIDCode.generate_user_info = _only_the_subject
    app = oidc_provider_mock.app(require_nonce=True)
    app.jinja_loader = ChoiceLoader([DictLoader({"_base.html": PLAIN_PAGE}), app.jinja_loader])
    server = make_server("127.0.0.1", options.port, app, threaded=True)

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(f"listening http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.05)


def _only_the_subject(grant: Any, user: Any, scope: str) -> dict[str, Any]:
    return {"sub": user.sub}


if __name__ == "__main__":
    main()
