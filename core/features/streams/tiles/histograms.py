"""How often each value occurs."""

from __future__ import annotations

from typing import Any

from core.event import Event
from core.features.streams.aggregate import HISTOGRAM_KEYS
from core.features.streams.finish import OTHERS, by_hash, histogram
from core.features.streams.tiles.tiles import NO_STEP

_Key = str | int


class Places:
    """Counts of the values with the smallest hashes, and of all others together.

    A value that once was among the others never gets a place later: the largest hash that has a place only falls. So
    the counts of the values that have a place are complete, in whatever order they are taken in.
    """

    __slots__ = ("counts", "others", "worst")

    def __init__(self) -> None:
        self.counts: dict[_Key, int] = {}
        self.others = 0
        self.worst: tuple[int, str] | None = None
        """Of the place that goes first; None while there is room."""

    def count(self, key: _Key, events: int) -> None:
        """Count events of one value."""
        counts = self.counts
        if key in counts:
            counts[key] += events
        elif self.worst is None:
            counts[key] = events
            if len(counts) == HISTOGRAM_KEYS:
                self.worst = max(map(by_hash, counts))
        else:
            self._count_crowded(key, events, self.worst)

    def _count_crowded(self, key: _Key, events: int, worst: tuple[int, str]) -> None:
        if by_hash(key) > worst:
            self.others += events
            return
        leaving = next(place for place in self.counts if by_hash(place) == worst)
        self.others += self.counts.pop(leaving)
        self.counts[key] = events
        self.worst = max(map(by_hash, self.counts))

    def merge(self, other: Places) -> None:
        """Count what another has counted."""
        self.others += other.others
        for key, events in other.counts.items():
            self.count(key, events)

    def take_back(self, other: Places) -> bool:
        """Uncount what another has counted; false if it has to be counted anew, as a place became free for others."""
        counts = self.counts
        self.others -= other.others
        for key, events in other.counts.items():
            left = counts.get(key, 0) - events
            if left > 0:
                counts[key] = left
            elif left == 0 and not self.others:
                del counts[key]
                self.worst = None
            elif left == 0:
                return False
            else:
                self.others -= events
        return True


class HistogramTiles:
    """The values of each step."""

    __slots__ = ("_by_step", "_first", "_total", "_value")

    def __init__(self) -> None:
        self._by_step: dict[int, Places] = {}
        self._first = NO_STEP
        self._total = Places()
        self._value: dict[_Key, int] | None = None

    def add(self, step: int, value: Any, _event: Event, /) -> None:
        """Take one event in."""
        places = self._by_step.get(step)
        if places is None:
            places = self._by_step[step] = Places()
        if value in places.counts:
            places.counts[value] += 1
        else:
            places.count(value, 1)
        if step >= self._first:
            self._total.count(value, 1)
            self._value = None

    def slide(self, first: int, /) -> None:
        """Let the window begin with the step ``first``."""
        leaving = sorted(step for step in self._by_step if self._first <= step < first)
        kept = first >= self._first and all(self._total.take_back(self._by_step[step]) for step in leaving)
        if leaving or not kept:
            self._value = None
        self._first = first
        if not kept:
            self._total = Places()
            for step, places in self._by_step.items():
                if step >= first:
                    self._total.merge(places)

    def drop(self, oldest: int, /) -> None:
        """Forget the steps before ``oldest``."""
        self._by_step = {step: places for step, places in self._by_step.items() if step >= oldest}

    def value(self) -> dict[_Key, int]:
        """Return the counts within the window."""
        if self._value is None:
            self._value = histogram({**self._total.counts, OTHERS: self._total.others})
        return self._value

    def content(self) -> list[Any]:
        """Return [step, others, keys, counts] each."""
        return [_places_content(step, self._by_step[step]) for step in sorted(self._by_step)]

    def restore(self, content: Any, /) -> None:
        """Take over what :meth:`content` gave."""
        self._by_step = {}
        self._first = 2**62
        for step, others, keys, counts in content:
            places = self._by_step[step] = Places()
            places.others = others
            for key, events in zip(keys, counts, strict=True):
                places.count(key, events)


def _places_content(step: int, places: Places) -> list[Any]:
    keys = sorted(places.counts)
    return [step, places.others, keys, [places.counts[key] for key in keys]]
