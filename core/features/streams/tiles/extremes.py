"""The smallest or largest value."""

from __future__ import annotations

from typing import Any

from core.event import Event
from core.features.streams.tiles.tiles import NO_STEP


class ExtremeTiles:
    """The smallest value of each step; ``sign=-1`` for the largest.

    A step's value can go when a newer step has one at least as small: it can never be the smallest again, as a window
    that holds the older step holds the newer one too.
    """

    __slots__ = ("_by_step", "_first", "_least", "_sign")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._by_step: dict[int, int] = {}
        self._first = NO_STEP
        self._least: int | None = None

    def add(self, step: int, value: Any, _event: Event, /) -> None:
        """Take one event in."""
        signed = value * self._sign
        least = self._by_step.get(step)
        if least is None or signed < least:
            self._by_step[step] = signed
            if step >= self._first and (self._least is None or signed < self._least):
                self._least = signed

    def slide(self, first: int, /) -> None:
        """Let the window begin with the step ``first``."""
        self._first = first
        self._least = min((least for step, least in self._by_step.items() if step >= first), default=None)

    def drop(self, oldest: int, /) -> None:
        """Forget the steps before ``oldest``, and those that a newer one outdoes."""
        kept: dict[int, int] = {}
        least: int | None = None
        for step in sorted((step for step in self._by_step if step >= oldest), reverse=True):
            if least is None or self._by_step[step] < least:
                kept[step] = least = self._by_step[step]
        self._by_step = kept

    def value(self) -> int | None:
        """Return the smallest or largest value within the window."""
        return None if self._least is None else self._least * self._sign

    def content(self) -> list[list[int]]:
        """Return [step, value] each."""
        return [list(pair) for pair in sorted(self._by_step.items())]

    def restore(self, content: Any, /) -> None:
        """Take over what :meth:`content` gave."""
        self._by_step = dict(content)
