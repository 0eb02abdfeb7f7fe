"""The statements that add up: one for all plain aggregates of a window, one for each that has parts of its own.

Each joins the rows of one chunk with the events that count for them, by both clocks: recorded before the row's moment,
or where it names a sequence number up to that, and having occurred within its window.
"""

# ruff: noqa: S608  nothing but names and numbers made here is put into the text

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.features.streams.aggregate import HISTOGRAM_KEYS, SKETCH_SIZE, Aggregate, Function
from core.features.streams.decay import OLDEST
from core.features.streams.finish import DISTINCT_KEPT
from core.features.streams.sql.layout import Layout, code_column, is_code, number_column
from core.features.streams.sql.units import quotient
from core.features.streams.window import Window

_HALFWAY = OLDEST // 2
OTHERS_CODE = -1
"""Of a histogram: all values without a place of their own."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A query with one question mark, the number of the chunk.

    Attributes:
        text: Its first column is the number of the row; then, for each aggregate in turn, as many as it has. Rows for
            which nothing counts may be missing.
        aggregates: What it answers, each with how many columns it has.
    """

    text: str
    aggregates: tuple[tuple[Aggregate, int], ...]


def passes(layout: Layout) -> Iterator[Pass]:
    """Return the queries that together answer every aggregate once."""
    for window in layout.windows:
        mine = [a for a in layout.aggregates if a.window == window]
        if plain := [a for a in mine if a.function not in _OWN_PASS]:
            yield _plain(layout, window, plain)
        yield from (_OWN_PASS[a.function](layout, a) for a in mine if a.function in _OWN_PASS)


def _plain(layout: Layout, window: Window, aggregates: Sequence[Aggregate]) -> Pass:
    columns = [(aggregate, _columns(layout, aggregate)) for aggregate in aggregates]
    chosen = ", ".join(text for _, texts in columns for text in texts)
    return Pass(
        f"SELECT r.number, {chosen} {_pairs(layout, window)} GROUP BY r.number",
        tuple((aggregate, len(texts)) for aggregate, texts in columns),
    )


def _pairs(layout: Layout, window: Window) -> str:
    return (
        "FROM asked r JOIN events e ON e.entity = r.entity AND e.occurred_us <= r.moment_us "
        f"AND e.occurred_us >= r.{layout.start(window)} "
        "AND (e.recorded_us < r.recorded_before OR e.sequence <= r.up_to) "
        "WHERE r.chunk = ?"
    )


def _columns(layout: Layout, aggregate: Aggregate) -> tuple[str, ...]:
    value = _value(aggregate)
    counting = f"FILTER (e.{layout.condition(aggregate)})"
    match aggregate.function:
        case Function.DISTINCT:
            return _distinct(f"list_distinct(list({value}) {counting})")
        case Function.DECAYED:
            return tuple(f"coalesce(sum({part}) {counting}, 0)" for part in _decayed(layout, aggregate))
        case function:
            return (_SIMPLE[function].format(value=value, counting=counting),)


_SIMPLE: Mapping[Function, str] = {
    Function.COUNT: "count(*) {counting}",
    # Whole numbers of 64 bits add up in 128.
    Function.SUM: "coalesce(sum({value}) {counting}, 0)",
    Function.SQUARES: "coalesce(sum(CAST({value} AS HUGEINT) * {value}) {counting}, 0)",
    Function.MIN: "min({value}) {counting}",
    Function.MAX: "max({value}) {counting}",
    Function.FIRST: "arg_min({value}, e.place) {counting}",
    Function.LAST: "arg_max({value}, e.place) {counting}",
}
"""Functions that are one column."""


def _value(aggregate: Aggregate) -> str:
    if aggregate.field is None:
        return ""
    return f"e.{code_column(aggregate.field) if is_code(aggregate) else number_column(aggregate.field)}"


def _distinct(values: str) -> tuple[str, str]:
    """Return how many there are and, only where an estimate is due, the codes of the smallest hashes."""
    kept = f"CASE WHEN len({values}) > {SKETCH_SIZE:d} THEN list_sort({values})[:{DISTINCT_KEPT:d}] END"
    return f"coalesce(len({values}), 0)", kept


