"""The whole portal as an office runs it: web processes, a worker with beat, mail, a card provider, on the test database."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection

from tests.journeys.inbox import Inbox
from tests.peers.stripe_driver import KEY, SECRET, StripePeer

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 90
NOBODY = "http://127.0.0.1:9"  # no process of these asks a real card provider by mistake


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def database_url() -> str:
    """Where the test database is, for other processes."""
    parts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{parts['NAME']}"
    return f"postgres://{parts['USER']}:{parts['PASSWORD']}@{parts['HOST']}:{parts['PORT']}/{parts['NAME']}"


@dataclass
class Stack:
    """Processes that this test run started; `url` is the portal with Stripe, `sandbox_url` the one with the sandbox."""

    inbox: Inbox = field(default_factory=lambda: Inbox(free_port()))
    peer: StripePeer = field(default_factory=StripePeer)
    url: str = ""
    sandbox_url: str = ""
    var: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="opscom-journeys-")))
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    logs: list[IO[bytes]] = field(default_factory=list)
    common: dict[str, str] = field(default_factory=dict)

    @property
    def portals(self) -> dict[str, str]:
        """The portal of each card provider."""
        return {"stripe": self.url, "sandbox": self.sandbox_url}

    def start(self) -> None:
        """Start everything and wait until pages load."""
        email_url = self.inbox.start()
        self.peer.start()
        ports = free_port(), free_port()
        self.url, self.sandbox_url = (f"http://127.0.0.1:{port}" for port in ports)
        self.peer.control("webhooks", url=f"{self.url}/webhooks/stripe/", secret=SECRET)
        self.common = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "EMAIL_URL": email_url,
            "VAR_DIR": str(self.var),
            "MEDIA_ROOT": str(settings.MEDIA_ROOT),
            "SECRET_KEY": settings.SECRET_KEY,
            "DJANGO_SETTINGS_MODULE": "tests.journeys.settings",
            "STRIPE_API_BASE": self.peer.url,
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "MONERIS_CHECKOUT_HOST": NOBODY,
            "MONERIS_GATEWAY_HOST": NOBODY,
            "EDGEEXPRESS_HOST": NOBODY,
        }
        stripe = self.common | {"CARD_PROVIDER": "stripe", "BASE_URL": self.url}
        sandbox = self.common | {"CARD_PROVIDER": "sandbox", "BASE_URL": self.sandbox_url}
        self._run("web", ["gunicorn", "opscom.wsgi", "-w", "2", "-b", f"127.0.0.1:{ports[0]}"], stripe)
        self._run("web-sandbox", ["gunicorn", "opscom.wsgi", "-w", "1", "-b", f"127.0.0.1:{ports[1]}"], sandbox)
        self._run("worker", ["celery", "-A", "opscom", "worker", "-B", "-P", "solo", "-l", "INFO"], stripe)
        for url in (self.url, self.sandbox_url):
            self._wait(f"{url}/healthz")

    def open_portal(self, name: str, **environment: str) -> str:
        """One more web process on the same database, as an operator with these variables runs it; answers its address."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        variables = self.common | {"CARD_PROVIDER": "stripe", "BASE_URL": url} | environment
        self._run(name, ["gunicorn", "opscom.wsgi", "-w", "1", "-b", f"127.0.0.1:{port}"], variables)
        self._wait(f"{url}/healthz")
        return url

    def stop(self) -> None:
        """Stop what was started, by its own process."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for log in self.logs:
            log.close()
        self.peer.stop()
        self.inbox.stop()

    def log(self, name: str) -> str:
        """What a process has written so far."""
        return (self.var / f"{name}.log").read_text(errors="replace")

    def _run(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        log = (self.var / f"{name}.log").open("wb")
        program = [str(Path(sys.executable).parent / command[0]), *command[1:]]
        self.logs.append(log)
        self.processes.append(
            subprocess.Popen(program, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        )

    def _wait(self, url: str) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(url, timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError(f"{url} did not answer: {self.log('web')[-3000:]} {self.log('web-sandbox')[-1000:]}")
