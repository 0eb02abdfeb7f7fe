"""The aggregates of one entity over one window."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from core.event import Event
from core.features.streams.compiled import CompiledWindow, FieldTouch, Touch
from core.features.streams.fields import FieldValue
from core.features.streams.tiles.tiles import NO_STEP

_ALL_TIME_US = 2**62
"""Step of the window that is all of history: everything since 1970 is one step."""
_SLACK = 8
"""Steps kept beyond those of the window, so that they are not dropped one by one."""

Row = defaultdict[int, int]
"""Sums by place: those of the events of one step, or of many."""


class WindowState:
    """Sums by step in rows, everything else in tiles, and the results for the window as it was last asked for.

    Nearly every event falls into the newest step. Its row stays apart: ``_totals`` is the sum of the rows from step
    ``_first`` up to but without the newest. All are whole numbers: taking the oldest rows away again leaves exactly
    what adding up anew would.
    """

    __slots__ = (
        "_compiled",
        "_first",
        "_known",
        "_most_rows",
        "_named",
        "_newest",
        "_newest_row",
        "_rows",
        "_step_us",
        "_tiles",
        "_totals",
    )

    def __init__(self, compiled: CompiledWindow) -> None:
        window = compiled.window
        self._compiled = compiled
        self._step_us = window.step_us or _ALL_TIME_US
        self._most_rows = window.span_us // self._step_us + 2 + _SLACK
        self._tiles = compiled.new_tiles()
        self._named = [(aggregate.name, tiles) for aggregate, tiles in zip(compiled.tiled, self._tiles, strict=True)]
        self._first = self._newest = NO_STEP
        self._newest_row: Row = defaultdict(int)
        self._rows: dict[int, Row] = {}
        self._totals: Row = defaultdict(int)
        self._known: dict[str, Any] | None = None
        """Values of the sums and of the histograms of few values, until the next event or step."""

    def add(self, event: Event, values: list[FieldValue], touch: Touch) -> None:
        """Take one event in."""
        _, counts, fields, plain_tiles, field_tiles = touch
        step = event.occurred_us // self._step_us
        row = self._newest_row if step == self._newest else self._other_row(step, event, values, touch)
        for place in counts:
            row[place] += 1
        if fields:
            count_fields(row, values, fields)
        self._known = None
        for place in plain_tiles:
            self._tiles[place].add(step, None, event)
        for index, places in field_tiles:
            value = values[index]
            if value is not None and value != "":
                for place in places:
                    self._tiles[place].add(step, value, event)

    def _other_row(self, step: int, event: Event, values: list[FieldValue], touch: Touch) -> Row:
        """Return the row of a step that is not the newest: it begins now, or the event is late and in totals too."""
        if len(self._rows) >= self._most_rows:
            self.drop(event.recorded_us)
        row = self._rows.setdefault(step, defaultdict(int))
        if step > self._newest:
            if self._newest >= self._first:
                _shift(self._totals, self._newest_row, 1)
            self._newest, self._newest_row = step, row
        elif step >= self._first:
            for place in touch.counts:
                self._totals[place] += 1
            count_fields(self._totals, values, touch.fields)
        return row

    def drop(self, moment_us: int) -> None:
        """Forget what is before the window at a moment; no later moment may be asked for that is before it."""
        oldest = self._first_at(moment_us)
        if oldest > self._first:
            self._slide(oldest)
        for step in [step for step in self._rows if step < oldest]:
            del self._rows[step]
        if self._newest < oldest:
            self._newest, self._newest_row = NO_STEP, defaultdict(int)
        for tiles in self._tiles:
            tiles.drop(oldest)

    def _first_at(self, moment_us: int) -> int:
        window = self._compiled.window
        return window.first_step(moment_us) if window.span_us else NO_STEP

    def read(self, moment_us: int, into: dict[str, Any]) -> None:
        """Write the values of all aggregates at a moment."""
        first = self._first_at(moment_us)
        if first != self._first:
            self._slide(first)
        if self._known is None:
            self._known = self._values()
        into.update(self._known)
        for name, tiles in self._named:
            into[name] = tiles.value()

    def _values(self) -> dict[str, Any]:
        total_of = self._whole_window().get
        values: dict[str, Any] = {name: total_of(place, 0) for name, place in self._compiled.sums}
        for name, keyed in self._compiled.histograms:
            values[name] = {key: events for key, place in keyed if (events := total_of(place))}
        return values

    def _whole_window(self) -> Row:
        if self._newest < self._first:
            return self._totals
        if not self._totals:
            return self._newest_row
        whole = self._totals.copy()
        _shift(whole, self._newest_row, 1)
        return whole

    def _slide(self, first: int) -> None:
        self._known = None
        if self._first <= first < self._first + len(self._rows):
            for step in range(self._first, min(first, self._newest)):
                if step in self._rows:
                    _shift(self._totals, self._rows[step], -1)
        else:
            self._totals = defaultdict(int)
            for step, row in self._rows.items():
                if first <= step < self._newest:
                    _shift(self._totals, row, 1)
        self._first = first
        for tiles in self._tiles:
            tiles.slide(first)

    def content(self) -> list[Any]:
        """Return everything as plain lists of whole numbers and texts."""
        return [rows_content(self._rows), [tiles.content() for tiles in self._tiles]]

    def restore(self, content: list[Any], moment_us: int) -> None:
        """Take over what :meth:`content` gave, at a moment that is not before any event's ``recorded_us``."""
        rows, tiles = content
        self._rows = rows_of(rows)
        for mine, stored in zip(self._tiles, tiles, strict=True):
            mine.restore(stored)
        self._newest = max(self._rows, default=NO_STEP)
        self._newest_row = self._rows.get(self._newest, self._newest_row)
        self._first = 2**62
        self._slide(self._first_at(moment_us))


def count_fields(row: Row, values: list[Any], fields: tuple[FieldTouch, ...]) -> None:
    """Count the fields of an event in a row."""
    for index, counts, sums, squares, bases in fields:
        value = values[index]
        if value is None or value == "":
            continue
        for place in counts:
            row[place] += 1
        for place in sums:
            row[place] += value
        for place in squares:
            row[place] += value * value
        for base in bases:
            row[base + value] += 1


def rows_content(rows: dict[int, Row]) -> list[list[int]]:
    """Return [step, place, sum, place, sum, …] each."""
    return [[step, *(number for pair in sorted(rows[step].items()) for number in pair)] for step in sorted(rows)]


def rows_of(content: list[list[int]]) -> dict[int, Row]:
    """Return the rows that :func:`rows_content` was made of."""
    return {numbers[0]: defaultdict(int, zip(numbers[1::2], numbers[2::2], strict=True)) for numbers in content}


def _shift(totals: Row, row: Row, sign: int) -> None:
    for place, number in row.items():
        totals[place] += sign * number
