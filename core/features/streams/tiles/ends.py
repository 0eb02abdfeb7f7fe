"""The value of the first event and of the last."""

from __future__ import annotations

from typing import Any

from core.event import Event
from core.features.streams.fields import FieldValue
from core.features.streams.tiles.tiles import NO_STEP

_End = tuple[int, str, FieldValue]
"""(occurred_us, event_id, value): never two alike up to the id."""


class FirstTiles:
    """The first event of each step."""

    __slots__ = ("_by_step", "_first", "_value")

    def __init__(self) -> None:
        self._by_step: dict[int, _End] = {}
        self._first = NO_STEP
        self._value: _End | None = None

    def add(self, step: int, value: FieldValue, event: Event, /) -> None:
        """Take one event in."""
        known = self._by_step.get(step)
        if known is not None and known[0] < event.occurred_us:
            return
        end = (event.occurred_us, event.event_id, value)
        if known is None or end[:2] < known[:2]:
            self._by_step[step] = end
            if step >= self._first and (self._value is None or end[:2] < self._value[:2]):
                self._value = end

    def slide(self, first: int, /) -> None:
        """Let the window begin with the step ``first``."""
        self._first = first
        step = min((step for step in self._by_step if step >= first), default=None)
        self._value = None if step is None else self._by_step[step]

    def drop(self, oldest: int, /) -> None:
        """Forget the steps before ``oldest``."""
        self._by_step = {step: end for step, end in self._by_step.items() if step >= oldest}

    def value(self) -> FieldValue:
        """Return the value of the first event within the window."""
        return None if self._value is None else self._value[2]

    def content(self) -> list[list[Any]]:
        """Return [step, occurred_us, event_id, value] each."""
        return [[step, *self._by_step[step]] for step in sorted(self._by_step)]

    def restore(self, content: Any, /) -> None:
        """Take over what :meth:`content` gave."""
        self._by_step = {step: (occurred_us, event_id, value) for step, occurred_us, event_id, value in content}


class LastTile:
    """The last event of all: if it is not within the window, none is."""

    __slots__ = ("_end", "_first", "_step")

    def __init__(self) -> None:
        self._end: _End | None = None
        self._step = NO_STEP
        self._first = NO_STEP

    def add(self, step: int, value: FieldValue, event: Event, /) -> None:
        """Take one event in."""
        known = self._end
        if known is None or (event.occurred_us, event.event_id) > known[:2]:
            self._end = (event.occurred_us, event.event_id, value)
            self._step = step

    def slide(self, first: int, /) -> None:
        """Let the window begin with the step ``first``."""
        self._first = first

    def drop(self, oldest: int, /) -> None:
        """Forget the event if it lies before ``oldest``."""
        if self._step < oldest:
            self._end = None

    def value(self) -> FieldValue:
        """Return the value of the last event within the window."""
        return None if self._end is None or self._step < self._first else self._end[2]

    def content(self) -> list[Any]:
        """Return [step, occurred_us, event_id, value], or nothing."""
        return [] if self._end is None else [self._step, *self._end]

    def restore(self, content: Any, /) -> None:
        """Take over what :meth:`content` gave."""
        if content:
            self._step, occurred_us, event_id, value = content
            self._end = (occurred_us, event_id, value)
