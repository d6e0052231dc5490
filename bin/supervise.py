"""Prepare the database, then run the web server and one worker side by side until Ctrl-C. bin/run calls it.

A worker that dies is started again; when the web server dies, all stops. Nothing outlives this process: each child leads
a process group of its own, which is ended with it, and the kernel tells it to stop should this process be killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

BIN = Path(sys.executable).parent
PREPARATION = (["migrate", "-v", "0"], ["createcachetable"], ["seed_demo", "--if-empty"])
BOOT_SECONDS = 60
STOP_SECONDS = 10
MAX_RESTART_SECONDS = 60
PR_SET_PDEATHSIG = 1  # Linux, prctl(2)


def main() -> int:
    port = int(os.environ.get("PORT") or 8000)
    if not is_free(port):
        print(f"Port {port} is taken by another program. Choose another: make run PORT={port + 1}", file=sys.stderr)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        print("Preparing the database…", flush=True)
        for command in PREPARATION:
            if manage(*command) != 0:
                return 1
        children["web"] = start_web(port)
        children["worker"] = start_worker()
        if not answers(f"http://127.0.0.1:{port}/healthz", children["web"]):
            print("The web server did not start. Its messages are above.", file=sys.stderr)
            return 1
        manage("seed_demo", "--print-logins")
        print(f"\nThe portal is ready: http://127.0.0.1:{port}/   (Ctrl-C stops it)", flush=True)
        watch(children)
        print("The web server has stopped by itself. Its messages are above.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopping…", flush=True)
        return 0
    finally:
        ignore_signals()
        for child in children.values():
            child.terminate()
        for child in children.values():
            stop(child)


def manage(*arguments: str) -> int:
    return subprocess.call([sys.executable, "manage.py", *arguments])


def start_web(port: int) -> subprocess.Popen[bytes]:
    options = ["-w", "2", "-b", f"127.0.0.1:{port}", "--timeout", "30", "--log-level", "warning", "--no-control-socket"]
    command = [str(BIN / "gunicorn"), "opscom.wsgi", *options]
    return start(command, PYTHONWARNINGS="ignore:No directory at")  # static files come from where they are developed


def start_worker() -> subprocess.Popen[bytes]:
    command = [str(BIN / "celery"), "-q", "-A", "opscom", "worker", "-B", "-P", "solo", "-l", "warning"]
    return start(command, PYTHONWARNINGS="ignore:::celery.platforms")  # its advice against root is for production


def start(command: Sequence[str], **variables: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env={**os.environ, **variables},
        start_new_session=True,
        preexec_fn=end_with_parent(signal.SIGTERM),
    )


def stop(child: subprocess.Popen[bytes], *, with_signal: int = signal.SIGTERM, group: bool = True) -> None:
    """Ask the child to end, wait, then end by force what is left of it (and of the process group that it leads)."""
    if child.poll() is None:
        child.send_signal(with_signal)
        with suppress(subprocess.TimeoutExpired):
            child.wait(STOP_SECONDS)
    if group:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()


def watch(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Keep a worker running, ever more patiently where it does not start at all; return when the web server has ended."""
    wait, started = 1, time.monotonic()
    while children["web"].poll() is None:
        worker, now = children["worker"], time.monotonic()
        if worker.poll() is None:
            wait = 1 if now > started + MAX_RESTART_SECONDS else wait
        elif now >= started + wait:
            print(f"The worker has stopped (exit code {worker.returncode}). Starting it again.", file=sys.stderr)
            stop(worker)  # its scheduler may have outlived it
            children["worker"], started = start_worker(), now
            wait = min(wait * 2, MAX_RESTART_SECONDS)
        time.sleep(0.5)


def answers(url: str, web: subprocess.Popen[bytes]) -> bool:
    """Wait for the first good answer; False when the server ends or time is up before."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
    trouble: OSError | None = None
    deadline = time.monotonic() + BOOT_SECONDS
    while web.poll() is None and time.monotonic() < deadline:
        try:
            with opener.open(url, timeout=5):
                return True
        except OSError as error:
            trouble = error
            time.sleep(0.2)
    print(f"{url}: {trouble}", file=sys.stderr)
    return False


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def end_with_parent(number: int) -> Callable[[], object]:
    """For Popen's preexec_fn: the kernel sends the child this signal when its parent dies, even by SIGKILL (Linux only)."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(number))


def ignore_signals() -> None:
    """While cleaning up: a second Ctrl-C must not leave half of it undone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _leave(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
