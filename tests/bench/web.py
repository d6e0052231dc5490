"""The two servers under measurement: gunicorn with two sync workers each, the portal's and the limit's."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.bench.load import Visitor
from tests.journeys.stack import database_url, free_port

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
START_SECONDS = 180  # of a machine with much else to do
LIMIT_DATABASE = "bench_limit"


@dataclass
class Server:
    """One gunicorn on a free port of loopback; `environment` is added to this process's own."""

    application: str
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(default_factory=lambda: Path(tempfile.mkstemp(suffix=".log")[1]))

    def start(self) -> "Server":
        """Start it and wait for its first answer."""
        options = [
            "-w",
            str(WORKERS),
            "-b",
            f"127.0.0.1:{self.port}",
            "--backlog",
            "2048",
            "--log-level",
            "warning",
            "--no-control-socket",
        ]
        command = [str(Path(sys.executable).parent / "gunicorn"), self.application, *options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **self.environment}, stdout=log, stderr=log
            )
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(OSError):
                Visitor(self.port).get("/")
                return self
            time.sleep(0.1)
        raise RuntimeError(f"{self.application} did not start: {self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        """Stop it by its own process."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.unlink(missing_ok=True)

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        assert self.process is not None
        return [int(pid) for pid in children(self.process.pid)]


def children(pid: int) -> list[str]:
    """Process ids below a process."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def resident_megabytes(pid: int) -> float:
    """Resident set size."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def most_megabytes(pid: int | str = "self") -> float:
    """The most memory that it had so far; 0 once it has ended. The kernel's account of resources (getrusage, wait4) begins with
    the memory of the process that started this one."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0) / 1024


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used, its own and the kernel's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def prepare_portal() -> None:
    """Tables and static files, as an installation has them."""
    call_command("migrate", verbosity=0)
    if not static_files_are_fresh():
        call_command("collectstatic", interactive=False, verbosity=0)


def static_files_are_fresh() -> bool:
    """Collecting and compressing takes most of a minute, so what is there is used where nothing is newer."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    sources = [path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*")]
    return manifest.exists() and max(path.stat().st_mtime for path in sources) < manifest.stat().st_mtime


def prepare_limit() -> tuple[dict[str, str], str]:
    """A database of its own on the same PostgreSQL. Answers the server's environment and the key of a session."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {LIMIT_DATABASE}")
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.bench.limit.settings",
        "LIMIT_DATABASE_URL": database_url().rpartition("/")[0] + f"/{LIMIT_DATABASE}",
    }
    command = [sys.executable, "-m", "tests.bench.limit.prepare"]
    prepared = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, check=True, capture_output=True, text=True
    )
    return environment, prepared.stdout.strip()
