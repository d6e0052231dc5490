"""The shared cache: useful when it is there, never a reason for a page to fail."""

import logging
from functools import cached_property
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class LastingClient(RedisCacheClient):
    """Django makes a client anew for every key, which takes longer than Redis does; its pool of connections it keeps."""

    @cached_property
    def _lasting(self) -> Redis:
        client: Redis = super().get_client(write=True)
        return client

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        return self._lasting


class PatientRedisCache(RedisCache):
    """Redis, where a server that is down reads as an empty cache (throttles that must hold are rows in the database)."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = LastingClient

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError as error:
            logger.warning("cache not readable: %s", error)
            return default

    def set(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> None:
        try:
            super().set(key, value, timeout, version)
        except RedisError as error:
            logger.warning("cache not writable: %s", error)

    def add(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> bool:
        try:
            return bool(super().add(key, value, timeout, version))
        except RedisError as error:
            logger.warning("cache not writable: %s", error)
            return True  # as if stored: allauth takes its locks this way, and would turn everybody away

    def delete(self, key: Any, version: int | None = None) -> bool:
        try:
            return bool(super().delete(key, version))
        except RedisError as error:
            logger.warning("cache not writable: %s", error)
            return False
