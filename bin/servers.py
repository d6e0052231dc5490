"""A throw-away PostgreSQL and Redis that can be killed and started again. bin/services and bin/soak call it."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervise import end_with_parent, stop

START_SECONDS = 30
GONE_SECONDS = 10
POSTGRESQL, REDIS = "postgres", "redis-server"
POSTGRESQL_SETTINGS = {"listen_addresses": "127.0.0.1", "max_connections": "200"}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass
class Started:
    """What runs, and how it is started again."""

    command: Sequence[str]
    ready: Callable[[], bool]
    source: str
    process: subprocess.Popen[bytes]


class Servers:
    """What was started, in one folder that goes with it. `durable`: PostgreSQL writes to the disk before it says that a
    transaction is done, so that nothing acknowledged is lost when it is killed; otherwise it is quicker. `commit_times`: it
    keeps when each transaction was committed."""

    def __init__(self, *, durable: bool = False, commit_times: bool = False) -> None:
        self.durable = durable
        self.commit_times = commit_times
        self.started: dict[str, Started] = {}
        # Not TMPDIR: a socket's path must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="opscom-services-", dir="/tmp"))
        self.password = secrets.token_hex(16)
        self.popen: dict[str, Any] = {"cwd": self.folder}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = _first_user("postgres", "redis", "nobody")
            shutil.chown(self.folder, user.pw_uid, user.pw_gid)
            self.popen |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def start_postgresql(self) -> str:
        """Returns its address for DATABASE_URL, whose role may create databases but is no superuser."""
        binaries, data, port = _postgresql_binaries(), self.folder / "data", free_port()
        (self.folder / "password").write_text(self.password)  # nobody else may enter the folder
        initdb = f"{binaries}/initdb -D {data} -U postgres -A scram-sha-256 --pwfile password --no-sync -E UTF8 --locale C.UTF-8"
        subprocess.run(initdb.split(), check=True, stdout=subprocess.DEVNULL, **self.popen)
        settings = POSTGRESQL_SETTINGS | {"port": str(port), "unix_socket_directories": str(self.folder)}
        settings |= {} if self.durable else NOT_DURABLE
        settings |= {"track_commit_timestamp": "on"} if self.commit_times else {}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        address = ["-h", str(self.folder), "-p", str(port), "-U", "postgres"]
        ready = [str(binaries / "pg_isready"), "-q", *address]
        self._start([str(binaries / "postgres"), "-D", str(data), *options], lambda: subprocess.call(ready) == 0)
        for statement in (
            f"CREATE ROLE opscom LOGIN CREATEDB PASSWORD '{self.password}'",
            "CREATE DATABASE opscom OWNER opscom",
        ):
            psql = [str(binaries / "psql"), "-qX", *address]
            environment = {**os.environ, "PGPASSWORD": self.password}
            subprocess.run(psql, check=True, input=statement.encode(), env=environment)
        return f"postgres://opscom:{self.password}@127.0.0.1:{port}/opscom"

    def start_redis(self) -> str:
        program = shutil.which("redis-server")
        if program is None:
            sys.exit("Redis is not installed. Run: bin/setup test")
        port = free_port()
        settings = {"bind": "127.0.0.1", "port": port, "requirepass": self.password, "save": '""', "dir": self.folder}
        # Over standard input, so that the password is in no process list.
        source = "".join(f"{name} {value}\n" for name, value in settings.items())
        self._start([program, "-"], lambda: _redis_answers(port), source)
        return f"redis://default:{self.password}@127.0.0.1:{port}/0"

    def stop(self) -> None:
        for server in reversed(self.started.values()):
            stop(server.process, with_signal=signal.SIGINT)  # PostgreSQL's fast shutdown; Redis takes it too
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self, name: str) -> None:
        """As kill -9 does: nothing is tidied up. Answers once the processes that it had started are gone, too."""
        process = self.started[name].process
        below = _children(process.pid)
        process.kill()
        process.wait()
        end = time.monotonic() + GONE_SECONDS
        while any(_is_alive(pid) for pid in below):
            if time.monotonic() > end:  # one that is busy does not notice
                for pid in below:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def start_again(self, name: str) -> None:
        """On the same port, with what is on the disk. By the main thread: what a thread starts ends with the thread."""
        killed = self.started[name]
        self._start(killed.command, killed.ready, killed.source)

    def _start(self, command: Sequence[str], ready: Callable[[], bool], source: str = "") -> None:
        name = Path(command[0]).name
        log = self.folder / f"{name}.log"
        with log.open("ab") as output, tempfile.TemporaryFile() as stdin:
            stdin.write(source.encode())
            stdin.seek(0)
            process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGINT),
                **self.popen,
            )
        self.started[name] = Started(command, ready, source, process)
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{command[0]} did not start:\n{log.read_text()}")
            time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _redis_answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"-NOAUTH")
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_alive(pid: int) -> bool:
    """Not gone, and no zombie that nobody has asked for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _postgresql_binaries() -> Path:
    """Debian's 15 where it is, as in production; else the newest installed."""
    debian = Path("/usr/lib/postgresql/15/bin")
    if (debian / "initdb").exists():
        return debian
    others = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if others:
        return max(others, key=lambda folder: int(folder.parent.name))
    if on_path:
        return Path(on_path).parent
    sys.exit("PostgreSQL is not installed. Run: bin/setup test")


def _first_user(*names: str) -> pwd.struct_passwd:
    users = {user.pw_name: user for user in pwd.getpwall()}
    return next(users[name] for name in names if name in users)
