"""What every measurement is given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from permits.models import SalesWindow
from tests.bench.load import Sample, Visitor
from tests.bench.seed import guest_session, seed_office, seed_resident, seed_staff, seed_ticket, sessions_of
from tests.bench.web import Server, cpu_seconds, prepare_limit, prepare_portal
from violations.models import Violation

ROUNDS = 3


@dataclass
class World:
    """Both servers, and an office with a resident, a guest's ticket and a manager."""

    portal: Server
    limit: Server
    limit_session: str
    rows: int
    windows: list[SalesWindow]
    resident: User
    resident_session: str
    ticket: Violation
    guest_session: str
    staff_session: str

    def at_portal(self, session: str) -> Visitor:
        """A browser with that session."""
        return Visitor(self.portal.port, {settings.SESSION_COOKIE_NAME: session})

    def at_limit(self) -> Visitor:
        """A browser signed in at the limit."""
        return Visitor(self.limit.port, {settings.SESSION_COOKIE_NAME: self.limit_session})


@contextmanager
def open_world(rows: int) -> Iterator[World]:
    """Make everything, and stop it at the end."""
    prepare_portal()
    environment, limit_session = prepare_limit()
    windows = seed_office()
    resident, ticket, staff = seed_resident(windows), seed_ticket(), seed_staff()
    sessions = sessions_of([resident, staff])
    portal, limit = Server("opscom.wsgi"), Server("tests.bench.limit.wsgi", environment)
    try:
        portal.start()
        limit.start()
        yield World(
            portal,
            limit,
            limit_session,
            rows,
            windows,
            resident,
            sessions[0],
            ticket,
            guest_session(ticket.number),
            sessions[1],
        )
    finally:
        portal.stop()
        limit.stop()


@dataclass(frozen=True)
class Turn:
    """One run at one of the servers: what came back, and the processor time that its workers took for each answer."""

    sample: Sample
    cpu: float

    @property
    def p95(self) -> float:
        """Seconds."""
        return self.sample.percentile(0.95)


@dataclass(frozen=True)
class Beside:
    """Portal and limit, measured in turns."""

    turns: list[tuple[Turn, Turn]]

    @property
    def ratio(self) -> float:
        """Portal ÷ limit in answers a second: the median of each pair's own."""
        return median(ours.sample.rate / bare.sample.rate for ours, bare in self.turns)

    @property
    def errors(self) -> int:
        """Answers of 500 and above at the portal."""
        return sum(ours.sample.errors for ours, _bare in self.turns)

    @property
    def portal_p95(self) -> float:
        """Seconds, the median of the turns."""
        return median(ours.p95 for ours, _bare in self.turns)

    @property
    def portal_words(self) -> str:
        """Medians at the portal."""
        return _words([ours for ours, _bare in self.turns])

    @property
    def limit_words(self) -> str:
        """Medians at the limit."""
        return _words([bare for _ours, bare in self.turns])


def beside(world: World, portal: Callable[[], Sample], limit: Callable[[], Sample]) -> Beside:
    """In turns, so that what else the machine does weighs on both."""
    return Beside([(_turn(world.portal, portal), _turn(world.limit, limit)) for _ in range(ROUNDS)])


def _turn(server: Server, run: Callable[[], Sample]) -> Turn:
    before = sum(map(cpu_seconds, server.workers()))
    sample = run()
    return Turn(sample, (sum(map(cpu_seconds, server.workers())) - before) / len(sample.times))


def _words(turns: list[Turn]) -> str:
    rate, p95, cpu = (
        median(values)
        for values in zip(*((turn.sample.rate, turn.p95 * 1000, turn.cpu * 1000) for turn in turns), strict=True)
    )
    return f"{rate:.0f} req/s, p95 {p95:.0f} ms, CPU {cpu:.1f} ms"


def client_with(session: str) -> Client:
    """Django's own test browser, in this process."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    return client


def count_queries(session: str, path: str) -> int:
    """How many queries a page takes, session and user included, once caches are warm."""
    client = client_with(session)
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200, path
    return len(queries)
