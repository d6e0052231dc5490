"""Load: browsers that wait for each answer (closed loop), and bursts that do not (open loop)."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import TypeVar
from urllib.parse import urlencode

TOKEN = "b" * 32  # Django takes a token that equals the cookie's
TIMEOUT_SECONDS = 60
SERVER_ERROR = 500
Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Answer:
    """What came back; `location` is a path, empty where there was no redirect."""

    status: int
    location: str
    body: bytes

    @property
    def text(self) -> str:
        """The page."""
        return self.body.decode()


@dataclass
class Visitor:
    """One browser at one server: keeps its cookies, follows no redirect by itself."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Answer:
        """GET."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, **fields: str) -> Answer:
        """POST a form."""
        body = urlencode({"csrfmiddlewaretoken": TOKEN, **fields}).encode()
        return self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def send(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """POST a body as it is."""
        return self._ask("POST", path, body, {"Content-Type": "application/json", **headers})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        cookies = "; ".join(f"{name}={value}" for name, value in {"csrftoken": TOKEN, **self.cookies}.items())
        try:
            self.connection.request(method, path, body, {"Cookie": cookies, **headers})
            response = self.connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        for header in response.headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items() if name != "csrftoken"}
        return Answer(response.status, response.headers.get("Location", ""), content)


@dataclass
class Sample:
    """What one run brought. Times in seconds."""

    seconds: float
    times: list[float]
    statuses: Counter[int]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    @property
    def errors(self) -> int:
        """Answers of 500 and above."""
        return sum(n for status, n in self.statuses.items() if status >= SERVER_ERROR)

    def percentile(self, share: float) -> float:
        """For example 0.95."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Book:
    """Where the threads of one run note their answers."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.lock = threading.Lock()

    @contextmanager
    def timing(self, since: float | None = None) -> Iterator[Callable[[int], None]]:
        """Call the result with the status to note the time; `since` is when the request was due."""
        start = time.monotonic() if since is None else since

        def note(status: int) -> None:
            with self.lock:
                self.times.append(time.monotonic() - start)
                self.statuses[status] += 1

        yield note

    def sample(self, seconds: float) -> Sample:
        """Everything noted."""
        return Sample(seconds, self.times, self.statuses)


def hammer(act: Callable[[Subject], Answer], subjects: Sequence[Subject], *, seconds: float) -> Sample:
    """For each subject, in a thread of its own, act again and again until the time is over."""
    book = Book()
    start = time.monotonic()

    def loop(subject: Subject) -> None:
        while time.monotonic() < start + seconds:
            with book.timing() as note:
                note(act(subject).status)

    _together(loop, subjects)
    return book.sample(time.monotonic() - start)


def race(act: Callable[[Subject], Answer], subjects: Sequence[Subject]) -> Sample:
    """Act once for every subject, all at the same moment."""
    book, barrier = Book(), threading.Barrier(len(subjects) + 1)

    def once(subject: Subject) -> None:
        barrier.wait()
        with book.timing() as note:
            note(act(subject).status)

    with ThreadPoolExecutor(len(subjects)) as pool:
        acts = [pool.submit(once, subject) for subject in subjects]
        barrier.wait()
        start = time.monotonic()
        for done in acts:
            done.result()
    return book.sample(time.monotonic() - start)


def burst(act: Callable[[int], Answer], *, rate: float, count: int) -> Sample:
    """So many acts a second, whether or not the earlier ones are answered; times count from when each was due."""
    book, start = Book(), time.monotonic() + 0.1

    def once(number: int) -> None:
        due = start + number / rate
        time.sleep(max(0.0, due - time.monotonic()))
        with book.timing(since=due) as note:
            note(act(number).status)

    _together(once, range(count), threads=64)
    return book.sample(time.monotonic() - start)


def _together(act: Callable[[Subject], None], subjects: Sequence[Subject], *, threads: int = 0) -> None:
    with ThreadPoolExecutor(threads or len(subjects)) as pool:
        for _done in pool.map(act, subjects):
            pass
