"""bin/servers.py: what is killed comes back where it was, and PostgreSQL with everything that it had acknowledged."""

import socket
from urllib.parse import urlsplit

import psycopg
import pytest
from servers import POSTGRESQL, REDIS, Servers


def answers(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname, parts.port)) == 0


def test_killed_servers_come_back_and_postgresql_keeps_what_it_acknowledged() -> None:
    servers = Servers(durable=True)
    try:
        database, redis = servers.start_postgresql(), servers.start_redis()
        with psycopg.connect(database, autocommit=True) as line:
            line.execute("CREATE TABLE kept (n int)")
            line.execute("INSERT INTO kept VALUES (7)")
            settings = [line.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")]
            servers.kill(POSTGRESQL)
            with pytest.raises(psycopg.OperationalError):
                line.execute("SELECT 1")
        servers.kill(REDIS)
        assert (settings, answers(database), answers(redis)) == ([("on",), ("on",)], False, False)
        servers.start_again(POSTGRESQL)
        servers.start_again(REDIS)
        with psycopg.connect(database) as line:
            assert (line.execute("SELECT n FROM kept").fetchall(), answers(redis)) == ([(7,)], True)
    finally:
        servers.stop()
    assert not servers.folder.exists()
