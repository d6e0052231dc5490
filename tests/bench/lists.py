"""Lists and searches with few rows in the database and with many: the same queries, nearly the same time."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.services.ledger_check import find_problems
from tests.bench.history import LETTERS, History
from tests.bench.table import Row
from tests.bench.world import World, client_with

FEW = 10_000
TIMES = 7
GOAL_RATIO = 1.5
GOAL_SQL_MS = 50
PLATE = "B" + f"{4321:09d}".translate(str.maketrans("0123456789", "BCDFGHJKLM"))
assert "BCDFGHJKLM" in LETTERS


@dataclass(frozen=True)
class Look:
    """One page at its best of several times, in milliseconds, and its queries."""

    queries: int
    total: float
    sql: float


def measure(world: World) -> list[Row]:
    """Grow the office's history twice and look at the same pages."""
    history = History()
    history.grow(FEW)
    few = {page: look(session, path) for page, session, path, _search in _pages(world)}
    history.grow(world.rows)
    many = {page: look(session, path) for page, session, path, _search in _pages(world)}
    judged = [
        _judged(page, few[page], many[page], world.rows, search=search)
        for page, _session, _path, search in _pages(world)
    ]
    return [*judged, _proof(world.rows)]


def _proof(rows: int) -> Row:
    """How long manage.py ledger_check takes over all that."""
    start = time.perf_counter()
    find_problems()
    return Row(f"Proof of the books, {rows:,} payments", f"{time.perf_counter() - start:.1f} s")


def _pages(world: World) -> list[tuple[str, str, str, bool]]:
    """(name, whose, path, whether the goal for searches holds, too)."""
    violations = "/admin/violations/violation/"
    return [
        ("Payments", world.resident_session, "/payments/", False),
        ("Permits", world.resident_session, "/permits/", False),
        ("Office: violations", world.staff_session, violations, False),
        ("Office: violations, a plate", world.staff_session, f"{violations}?q={PLATE}", True),
        ("Office: violations, a ticket number", world.staff_session, f"{violations}?q=TT-50004321", True),
        ("Office: payments", world.staff_session, "/admin/payments/payment/", False),
        ("Office: payments, a reference", world.staff_session, "/admin/payments/payment/?q=P4321", True),
        ("Office: charges", world.staff_session, "/admin/payments/charge/", False),
        ("Office: charges, still owed", world.staff_session, "/admin/payments/charge/?state__exact=open", False),
        ("Office: ledger", world.staff_session, "/admin/payments/ledgerentry/", False),
        ("Office: receipts, a number", world.staff_session, "/admin/payments/receipt/?q=H-4321", True),
        ("Office: users, a name", world.staff_session, "/admin/accounts/user/?q=Histor432", True),
    ]


def look(session: str, path: str) -> Look:
    """The page, several times, in this process; other work on the machine only ever adds, so the best one counts."""
    client = client_with(session)

    def get() -> None:
        answer = client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"

    return best_of(get)


def best_of(act: Callable[[], object]) -> Look:
    """What is done, several times; the best one counts."""
    looks = []
    for _ in range(TIMES + 1):
        with CaptureQueriesContext(connection) as queries:
            start = time.perf_counter()
            act()
            total = (time.perf_counter() - start) * 1000
        looks.append(Look(len(queries), total, sum(float(query["time"]) for query in queries) * 1000))
    warm = looks[1:]
    return Look(warm[-1].queries, min(one.total for one in warm), min(one.sql for one in warm))


def _judged(page: str, few: Look, many: Look, rows: int, *, search: bool) -> Row:
    ratio = many.total / few.total
    reached = ratio <= GOAL_RATIO and many.queries == few.queries and (not search or many.sql < GOAL_SQL_MS)
    return Row(
        f"{page}, {rows:,} tickets against {FEW:,}",
        f"{many.total:.0f} ms, SQL {many.sql:.0f} ms, {many.queries} queries",
        f"few: {few.total:.0f} ms, SQL {few.sql:.0f} ms, {few.queries} queries",
        ratio,
        "≤ 1.50, same queries" + (", SQL < 50 ms" if search else ""),
        reached,
    )
