"""Queries as a server sends them: inside a test every transaction is a savepoint, and those are no queries."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

SAVEPOINTS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


@contextmanager
def queries(expected: int) -> Iterator[None]:
    """Fails unless exactly that many queries are sent."""
    with CaptureQueriesContext(connection) as captured:
        yield
    sent = [query["sql"] for query in captured.captured_queries if not query["sql"].startswith(SAVEPOINTS)]
    assert len(sent) == expected, "\n".join(f"{number} {sql[:200]}" for number, sql in enumerate(sent, start=1))
