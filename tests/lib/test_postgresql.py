"""A kept connection is looked at without a question, and one whose server has gone is not used."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's connection"),
]


@pytest.fixture
def kept() -> Iterator[Any]:
    """A connection of a process that serves requests."""
    other: Any = connection.copy()
    other.health_check_enabled = True
    yield other
    other.close()


def _ask(kept: Any, sql: str) -> Any:
    with kept.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_quiet_connection_is_used_without_a_question(kept: Any) -> None:
    pid = _ask(kept, "SELECT pg_backend_pid()")
    kept.close_if_unusable_or_obsolete()
    kept.close_if_health_check_failed()
    assert kept.connection is not None
    assert _ask(connection, f"SELECT query FROM pg_stat_activity WHERE pid = {pid}") == "SELECT pg_backend_pid()"
    assert _ask(kept, "SELECT pg_backend_pid()") == pid


def test_connection_that_the_server_has_ended_is_made_anew(kept: Any) -> None:
    pid = _ask(kept, "SELECT pg_backend_pid()")
    assert _ask(connection, f"SELECT pg_terminate_backend({pid}, 5000)")
    assert not kept.is_usable()
    kept.close_if_unusable_or_obsolete()
    assert _ask(kept, "SELECT pg_backend_pid()") != pid


def test_news_from_the_server_are_no_end(kept: Any) -> None:
    pid = _ask(kept, "SELECT pg_backend_pid()")
    with kept.cursor() as cursor:
        cursor.execute("LISTEN news")
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY news")
    assert kept.is_usable()
    assert _ask(kept, "SELECT pg_backend_pid()") == pid


def test_server_is_asked_after_an_error_and_of_a_connection_that_is_closed(kept: Any) -> None:
    pid = _ask(kept, "SELECT pg_backend_pid()")
    kept.errors_occurred = True
    assert kept.is_usable()
    assert _ask(connection, f"SELECT query FROM pg_stat_activity WHERE pid = {pid}") == "SELECT 1"
    kept.connection.close()
    assert not kept.is_usable()
