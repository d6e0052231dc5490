"""bin/supervise.py with a stand-in web server and worker."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SUPERVISE = Path(__file__).resolve().parents[2] / "bin" / "supervise.py"
READY = "The portal is ready: http://127.0.0.1:{port}/   (Ctrl-C stops it)\n"
GUNICORN = """#!/bin/sh
echo $$ >web.pid
exec {python} -m http.server "$PORT" --bind 127.0.0.1 >/dev/null
"""
CELERY = """#!/bin/sh
sleep 60 & # as beat beside the worker
echo $$ $! >>worker.pids
wait
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def supervisor(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "python").symlink_to(sys.executable)
    for name, text in (("gunicorn", GUNICORN.format(python=sys.executable)), ("celery", CELERY)):
        (binaries / name).write_text(text)
        (binaries / name).chmod(0o755)
    (tmp_path / "manage.py").write_text("import sys; print(*sys.argv[1:])")
    (tmp_path / "healthz").write_text("ok")
    process = subprocess.Popen(
        [binaries / "python", SUPERVISE],
        cwd=tmp_path,
        env=dict(os.environ, PORT=str(port), PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.terminate()  # not kill: it shall clean up after a failed test too
    process.communicate(timeout=60)  # beside other tests


def read_until(process: subprocess.Popen[str], line: str) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    while line not in lines:
        text = process.stdout.readline()
        assert text, lines
        lines.append(text)
    return lines


def pids(path: Path) -> list[int]:
    return [int(word) for word in path.read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_gone(*numbers: int) -> None:
    deadline = time.monotonic() + 10
    while any(map(is_running, numbers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [number for number in numbers if is_running(number)] == []


def test_supervise_prepares_starts_and_stops_everything(
    supervisor: subprocess.Popen[str], tmp_path: Path, port: int
) -> None:
    assert read_until(supervisor, READY.format(port=port)) == [
        "Preparing the database…\n",
        "migrate -v 0\n",
        "createcachetable\n",
        "seed_demo --if-empty\n",
        "seed_demo --print-logins\n",
        "\n",
        READY.format(port=port),
    ]
    started = pids(tmp_path / "web.pid") + pids(tmp_path / "worker.pids")
    assert all(map(is_running, started))
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(20) == 0
    wait_until_gone(*started)


def test_supervise_leaves_nothing_when_killed(supervisor: subprocess.Popen[str], tmp_path: Path, port: int) -> None:
    read_until(supervisor, READY.format(port=port))
    web, (worker, beat) = pids(tmp_path / "web.pid"), pids(tmp_path / "worker.pids")
    supervisor.kill()
    wait_until_gone(*web, worker)
    os.kill(beat, signal.SIGKILL)  # a real worker ends its scheduler itself; this one is a shell


def test_supervise_starts_a_dead_worker_again(supervisor: subprocess.Popen[str], tmp_path: Path, port: int) -> None:
    read_until(supervisor, READY.format(port=port))
    first = pids(tmp_path / "worker.pids")
    os.kill(first[0], signal.SIGKILL)
    deadline = time.monotonic() + 15
    while len(pids(tmp_path / "worker.pids")) < 4 and time.monotonic() < deadline:
        time.sleep(0.1)
    wait_until_gone(*first)
    assert all(map(is_running, pids(tmp_path / "worker.pids")[2:]))
    supervisor.terminate()
    assert supervisor.wait(20) == 0


def test_supervise_stops_when_the_web_server_dies(supervisor: subprocess.Popen[str], tmp_path: Path, port: int) -> None:
    read_until(supervisor, READY.format(port=port))
    os.kill(pids(tmp_path / "web.pid")[0], signal.SIGKILL)
    assert supervisor.wait(20) == 1
    assert supervisor.stderr is not None
    assert "The web server has stopped by itself. Its messages are above.\n" in supervisor.stderr.read()
    wait_until_gone(*pids(tmp_path / "worker.pids"))


def test_supervise_names_the_way_out_when_the_port_is_taken(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        result = subprocess.run(
            [sys.executable, SUPERVISE],
            env=dict(os.environ, PORT=str(port)),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert result.returncode == 1
    assert result.stderr == f"Port {port} is taken by another program. Choose another: make run PORT={port + 1}\n"
