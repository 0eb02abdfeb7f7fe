"""How many events lie in each step: when things happened."""

from __future__ import annotations

from typing import Any

from core.event import Event
from core.features.streams.fields import FieldValue
from core.features.streams.tiles.tiles import NO_STEP


class StepTiles:
    """The events of each step."""

    __slots__ = ("_by_step", "_first", "_value")

    def __init__(self) -> None:
        self._by_step: dict[int, int] = {}
        self._first = NO_STEP
        self._value: dict[int, int] | None = None

    def add(self, step: int, _value: FieldValue, _event: Event, /) -> None:
        """Take one event in."""
        self._by_step[step] = self._by_step.get(step, 0) + 1
        self._value = None

    def slide(self, first: int, /) -> None:
        """Let the window begin with the step ``first``."""
        self._first = first
        self._value = None

    def drop(self, oldest: int, /) -> None:
        """Forget the steps before ``oldest``."""
        self._by_step = {step: count for step, count in self._by_step.items() if step >= oldest}

    def value(self) -> dict[int, int]:
        """Return the events of each step within the window that has any, oldest first."""
        if self._value is None:
            self._value = {step: count for step, count in sorted(self._by_step.items()) if step >= self._first}
        return self._value

    def content(self) -> list[list[int]]:
        """Return [step, events] each."""
        return [list(pair) for pair in sorted(self._by_step.items())]

    def restore(self, content: Any, /) -> None:
        """Take over what :meth:`content` gave."""
        self._by_step = dict(content)
