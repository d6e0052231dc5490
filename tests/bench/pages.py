"""Home, Permits, Payments and a guest's ticket, each beside the limit's page with as many queries."""

from collections.abc import Callable
from functools import partial

from tests.bench.load import Sample, Visitor, hammer
from tests.bench.table import Row
from tests.bench.world import World, beside, count_queries

SECONDS = 1.5
GOAL_RATIO = 0.6
GOAL_P95 = 0.2


def measure(name: str, path: str, most_queries: int, world: World, *, guest: bool = False) -> list[Row]:
    """Rows at one and at eight visitors, and one for the number of queries."""
    session = world.guest_session if guest else world.resident_session
    queries = count_queries(session, path)
    rows = [Row(f"{name}: queries", str(queries), goal=f"≤ {most_queries}", reached=queries <= most_queries)]
    for visitors in (1, 8):
        at_portal = [world.at_portal(session) for _ in range(visitors)]
        at_limit = [world.at_limit() for _ in range(visitors)]
        found = beside(world, load(path, at_portal), load(f"/page/{queries}/", at_limit))
        slow = visitors > 1 and found.portal_p95 >= GOAL_P95
        rows.append(
            Row(
                f"{name}, c={visitors}",
                found.portal_words,
                f"limit, {queries} queries: {found.limit_words}",
                found.ratio,
                "≥ 0.60" + (", p95 < 200 ms" if visitors > 1 else ""),
                found.ratio >= GOAL_RATIO and not slow and not found.errors,
            )
        )
    return rows


def load(path: str, visitors: list[Visitor]) -> Callable[[], Sample]:
    """A run of that page by these visitors; a first look warms it up and must succeed."""
    for visitor in visitors[:2] * 2:
        answer = visitor.get(path)
        assert answer.status == 200, f"{path}: {answer.status}"
    return partial(hammer, lambda visitor: visitor.get(path), visitors, seconds=SECONDS)


def home(world: World) -> list[Row]:
    """Home."""
    return measure("Home", "/home/", 8, world)


def permits(world: World) -> list[Row]:
    """Permits."""
    return measure("Permits", "/permits/", 8, world)


def payments(world: World) -> list[Row]:
    """Payments."""
    return measure("Payments", "/payments/", 8, world)


def ticket(world: World) -> list[Row]:
    """The ticket page, as a guest sees it."""
    return measure("Ticket (guest)", f"/tickets/{world.ticket.number}/", 6, world, guest=True)
