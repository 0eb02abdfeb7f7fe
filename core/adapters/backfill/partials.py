"""From the columns of a query to what readings hold: the last step is the one of live values (``finish``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.features.streams.aggregate import Aggregate, Function, Session
from core.features.streams.decay import decay_step
from core.features.streams.finish import OTHERS, Partial, finish
from core.features.streams.sql.layout import is_code
from core.features.streams.sql.passes import OTHERS_CODE, decay_spans

_EMPTY: Mapping[Function, Partial] = {
    Function.COUNT: 0,
    Function.SUM: 0,
    Function.SQUARES: 0,
    Function.DISTINCT: (),
    Function.HISTOGRAM: {},
    Function.DECAYED: {},
    Function.SESSIONS: (),
    Function.STEPS: {},
}
"""Where no event counts; None for functions that are missing."""
_AS_THEY_ARE = frozenset({Function.COUNT, Function.SUM, Function.SQUARES, Function.MIN, Function.MAX})


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """What the codes of one unit stand for: its values and their hashes, both by code."""

    values: Sequence[str | int] = ()
    hashes: Sequence[int] = ()


def empty(aggregate: Aggregate) -> Any:
    """Return what a reading holds where no event counts."""
    return finish(aggregate, _EMPTY.get(aggregate.function), 0)


def finished(
    aggregate: Aggregate, columns: Sequence[Sequence[Any]], moments_us: Sequence[int], codes: Codes
) -> Sequence[Any]:
    """Return what the readings of some rows hold for an aggregate.

    Args:
        aggregate: It.
        columns: Its columns of the query, each (n,).
        moments_us: Of the rows, (n,).
        codes: Of the aggregate's unit, where it has codes.
    """
    if aggregate.function in _AS_THEY_ARE:
        return columns[0]
    if aggregate.function in {Function.FIRST, Function.LAST}:
        return _ends(columns[0], codes) if is_code(aggregate) else columns[0]
    if aggregate.function in _WITH_CODES:
        return [_WITH_CODES[aggregate.function](aggregate, codes, *values) for values in zip(*columns, strict=True)]
    read = _READ[aggregate.function]
    return [read(aggregate, moment_us, *values) for moment_us, *values in zip(moments_us, *columns, strict=True)]


def _ends(column: Sequence[int | None], codes: Codes) -> Sequence[Any]:
    return [None if code is None else codes.values[code] for code in column]


def _distinct(aggregate: Aggregate, codes: Codes, count: int, smallest: Sequence[int] | None) -> Any:
    """As many as can be counted exactly are not named, only counted."""
    return float(count) if smallest is None else finish(aggregate, [codes.hashes[code] for code in smallest], 0)


def _histogram(aggregate: Aggregate, codes: Codes, keys: Sequence[int], events: Sequence[int]) -> Any:
    values = codes.values
    counts = {OTHERS if key == OTHERS_CODE else values[key]: n for key, n in zip(keys, events, strict=True)}
    return finish(aggregate, counts, 0)


def _steps(aggregate: Aggregate, moment_us: int, keys: Sequence[int], events: Sequence[int]) -> Any:
    return finish(aggregate, dict(zip(keys, events, strict=True)), moment_us)


def _decayed(aggregate: Aggregate, moment_us: int, *sums: int) -> Any:
    if not any(sums):
        return 0.0
    now, _ = decay_step(moment_us, aggregate.half_life_us)
    spans = decay_spans(aggregate)
    return finish(aggregate, {now - first: total for (first, _), total in zip(spans, sums, strict=True)}, moment_us)


def _sessions(aggregate: Aggregate, moment_us: int, *lists: Sequence[int]) -> Any:
    return finish(aggregate, [Session(*values) for values in zip(*lists, strict=True)], moment_us)


_WITH_CODES: Mapping[Function, Callable[..., Any]] = {
    Function.DISTINCT: _distinct,
    Function.HISTOGRAM: _histogram,
}
"""By function: from (aggregate, codes, its columns of one row) to what the reading holds, at whatever moment."""
_READ: Mapping[Function, Callable[..., Any]] = {
    Function.STEPS: _steps,
    Function.DECAYED: _decayed,
    Function.SESSIONS: _sessions,
}
"""By function: from (aggregate, moment, its columns of one row) to what the reading holds."""
