"""Puts the caches of stored leads together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.adapters.cache_levels import TwoLevelCache
from core.adapters.cache_limits import CacheLimits
from core.adapters.cache_memory import MemoryCache
from core.adapters.cache_seal import CacheSeal
from core.adapters.lead_copies import MOST_COPIES, CachedLeadCopies, Revisions
from core.ports import CacheMetrics
from core.resilience.breaker import OnChange

if TYPE_CHECKING:
    from core.adapters.redis_cache import RedisCache

HERE = CacheLimits(subjects=2 * MOST_COPIES, total_bytes=32 * 1024 * 1024)
IN_REDIS = CacheLimits(lifetime=timedelta(minutes=10))
"""Bounds how long a copy stays there that nobody could let go of, as Redis was down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageCopies:
    """Copies of stored leads for the time the store is down."""

    leads: CachedLeadCopies
    redis: RedisCache | None
    """The second level; None where there is none."""

    def start(self) -> None:
        """Begin to write copies."""
        self.leads.start()

    def stop(self) -> None:
        """End."""
        self.leads.stop()
        if self.redis is not None:
            self.redis.close()


def build_copies(  # noqa: PLR0917  built once, in the composition root
    redis_url: str,
    secret: bytes,
    store: Revisions,
    metrics: CacheMetrics,
    on_change: OnChange,
    clock: Callable[[], datetime],
) -> OutageCopies:
    """Return the copies, in memory, and in Redis too where there is one. Nothing connects yet.

    Args:
        redis_url: "" for none.
        secret: Seals what is cached; shared by every server process.
        store: What copies are compared with.
        metrics: Counts look-ups.
        on_change: Told what the breaker in front of Redis does.
        clock: The present moment.

    Raises:
        InvalidInput: If the URL cannot be used.
    """
    seal = CacheSeal(secret)
    near = MemoryCache(seal, HERE, metrics)
    if not redis_url:
        return OutageCopies(leads=CachedLeadCopies(near, store, clock), redis=None)
    # Redis's client takes a quarter of the time to start, and most servers start without it.
    from core.adapters.redis_cache import RedisCache, redis_breaker  # noqa: PLC0415
    from core.adapters.redis_client import redis_client  # noqa: PLC0415

    far = RedisCache(redis_client(redis_url), seal, IN_REDIS, metrics, redis_breaker(on_change))
    return OutageCopies(leads=CachedLeadCopies(TwoLevelCache(near, far), store, clock), redis=far)
