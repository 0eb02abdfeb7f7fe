"""How many different values there are."""

from __future__ import annotations

from heapq import heappush, heapreplace
from typing import Any

from core.event import Event
from core.features.streams.aggregate import SKETCH_SIZE
from core.features.streams.finish import DISTINCT_KEPT, estimate
from core.features.streams.hashing import hash_of
from core.features.streams.tiles.tiles import NO_STEP

_ROOM = 2
"""Thinned out when there are so many times as many hashes as after the last time."""


class DistinctTiles:
    """The newest step in which each hash was seen.

    A window holds the newest steps, so a hash is within it if its newest step is. A hash can matter only as long as
    fewer than ``DISTINCT_KEPT`` smaller ones are at least as new (the k-skyband: Mouratidis, Bakiras, Papadias 2006,
    section 5): the rest is dropped.
    """

    __slots__ = ("_bar", "_first", "_inside", "_limit", "_newest", "_per_step")

    def __init__(self) -> None:
        self._newest: dict[int, int] = {}
        self._per_step: dict[int, int] = {}
        self._first = NO_STEP
        self._inside = 0
        self._limit = _ROOM * DISTINCT_KEPT
        self._bar: int | None = None
        """Of the window's hashes the largest that the estimate looks at; None: not known."""

    def add(self, step: int, value: Any, _event: Event, /) -> None:
        """Take one event in."""
        hashed = hash_of(value)
        newest = self._newest.get(hashed)
        if newest is None:
            self._enter(hashed, step)
        elif step > newest:
            self._newest[hashed] = step
            self._per_step[newest] -= 1
            self._per_step[step] = self._per_step.get(step, 0) + 1
            if newest < self._first <= step:
                self._come_inside(hashed)

    def _come_inside(self, hashed: int) -> None:
        self._inside += 1
        if self._bar is not None and hashed < self._bar:
            self._bar = None

    def _enter(self, hashed: int, step: int) -> None:
        self._newest[hashed] = step
        self._per_step[step] = self._per_step.get(step, 0) + 1
        if step >= self._first:
            self._come_inside(hashed)
        if len(self._newest) > self._limit:
            self._keep(thinned(self._newest))

    def _keep(self, newest: dict[int, int]) -> None:
        self._newest = newest
        self._limit = _ROOM * max(len(newest), DISTINCT_KEPT)
        self._bar = None
        self._per_step = {}
        for step in newest.values():
            self._per_step[step] = self._per_step.get(step, 0) + 1
        self._inside = sum(count for step, count in self._per_step.items() if step >= self._first)

    def slide(self, first: int, /) -> None:
        """Let the window begin with the step ``first``."""
        self._first = first
        inside = sum(count for step, count in self._per_step.items() if step >= first)
        if inside != self._inside:
            self._bar = None
        self._inside = inside

    def drop(self, oldest: int, /) -> None:
        """Forget the steps before ``oldest``, and what cannot matter any more."""
        self._keep(thinned({hashed: step for hashed, step in self._newest.items() if step >= oldest}))

    def value(self) -> float:
        """Return the number of different values within the window."""
        if self._inside <= SKETCH_SIZE:
            return float(self._inside)
        if self._bar is None:
            inside = (hashed for hashed, step in self._newest.items() if step >= self._first)
            self._bar = sorted(inside)[SKETCH_SIZE - 1]
        return estimate(self._bar)

    def content(self) -> list[list[int]]:
        """Return the hashes, each as its distance from the one before, and their steps."""
        hashes = sorted(self._newest)
        return [
            [now - before for before, now in zip([0, *hashes], hashes, strict=False)],
            [self._newest[hashed] for hashed in hashes],
        ]

    def restore(self, content: Any, /) -> None:
        """Take over what :meth:`content` gave."""
        distances, newest = content
        hashes, total = [], 0
        for distance in distances:
            total += distance
            hashes.append(total)
        self._keep(dict(zip(hashes, newest, strict=True)))


def thinned(newest: dict[int, int]) -> dict[int, int]:
    """Return the hashes that can still be among the ``DISTINCT_KEPT`` smallest of some window, smallest first."""
    kept: dict[int, int] = {}
    newest_steps: list[int] = []
    for hashed in sorted(newest):
        step = newest[hashed]
        if len(newest_steps) < DISTINCT_KEPT:
            heappush(newest_steps, step)
        elif newest_steps[0] < step:
            heapreplace(newest_steps, step)
        else:
            continue
        kept[hashed] = step
    return kept
