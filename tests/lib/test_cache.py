"""A cache server that is gone, or that never answers, reads as an empty cache."""

import socket
from collections.abc import Iterator

import pytest

from opscom.lib.cache import PatientRedisCache
from tests.lib.ports import free_port


@pytest.fixture(params=["closed", "silent"])
def dead_cache(request: pytest.FixtureRequest) -> Iterator[PatientRedisCache]:
    """Nobody listens; or somebody takes the connection and says nothing."""
    with socket.socket() as listener:
        port = free_port()
        if request.param == "silent":
            listener.bind(("127.0.0.1", port))
            listener.listen()
        yield PatientRedisCache(
            f"redis://127.0.0.1:{port}/0", {"OPTIONS": {"socket_timeout": 0.05, "socket_connect_timeout": 0.05}}
        )


def test_nothing_is_found(dead_cache: PatientRedisCache) -> None:
    assert dead_cache.get("key") is None
    assert dead_cache.get("key", "default") == "default"


def test_writing_goes_nowhere_and_says_so(dead_cache: PatientRedisCache) -> None:
    dead_cache.set("key", "value", 10)
    assert dead_cache.add("key", "value", 10) is True  # a lock that nobody can take would shut everybody out
    assert dead_cache.delete("key") is False
    assert dead_cache.get("key") is None


def test_value_is_made_anew(dead_cache: PatientRedisCache) -> None:
    assert dead_cache.get_or_set("key", lambda: 7, 10) == 7
