"""The second level: values in Redis, shared by all processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import lz4.block
import redis

from core.adapters.cache_limits import CacheLimits
from core.adapters.cache_seal import CacheSeal, key_bytes
from core.adapters.host_addresses import HostAddresses
from core.adapters.redis_client import PATIENCE
from core.errors import DeadlineSpent, DependencyDown
from core.identifiers import TenantId
from core.ports import CacheKey, CacheMetrics
from core.resilience.breaker import CircuitBreaker, OnChange, tell_nobody

LEVEL = "l2"
REDIS = "redis"
"""Name of the dependency in metrics and status."""
OUTAGES = 10
REST = timedelta(seconds=60)
"""How long Redis is left alone after so many outages in a row."""
_PREFIX = "leadline"
_SCAN_STEP = 1_000


class RedisLost(DependencyDown):
    """Redis did not answer."""

    def __init__(self) -> None:
        super().__init__(REDIS)


def redis_breaker(on_change: OnChange = tell_nobody, *, rest: timedelta = REST) -> CircuitBreaker:
    """Return the breaker in front of Redis: closed while it answers, if only to say no."""
    unclear = (DeadlineSpent, DependencyDown)
    return CircuitBreaker(REDIS, OUTAGES, rest, outages=(RedisLost,), unclear=unclear, on_change=on_change)


class RedisCache:
    """Keeps values compressed, one hash for the values of each subject. Implements :class:`core.ports.Cache`.

    Args:
        client: From :func:`core.adapters.redis_client.redis_client`; must not decode.
        seal: Checks values, and names keys.
        limits: Size of a value, and how long it is kept; how much Redis keeps in all is for Redis to say.
        metrics: Counts look-ups.
        breaker: In front of every use.
    """

    def __init__(
        self,
        client: redis.Redis,
        seal: CacheSeal,
        limits: CacheLimits,
        metrics: CacheMetrics,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self.breaker = breaker or redis_breaker()
        self._client = client
        self._seal = seal
        self._limits = limits
        self._metrics = metrics
        self._addresses = HostAddresses()

    def get(self, key: CacheKey) -> bytes | None:
        """See :class:`core.ports.Cache`."""
        try:
            value = self._read(key)
        except DependencyDown:
            self._metrics.error(key.kind, LEVEL)
            value = None
        (self._metrics.miss if value is None else self._metrics.hit)(key.kind, LEVEL)
        return value

    def put(self, key: CacheKey, value: bytes) -> None:
        """See :class:`core.ports.Cache`."""
        if len(value) > self._limits.value_bytes:
            return
        whole = key_bytes(key)
        # Compressed first: what is not ours is never decompressed.
        sealed = self._seal.close(whole, lz4.block.compress(value))
        try:
            with self._asking():
                name = self._name(key.tenant, key.subject)
                pipeline = self._client.pipeline(transaction=False)
                pipeline.hset(name, self._field(whole), sealed)
                pipeline.expire(name, max(1, round(self._limits.lifetime.total_seconds())))
                pipeline.execute()
        except DependencyDown:
            self._metrics.error(key.kind, LEVEL)

    def forget(self, tenant: TenantId, subject: str = "") -> bool:
        """See :class:`core.ports.Cache`. Without a subject every key of the cache is looked at."""
        try:
            with self._asking():
                if subject:
                    self._client.unlink(self._name(tenant, subject))
                    return True
                for name in self._client.scan_iter(f"{self._shelf(tenant)}:*", count=_SCAN_STEP):
                    self._client.unlink(name)
        except DependencyDown:
            return False
        return True

    def check(self) -> None:
        """Ask for a sign of life.

        Raises:
            DependencyDown: If there is none.
        """
        with self._asking():
            self._client.ping()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _read(self, key: CacheKey) -> bytes | None:
        whole = key_bytes(key)
        with self._asking():
            sealed = _bytes(self._client.hget(self._name(key.tenant, key.subject), self._field(whole)))
        if sealed is None:
            return None
        packed = self._seal.open(whole, sealed)
        if packed is None:
            self._metrics.poisoned(key.kind, LEVEL)
            return None
        return bytes(lz4.block.decompress(packed))

    def _shelf(self, tenant: TenantId) -> str:
        return f"{_PREFIX}:{self._seal.name(tenant)}"

    def _name(self, tenant: TenantId, subject: str) -> str:
        return f"{self._shelf(tenant)}:{self._seal.name(tenant, subject)}"

    def _field(self, whole: bytes) -> str:
        return self._seal.name(whole.hex())

    @contextmanager
    def _asking(self) -> Iterator[None]:
        with self.breaker.guard(), _redis_failures():
            host = self._client.connection_pool.connection_kwargs.get("host")
            if host:
                self._addresses.of(str(host), PATIENCE)
            yield


@contextmanager
def _redis_failures() -> Iterator[None]:
    try:
        yield
    except redis.exceptions.MaxConnectionsError as error:
        raise DependencyDown(REDIS) from error  # we are too busy, Redis is not
    except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
        raise RedisLost from error
    except redis.RedisError as error:
        raise DependencyDown(REDIS) from error


def _bytes(found: object) -> bytes | None:
    return found if isinstance(found, bytes) else None
