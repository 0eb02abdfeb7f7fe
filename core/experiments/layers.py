"""Which segments of a layer an experiment gets. Experiments of one layer never share a segment, so never a unit."""

from __future__ import annotations

from collections.abc import Iterable

from core.experiments.hashing import SEGMENTS


def segments_for(traffic_share: float) -> int:
    """Return how many of the 10,000 segments a share in (0, 1] of the units takes: the nearest, at least 1."""
    return min(SEGMENTS, max(1, round(traffic_share * SEGMENTS)))


def first_free(taken: Iterable[tuple[int, int]], count: int) -> int | None:
    """Return the first segment of the first gap that holds ``count`` of them, or None if none does.

    Args:
        taken: (start, end) of the segments in use, the end not among them; in any order, and they may overlap.
        count: Segments wanted, 1 to 10,000.
    """
    free_from = 0
    for start, end in sorted(taken):
        if start - free_from >= count:
            return free_from
        free_from = max(free_from, end)
    return free_from if SEGMENTS - free_from >= count else None
