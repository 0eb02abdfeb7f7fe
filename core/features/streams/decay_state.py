"""The decaying sums of one entity that have the same half-life."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from core.event import Event
from core.features.streams.compiled import CompiledDecay, Touch
from core.features.streams.decay import OLDEST, STEP_WEIGHTS, STEPS_PER_HALF_LIFE, decay_step
from core.features.streams.tiles.tiles import NO_STEP
from core.features.streams.window_state import Row, rows_content, rows_of

_MOST_ROWS = 2 * OLDEST
_MOST_SHIFTED = 2 * OLDEST
"""Binary digits by which a sum is moved at most: totals stay short numbers."""


class DecayState:
    """Weighted sums by half-life, and their total as ``decay.decayed`` has it, before it is divided.

    Nearly every event falls into the newest half-life. Its row stays apart: ``_totals`` is the sum of the rows from the
    half-life ``_oldest`` up to but without the newest, each times 2 ** (its number - ``_oldest``).
    """

    __slots__ = ("_compiled", "_newest", "_newest_row", "_oldest", "_rows", "_step_us", "_totals")

    def __init__(self, compiled: CompiledDecay) -> None:
        self._compiled = compiled
        self._step_us = compiled.half_life_us // STEPS_PER_HALF_LIFE
        self._rows: dict[int, Row] = {}
        self._totals: Row = defaultdict(int)
        self._oldest = self._newest = NO_STEP
        self._newest_row: Row = defaultdict(int)

    def add(self, event: Event, values: list[Any], touch: Touch) -> None:
        """Take one event in."""
        whole, fraction = divmod(event.occurred_us // self._step_us, STEPS_PER_HALF_LIFE)
        weight = STEP_WEIGHTS[fraction]
        if whole != self._newest:
            self._change_row(whole, weight, event, values, touch)
        else:
            _weigh(self._newest_row, weight, values, touch)

    def _change_row(self, whole: int, weight: int, event: Event, values: list[Any], touch: Touch) -> None:
        """Count an event that is not of the newest half-life: it begins a newer one, or is late."""
        if self._oldest == NO_STEP or len(self._rows) >= _MOST_ROWS:
            self.drop(event.recorded_us)
        row = self._rows.setdefault(whole, defaultdict(int))
        _weigh(row, weight, values, touch)
        if whole > self._newest:
            self._begin(whole, row)
        elif whole >= self._oldest:
            _weigh(self._totals, weight << (whole - self._oldest), values, touch)

    def _begin(self, whole: int, row: Row) -> None:
        """Let a newer half-life begin; what it leaves behind far enough is left out, so that totals stay short."""
        before, before_row = self._newest, self._newest_row
        self._newest, self._newest_row = whole, row
        if whole - self._oldest > _MOST_SHIFTED:
            self._slide(whole - OLDEST)
        elif before >= self._oldest:
            _shift(self._totals, before_row, before - self._oldest)

    def drop(self, moment_us: int) -> None:
        """Forget what does not count at a moment; no later moment may be asked for that is before it."""
        oldest = moment_us // self._compiled.half_life_us - OLDEST
        if oldest > self._oldest:
            self._slide(oldest)
        self._rows = {whole: row for whole, row in self._rows.items() if whole >= oldest}
        if self._newest < oldest:
            self._newest, self._newest_row = NO_STEP, defaultdict(int)

    def read(self, moment_us: int, into: dict[str, Any]) -> None:
        """Write the values of all sums at a moment."""
        now, fraction = decay_step(moment_us, self._compiled.half_life_us)
        if now - OLDEST != self._oldest:
            self._slide(now - OLDEST)
        unit = STEP_WEIGHTS[fraction] << OLDEST
        total_of, newest_of = self._totals.get, self._newest_row.get
        shift = self._newest - self._oldest
        if shift < 0:
            shift, newest_of = 0, dict[int, int]().get
        for name, place in self._compiled.sums:
            into[name] = (total_of(place, 0) + (newest_of(place, 0) << shift)) / unit

    def _slide(self, oldest: int) -> None:
        moved = oldest - self._oldest
        if 0 < moved <= OLDEST:
            for whole in [whole for whole in self._rows if self._oldest <= whole < min(oldest, self._newest)]:
                _shift(self._totals, self._rows[whole], whole - self._oldest, -1)
            # What remains are multiples of 2 ** moved: nothing is cut off.
            self._totals = defaultdict(int, {place: total >> moved for place, total in self._totals.items()})
        else:
            self._totals = defaultdict(int)
            for whole, row in self._rows.items():
                if oldest <= whole < self._newest:
                    _shift(self._totals, row, whole - oldest)
        self._oldest = oldest

    def content(self) -> list[list[int]]:
        """Return everything as plain lists of whole numbers."""
        return rows_content(self._rows)

    def restore(self, content: list[list[int]], moment_us: int) -> None:
        """Take over what :meth:`content` gave, at a moment that is not before any event's ``recorded_us``."""
        self._rows = rows_of(content)
        self._newest = max(self._rows, default=NO_STEP)
        self._newest_row = self._rows.get(self._newest, self._newest_row)
        self._oldest = 2**62
        self._slide(moment_us // self._compiled.half_life_us - OLDEST)


def _weigh(row: Row, weight: int, values: list[Any], touch: Touch) -> None:
    """Count an event in a row."""
    for place in touch.counts:
        row[place] += weight
    for index, _, sums, _, _ in touch.fields:
        value = values[index]
        if value is not None:
            for place in sums:
                row[place] += weight * value


def _shift(totals: Row, row: Row, digits: int, sign: int = 1) -> None:
    for place, number in row.items():
        totals[place] += sign * (number << digits)
