"""Events close together in time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter, itemgetter
from typing import Any

from core.event import Event
from core.features.streams.aggregate import Session
from core.features.streams.fields import FieldValue
from core.features.streams.tiles.tiles import NO_STEP

_Run = list[int]
"""[start_us, end_us, events] of a session that can still grow."""
_start_of_run = itemgetter(0)
_end_of = attrgetter("end_us")


class SessionTiles:
    """The sessions of each step, as if there were no other step, and the sessions of the window.

    Which events are of one session depends on the distances between neighbours alone: neighbours within a step are
    neighbours in the window, so nothing is lost. Of the window's sessions the last is apart, as it grows with nearly
    every event.
    """

    __slots__ = ("_by_step", "_closed", "_first", "_gap_us", "_last", "_stale", "_step_us")

    def __init__(self, gap_us: int, step_us: int) -> None:
        self._gap_us = gap_us
        self._step_us = step_us
        self._by_step: dict[int, list[_Run]] = {}
        self._first = NO_STEP
        self._closed: list[Session] = []
        self._last: _Run | None = None
        self._stale = False
        """The window's sessions have to be put together anew."""

    def add(self, step: int, _value: FieldValue, event: Event, /) -> None:
        """Take one event in."""
        time_us = event.occurred_us
        runs = self._by_step.get(step)
        if runs is None:
            self._by_step[step] = [[time_us, time_us, 1]]
        elif runs[-1][0] <= time_us:
            _append(runs, time_us, self._gap_us)
        else:
            insert_event(runs, time_us, self._gap_us)
        if step >= self._first and not self._stale:
            self._add_to_window(time_us)

    def _add_to_window(self, time_us: int) -> None:
        last = self._last
        if last is None:
            self._last = [time_us, time_us, 1]
        elif time_us < last[0]:
            self._stale = True
        elif time_us - last[1] < self._gap_us:
            last[1] = max(last[1], time_us)
            last[2] += 1
        else:
            self._closed.append(Session(*last))
            self._last = [time_us, time_us, 1]

    def slide(self, first: int, /) -> None:
        """Let the window begin with the step ``first``."""
        forwards = first >= self._first
        self._first = first
        if not forwards:
            self._stale = True
        elif not self._stale and first != NO_STEP:
            self._cut(first * self._step_us)

    def _cut(self, start_us: int) -> None:
        """Take away what happened before the window: whole sessions, and the beginning of one at most."""
        del self._closed[: bisect_left(self._closed, start_us, key=_end_of)]
        if self._closed:
            cut = self._closed[0]
            if cut.start_us < start_us:
                self._closed[0] = Session(*self._runs_until(cut.end_us))
        elif self._last is not None and self._last[1] < start_us:
            self._last = None
        elif self._last is not None and self._last[0] < start_us:
            self._last = self._runs_until(self._last[1])

    def _runs_until(self, end_us: int) -> _Run:
        """Return as one all runs within the window that begin up to ``end_us``."""
        start_us, events = end_us, 0
        for step in range(self._first, end_us // self._step_us + 1):
            for run in self._by_step.get(step, ()):
                if run[0] <= end_us:
                    start_us = min(start_us, run[0])
                    events += run[2]
        return [start_us, end_us, events]

    def drop(self, oldest: int, /) -> None:
        """Forget the steps before ``oldest``."""
        self._by_step = {step: runs for step, runs in self._by_step.items() if step >= oldest}

    def value(self) -> tuple[Session, ...]:
        """Return the sessions within the window, oldest first."""
        if self._stale:
            self._put_together()
        return () if self._last is None else (*self._closed, Session(*self._last))

    def _put_together(self) -> None:
        merged: list[_Run] = []
        for step in sorted(step for step in self._by_step if step >= self._first):
            for run in self._by_step[step]:
                if merged and run[0] - merged[-1][1] < self._gap_us:
                    merged[-1][1] = run[1]
                    merged[-1][2] += run[2]
                else:
                    merged.append(run.copy())
        self._stale = False
        self._last = merged.pop() if merged else None
        self._closed = [Session(*run) for run in merged]

    def content(self) -> list[list[int]]:
        """Return [step, gap since the one before, length, events, gap, length, events, …] each."""
        return [_runs_content(step, self._by_step[step]) for step in sorted(self._by_step)]

    def restore(self, content: Any, /) -> None:
        """Take over what :meth:`content` gave."""
        self._by_step = {numbers[0]: _runs_of(numbers[1:]) for numbers in content}
        self._stale = True


def _append(runs: list[_Run], time_us: int, gap_us: int) -> None:
    """Put an event into runs, none of which begins after it."""
    last = runs[-1]
    if time_us - last[1] < gap_us:
        last[1] = max(last[1], time_us)
        last[2] += 1
    else:
        runs.append([time_us, time_us, 1])


def insert_event(runs: list[_Run], time_us: int, gap_us: int) -> None:
    """Put an event into runs that are sorted and at least a gap apart, so that they still are."""
    index = bisect_right(runs, time_us, key=_start_of_run)
    low, high, run = index, index, [time_us, time_us, 1]
    if index and time_us - runs[index - 1][1] < gap_us:
        before = runs[index - 1]
        low, run = index - 1, [before[0], max(before[1], time_us), before[2] + 1]
    if index < len(runs) and runs[index][0] - run[1] < gap_us:
        after = runs[index]
        high, run = index + 1, [run[0], after[1], run[2] + after[2]]
    runs[low:high] = [run]


def _runs_content(step: int, runs: list[_Run]) -> list[int]:
    numbers, before_us = [step], 0
    for start_us, end_us, events in runs:
        numbers += (start_us - before_us, end_us - start_us, events)
        before_us = end_us
    return numbers


def _runs_of(numbers: list[int]) -> list[_Run]:
    runs, time_us = [], 0
    for gap_us, length_us, events in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True):
        start_us, time_us = time_us + gap_us, time_us + gap_us + length_us
        runs.append([start_us, time_us, events])
    return runs
