"""The whole portal as processes that can be killed: web, worker with beat, mail server, Stripe peer."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.web import ROOT, Server, children
from tests.journeys.inbox import Inbox
from tests.journeys.stack import free_port
from tests.peers.stripe_driver import KEY, SECRET, StripePeer

WORKER = ["celery", "-q", "-A", "opscom", "worker", "-B", "-P", "solo", "-l", "WARNING"]


@dataclass
class Office:
    """Started processes; `stop` ends each by its own id."""

    inbox: Inbox = field(default_factory=lambda: Inbox(free_port()))
    peer: StripePeer = field(default_factory=StripePeer)
    web: Server = field(default_factory=lambda: Server("opscom.wsgi"))
    worker: subprocess.Popen[bytes] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    log: Path = field(default_factory=lambda: Path(os.environ["VAR_DIR"]) / "worker.log")
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Everything, in the order in which parts need each other."""
        email_url = self.inbox.start()
        self.peer.start()
        self.environment = {
            "EMAIL_URL": email_url,
            "BASE_URL": f"http://127.0.0.1:{self.web.port}",
            "STRIPE_API_BASE": self.peer.url,
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRET": SECRET,
        }
        self.web.environment = self.environment
        self.web.start()
        self.peer.control("webhooks", url=f"http://127.0.0.1:{self.web.port}/webhooks/stripe/", secret=SECRET)
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
        self.peer.stop()
        self.inbox.stop()


def redis_process() -> int | None:
    """The throw-away Redis that bin/services started beside us, and no other."""
    return next((pid for pid in map(int, children(os.getppid())) if _name(pid) == "redis-server"), None)


def pause(pid: int, seconds: float) -> None:
    """The process stands still for a while: connections stay open and nothing answers."""
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
