"""Counts what caches say, for tests."""

from __future__ import annotations

from collections import Counter


class CacheCounts(Counter[tuple[str, str, str]]):
    """Implements :class:`core.ports.CacheMetrics`: (kind, level, result) to how often."""

    def hit(self, kind: str, level: str) -> None:
        self[kind, level, "hit"] += 1

    def miss(self, kind: str, level: str) -> None:
        self[kind, level, "miss"] += 1

    def error(self, kind: str, level: str) -> None:
        self[kind, level, "error"] += 1

    def poisoned(self, kind: str, level: str) -> None:
        self[kind, level, "poisoned"] += 1
