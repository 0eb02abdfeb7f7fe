"""The first level: values in the memory of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from cachetools import TTLCache

from core.adapters.cache_limits import CacheLimits
from core.adapters.cache_seal import CacheSeal, key_bytes
from core.identifiers import TenantId
from core.ports import CacheKey, CacheMetrics

LEVEL = "l1"
VALUES_PER_SUBJECT = 4
"""The newest values of one subject are kept."""
_Drawer = Mapping[bytes, bytes]


class MemoryCache:
    """Keeps the values used last, within limits of number, bytes and age. Implements :class:`core.ports.Cache`.

    Args:
        seal: Checks values.
        limits: How much, and for how long.
        metrics: Counts look-ups.
        timer: Monotonic seconds.
    """

    def __init__(
        self,
        seal: CacheSeal,
        limits: CacheLimits,
        metrics: CacheMetrics,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seal = seal
        self._limits = limits
        self._metrics = metrics
        seconds = limits.lifetime.total_seconds()
        self._drawers: TTLCache[tuple[TenantId, str], _Drawer] = TTLCache(limits.total_bytes, seconds, timer, _size)
        self._lock = threading.Lock()

    def get(self, key: CacheKey) -> bytes | None:
        """See :class:`core.ports.Cache`."""
        whole = key_bytes(key)
        with self._lock:
            sealed = self._drawers.get((key.tenant, key.subject), {}).get(whole)
        if sealed is None:
            self._metrics.miss(key.kind, LEVEL)
            return None
        value = self._seal.open(whole, sealed)
        if value is None:
            self._metrics.poisoned(key.kind, LEVEL)
            self._metrics.miss(key.kind, LEVEL)
            self.forget(key.tenant, key.subject)
            return None
        self._metrics.hit(key.kind, LEVEL)
        return value

    def put(self, key: CacheKey, value: bytes) -> None:
        """See :class:`core.ports.Cache`."""
        if len(value) > self._limits.value_bytes:
            return
        whole = key_bytes(key)
        sealed = self._seal.close(whole, value)
        where = (key.tenant, key.subject)
        with self._lock:
            others = [one for one in self._drawers.get(where, {}).items() if one[0] != whole]
            drawer = dict([*others[1 - VALUES_PER_SUBJECT :], (whole, sealed)])
            if _size(drawer) > self._limits.total_bytes:
                return
            self._drawers[where] = drawer
            while len(self._drawers) > self._limits.subjects:
                self._drawers.popitem()

    def forget(self, tenant: TenantId, subject: str = "") -> bool:
        """See :class:`core.ports.Cache`."""
        with self._lock:
            if subject:
                self._drawers.pop((tenant, subject), None)
                return True
            for where in [where for where in self._drawers if where[0] == tenant]:
                self._drawers.pop(where, None)
            return True


def _size(drawer: _Drawer) -> int:
    return sum(len(key) + len(sealed) for key, sealed in drawer.items())
