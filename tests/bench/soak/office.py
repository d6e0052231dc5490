"""The whole portal as processes that can be killed: web, worker with beat, mail server, Stripe peer; the text gateway, too."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from servers import Servers

from tests.bench.web import ROOT, Server
from tests.journeys.inbox import Inbox
from tests.journeys.stack import free_port
from tests.peers.sms_driver import SmsPeer
from tests.peers.stripe_driver import KEY, SECRET, StripePeer

VAR_DIR = os.environ["VAR_DIR"]
WORKER = ["celery", "-q", "-A", "opscom", "worker", "-B", "-P", "solo", "-l", "WARNING"]


@dataclass
class Office:
    """Started processes; `stop` ends each by its own id. `servers` are PostgreSQL and Redis."""

    servers: Servers
    inbox: Inbox = field(default_factory=lambda: Inbox(free_port()))
    peer: StripePeer = field(default_factory=lambda: StripePeer(port=free_port(), books=f"{VAR_DIR}/stripe.books"))
    sms: SmsPeer = field(default_factory=SmsPeer)
    web: Server = field(default_factory=lambda: Server("opscom.wsgi"))
    worker: subprocess.Popen[bytes] | None = None
    log: Path = field(default_factory=lambda: Path(VAR_DIR) / "worker.log")
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Everything, in the order in which parts need each other."""
        email_url = self.inbox.start()
        self.peer.start()
        self.sms.start()
        self.environment = {
            **self.sms.environment,
            "EMAIL_URL": email_url,
            "BASE_URL": f"http://127.0.0.1:{self.web.port}",
            "STRIPE_API_BASE": self.peer.url,
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRET": SECRET,
        }
        self.web.environment = self.environment
        self.web.start()
        self.peer.control("webhooks", url=f"{self.environment['BASE_URL']}/webhooks/stripe/", secret=SECRET)
        self.sms.control("webhook", url=f"{self.environment['BASE_URL']}/webhooks/sms/", carrier=False)
        self.start_worker()

    def start_worker(self) -> None:
        """The background worker with its beat, in a group of their own."""
        command = [str(Path(sys.executable).parent / WORKER[0]), *WORKER[1:]]
        with self.log.open("ab") as log:
            self.worker = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill_worker(self) -> None:
        """As a machine that loses its power: worker and beat at once."""
        assert self.worker is not None
        with suppress(ProcessLookupError):
            os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait()

    def kill_web_worker(self) -> None:
        """One of the web processes, in the middle of whatever it does; gunicorn starts another."""
        pids = self.web.workers()
        if pids:
            with suppress(ProcessLookupError):
                os.kill(pids[0], signal.SIGKILL)

    def kill_web(self) -> None:
        """All of the web server at once, in the middle of whatever it does."""
        assert self.web.process is not None
        for pid in (self.web.process.pid, *self.web.workers()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.web.process.wait()

    def stop(self) -> None:
        """Web and worker stop; the peer and the mail server are asked afterwards, so `close` comes later."""
        self.web.stop()
        if self.worker is not None:
            self.worker.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.worker.wait(15)
            self.kill_worker()
            self.worker = None

    def close(self) -> None:
        """The rest."""
        self.stop()
        self.sms.stop()
        self.peer.stop()
        self.inbox.stop()


def pause(pid: int, seconds: float) -> None:
    """The process stands still for a while: connections stay open and nothing answers."""
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)
