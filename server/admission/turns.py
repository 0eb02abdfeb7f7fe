"""A queue in which tenants take turns."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """First in, first out for one tenant; of several, each is served in turn. Not thread-safe.

    So a tenant's call waits for at most one call of each other tenant, however many those sent.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[T]] = {}
        self._order: deque[str] = deque()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def put(self, tenant: str, item: T) -> None:
        """Add an item behind the tenant's others."""
        line = self._waiting.get(tenant)
        if line is None:
            line = self._waiting[tenant] = deque()
            self._order.append(tenant)
        line.append(item)
        self._size += 1

    def pop(self) -> tuple[str, T]:
        """Return whose turn it is and that tenant's oldest item.

        Raises:
            IndexError: If nothing waits.
        """
        tenant = self._order.popleft()
        line = self._waiting[tenant]
        item = line.popleft()
        self._size -= 1
        if line:
            self._order.append(tenant)
        else:
            del self._waiting[tenant]
        return tenant, item
