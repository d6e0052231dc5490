"""Starts a peer module as a subprocess and stops it by its own process id."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
LISTENING = re.compile(r"^listening (\w+://\S+)$", re.MULTILINE)
POLL_SECONDS = 0.02
NO_FILE = -1
CLEAN_EXITS = (0, -signal.SIGTERM)


class PeerError(RuntimeError):
    """The peer did not start, or died before it was told to stop. The text carries its exit code and stderr."""


class PeerProcess:
    """Context manager around ``python -m <module> <args>``.

    The module must print one line ``listening http://host:port`` (or another scheme) on stdout once it accepts connections.
    Output goes to temporary files, so a chatty peer can never fill a pipe and hang.
    """

    def __init__(self, module: str, *args: str, ready_timeout: float = 60.0) -> None:
        """``ready_timeout`` is in seconds."""
        self.module = module
        self.args = args
        self.ready_timeout = ready_timeout
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._stdout = self._stderr = NO_FILE

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        except PeerError as failure:
            if error is None:
                raise
            error.add_note(str(failure))

    @property
    def pid(self) -> int:
        """Process id of the running peer."""
        if self._process is None:
            raise PeerError(f"{self.module} is not running")
        return self._process.pid

    def start(self) -> Self:
        """Launch the peer and wait for its ``listening`` line; raises PeerError with its stderr otherwise."""
        self._stdout, self._stderr = _nameless_file(), _nameless_file()
        command = [sys.executable, "-u", "-m", self.module, *self.args]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=self._stdout, stderr=self._stderr
        )
        try:
            self.url = self._wait_until_listening(self._process)
        except BaseException:
            self._terminate(self._process)
            self._close()
            raise
        return self

    def stop(self) -> int:
        """Terminate, then kill after 5 s. Raises PeerError if the peer had died before or did not leave cleanly."""
        process = self._process
        if process is None:
            return 0
        died_before = process.poll() is not None
        code = self._terminate(process)
        report = self._report(code)
        self._close()
        if died_before or code not in CLEAN_EXITS:
            raise PeerError(report)
        return code

    def stderr(self) -> str:
        """What the peer has written to stderr so far."""
        return _text(self._stderr)

    def _wait_until_listening(self, process: subprocess.Popen[bytes]) -> str:
        deadline = time.monotonic() + self.ready_timeout
        while time.monotonic() < deadline:
            code = process.poll()
            match = LISTENING.search(_text(self._stdout))
            if match:
                return match.group(1)
            if code is not None:
                raise PeerError(self._report(code))
            time.sleep(POLL_SECONDS)
        raise PeerError(self._report(None))

    def _report(self, code: int | None) -> str:
        state = "said nothing in time" if code is None else f"ended with exit code {code}"
        return f"{self.module} {state}; its stderr:\n{self.stderr() or '(empty)'}"

    def _terminate(self, process: subprocess.Popen[bytes]) -> int:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=5)
        return process.returncode

    def _close(self) -> None:
        self._process = None
        os.close(self._stdout)
        os.close(self._stderr)
        self._stdout = self._stderr = NO_FILE


def _nameless_file() -> int:
    """Descriptor of a temporary file that vanishes when it is closed."""
    descriptor, name = tempfile.mkstemp()
    Path(name).unlink()
    return descriptor


def _text(descriptor: int) -> str:
    """Whole content; read by position, because the child writes through the same file offset."""
    if descriptor == NO_FILE:
        return ""
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode("utf-8", "replace")
