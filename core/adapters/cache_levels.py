"""Two caches as one: a near one that is fast, a far one that is shared."""

from __future__ import annotations

from core.identifiers import TenantId
from core.ports import Cache, CacheKey


class TwoLevelCache:
    """Asks the near cache first and brings there what only the far one had. Implements :class:`core.ports.Cache`.

    Args:
        near: In this process.
        far: Shared.
    """

    def __init__(self, near: Cache, far: Cache) -> None:
        self._near = near
        self._far = far

    def get(self, key: CacheKey) -> bytes | None:
        """See :class:`core.ports.Cache`."""
        value = self._near.get(key)
        if value is None:
            value = self._far.get(key)
            if value is not None:
                self._near.put(key, value)
        return value

    def put(self, key: CacheKey, value: bytes) -> None:
        """See :class:`core.ports.Cache`."""
        self._near.put(key, value)
        self._far.put(key, value)

    def forget(self, tenant: TenantId, subject: str = "") -> bool:
        """See :class:`core.ports.Cache`."""
        # The far one first: the near one could else be filled from it again in between.
        is_far_sure = self._far.forget(tenant, subject)
        return self._near.forget(tenant, subject) and is_far_sure