def decay_spans(aggregate: Aggregate) -> tuple[tuple[int, int], ...]:
    """Return over which half-lives each column of a DECAYED adds up: from and up to so many ago.

    A column is in units of its oldest half-life. Where values are multiplied in, there are two: one would outgrow the
    128 bits of a sum in which amounts of money stand 2 ** 40 times as large as forty half-lives ago.
    """
    if aggregate.field is None:
        return ((OLDEST, 0),)
    return ((OLDEST, _HALFWAY + 1), (_HALFWAY, 0))


def _decayed(layout: Layout, aggregate: Aggregate) -> Iterator[str]:
    whole, weight = (f"e.{name}" for name in layout.decay(aggregate.half_life_us))
    weighted = weight if aggregate.field is None else f"CAST({weight} AS HUGEINT) * {_value(aggregate)}"
    age = f"{whole} - r.{layout.now(aggregate.half_life_us)}"
    for first, last in decay_spans(aggregate):
        within = f"{age} BETWEEN {-first:d} AND {-last:d}"
        yield f"CASE WHEN {within} THEN {weighted} * (CAST(1 AS BIGINT) << ({age} + {first:d})) END"


def _steps(layout: Layout, aggregate: Aggregate) -> Pass:
    key = quotient("e.occurred_us", aggregate.window.step_us)
    return _keyed(
        aggregate, f"SELECT r.number, {key} AS key, count(*) AS events {_counting(layout, aggregate)} GROUP BY ALL"
    )


def _histogram(layout: Layout, aggregate: Aggregate) -> Pass:
    """Codes rise as hashes do: the values with a place of their own are those with the smallest codes."""
    counted = (
        f"SELECT r.number, {_value(aggregate)} AS code, count(*) AS events {_counting(layout, aggregate)} GROUP BY ALL"
    )
    placed = f"SELECT *, row_number() OVER (PARTITION BY number ORDER BY code) AS place FROM ({counted})"
    return _keyed(
        aggregate,
        f"SELECT number, CASE WHEN place <= {HISTOGRAM_KEYS:d} THEN code ELSE {OTHERS_CODE:d} END AS key, "
        f"CAST(sum(events) AS BIGINT) AS events FROM ({placed}) GROUP BY ALL",
    )


def _keyed(aggregate: Aggregate, counts: str) -> Pass:
    return Pass(f"SELECT number, list(key), list(events) FROM ({counts}) GROUP BY number", ((aggregate, 2),))


def _sessions(layout: Layout, aggregate: Aggregate) -> Pass:
    """Gaps and islands: an event begins a session if the one before it is a gap away, or there is none."""
    since = "e.occurred_us - lag(e.occurred_us) OVER (PARTITION BY r.number ORDER BY e.place)"
    begun = (
        f"SELECT r.number, e.occurred_us, e.place, CAST(coalesce({since} >= {aggregate.gap_us:d}, TRUE) AS INTEGER) "
        f"AS begins {_counting(layout, aggregate)}"
    )
    numbered = (
        f"SELECT number, occurred_us, sum(begins) OVER (PARTITION BY number ORDER BY place) AS session FROM ({begun})"
    )
    parts = (
        "SELECT number, min(occurred_us) AS start_us, max(occurred_us) AS end_us, count(*) AS events "
        f"FROM ({numbered}) GROUP BY number, session"
    )
    lists = ", ".join(f"list({name} ORDER BY start_us)" for name in ("start_us", "end_us", "events"))
    return Pass(f"SELECT number, {lists} FROM ({parts}) GROUP BY number", ((aggregate, 3),))


def _counting(layout: Layout, aggregate: Aggregate) -> str:
    return f"{_pairs(layout, aggregate.window)} AND e.{layout.condition(aggregate)}"


_OWN_PASS: Mapping[Function, Callable[[Layout, Aggregate], Pass]] = {
    Function.HISTOGRAM: _histogram,
    Function.SESSIONS: _sessions,
    Function.STEPS: _steps,
}
"""Functions whose parts are groups of their own."""
