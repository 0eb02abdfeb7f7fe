"""How often a tenant may call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class TokenBucket:
    """Lets through ``rate`` calls a second, and at once as many as came together in a second without calls.

    Args:
        rate: Calls a second, above 0.
        now: Monotonic seconds.
    """

    __slots__ = ("_at", "_most", "_rate", "_tokens")

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._most = max(1.0, rate)
        self._tokens = self._most
        self._at = now

    def take(self, now: float) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1.0:
            self._tokens -= 1.0
            return 0.0
        return (1.0 - self._tokens) / self._rate


class RateLimits:
    """One bucket for each tenant. Thread-safe: not all tenants are known before a thread works for their call.

    Args:
        rate: Calls a second of each tenant; 0 for no limit.
        timer: Monotonic seconds.
    """

    def __init__(self, rate: float, timer: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._timer = timer
        # As many as there are tenants with credentials: who shows none, or a wrong one, is one tenant.
        self._buckets: dict[str, TokenBucket] = {}
        self._lock = threading.Lock()

    def take(self, tenant: str) -> float:
        """Return 0 if the tenant may call now, else the seconds until it may."""
        if not self._rate:
            return 0.0
        with self._lock:
            now = self._timer()
            bucket = self._buckets.get(tenant)
            if bucket is None:
                bucket = self._buckets[tenant] = TokenBucket(self._rate, now)
            return bucket.take(now)
