"""Bounded labels: whatever callers send, the number of series stays small."""

from __future__ import annotations

import threading

from prometheus_client import Counter

ACTIVE_VERSION = "leadline_scoring_active_version_info"
"""The one metric whose labels come and go."""
OTHER = "other"
MOST_TENANTS = 100
"""Tenants with a label of their own; the first that come."""
MOST_VALUES = 30
"""Values of a label that the code chooses, such as a reason: a net below a mistake, not a limit anybody meets."""


class BoundedLabel:
    """Lets the first values through as they are; all later ones are ``other``.

    Args:
        most: How many values pass.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def of(self, value: str) -> str:
        """Return the label of a value."""
        if value in self._known:
            return value
        with self._lock:
            if len(self._known) < self._most:
                self._known.add(value)
                return value
        return value if value in self._known else OTHER


class BoundedCounter:
    """A counter with bounded labels, which it looks up only once: that costs as much as counting.

    Args:
        counter: Its labels take :data:`MOST_VALUES` values each at most.
    """

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._labels: list[BoundedLabel] | None = None
        self._children: dict[tuple[str, ...], Counter] = {}

    def add(self, *values: str, count: int = 1) -> None:
        """Count ``count`` under the labels ``values``."""
        child = self._children.get(values)
        if child is None:
            child = self._child(values)
        child.inc(count)

    def _child(self, values: tuple[str, ...]) -> Counter:
        if self._labels is None:
            self._labels = [BoundedLabel(MOST_VALUES) for _ in values]
        bounded = tuple(label.of(value) for label, value in zip(self._labels, values, strict=True))
        child = self._counter.labels(*bounded)
        if bounded == values:
            self._children[values] = child
        return child
