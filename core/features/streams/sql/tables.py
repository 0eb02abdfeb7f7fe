"""The tables the statements read: whose events there are, what is asked, and the events themselves as numbers only.

There before them: ``incoming`` with the fields of events, and ``wanted`` with number, lead_id, item_id, moment_us and
up_to_sequence of the rows.
"""

# ruff: noqa: S608  nothing but names and numbers made here is put into the text

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.features.streams.aggregate import Unit
from core.features.streams.decay import STEP_WEIGHTS, STEPS_PER_HALF_LIFE
from core.features.streams.sql.layout import Condition, Layout, code_column, code_table, number_column
from core.features.streams.sql.units import quotient, remainder, value_of
from core.features.streams.window import EVER, Window

BEFORE_ALL = EVER.start_us(0)
"""Where all of history starts, and a sequence number before the first."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Text, and the values bound to it in the order of its question marks."""

    text: str
    values: tuple[Any, ...] = ()


def tables(layout: Layout, pairs_per_chunk: int) -> Iterator[Statement]:
    """Return the statements that make the tables.

    Args:
        layout: Of the plan.
        pairs_per_chunk: How many events the rows of one chunk look at together, about.
    """
    yield _entities(layout)
    yield _asked(layout, pairs_per_chunk)
    yield from (_codes(unit) for unit in layout.coded)
    yield _events(layout)


def codes(unit: Unit) -> Statement:
    """Return the query of a unit's (value, hash), in the order of their codes from 0."""
    return Statement(f"SELECT value, hash FROM {code_table(unit)} ORDER BY code")


def _entities(layout: Layout) -> Statement:
    keys = ", ".join(layout.keys)
    named = "WHERE item_id <> ''" if "item_id" in layout.keys else ""
    return Statement(
        f"CREATE TABLE entities AS SELECT {keys}, row_number() OVER (ORDER BY {keys}) AS entity, count(*) AS events "
        f"FROM incoming {named} GROUP BY {keys}"
    )


def _asked(layout: Layout, pairs_per_chunk: int) -> Statement:
    columns = [
        *(f", {_start(window)} AS {layout.start(window)}" for window in layout.windows),
        *(f", {_whole('moment_us', half_life_us)} AS {layout.now(half_life_us)}" for half_life_us in layout.half_lives),
    ]
    # Where a sequence number is given, it alone says what was known: what others recorded was not read yet.
    known = (
        f"coalesce(up_to_sequence, {BEFORE_ALL:d}) AS up_to, "
        f"if(up_to_sequence IS NULL, moment_us, {BEFORE_ALL:d}) AS recorded_before"
    )
    return Statement(
        f"CREATE TABLE asked AS SELECT number, entity, moment_us, {known}{''.join(columns)}, "
        f"CAST(sum(events) OVER (ORDER BY entity, number) // {pairs_per_chunk:d} AS BIGINT) AS chunk "
        f"FROM wanted JOIN entities USING ({', '.join(layout.keys)}) ORDER BY entity, number"
    )


def _start(window: Window) -> str:
    """Return :meth:`Window.start_us` as SQL."""
    if not window.span_us:
        return f"{BEFORE_ALL:d}"
    edge = f"moment_us - {window.span_us:d}"
    return f"{edge} - {remainder(edge, window.step_us)}"


def _codes(unit: Unit) -> Statement:
    """Codes rise as the hashes of the values do (``finish.by_hash``)."""
    return Statement(
        f"CREATE TABLE {code_table(unit)} AS SELECT value, hash, row_number() OVER (ORDER BY hash, text) - 1 AS code "
        "FROM (SELECT value, CAST(value AS VARCHAR) AS text, md5_number_lower(CAST(value AS VARCHAR)) AS hash "
        f"FROM (SELECT DISTINCT {value_of(unit)} AS value FROM incoming) WHERE value IS NOT NULL)"
    )


def _events(layout: Layout) -> Statement:
    """Each event once, in numbers; ``place`` is its place in the order by (occurred_us, event_id)."""
    found = [_condition(condition) for condition in layout.conditions]
    columns = [
        "entity, sequence, occurred_us, recorded_us, row_number() OVER (ORDER BY occurred_us, event_id) AS place",
        *(f"{text} AS counts_{place:d}" for place, (text, _) in enumerate(found)),
        *(f"{value_of(unit)} AS {number_column(unit)}" for unit in layout.numbers),
        *(f"{code_table(unit)}.code AS {code_column(unit)}" for unit in layout.coded),
        *(column for half_life_us in layout.half_lives for column in _decay(layout, half_life_us)),
    ]
    joins = " ".join(
        f"LEFT JOIN {code_table(unit)} ON {code_table(unit)}.value = {value_of(unit)}" for unit in layout.coded
    )
    once = "SELECT * FROM incoming QUALIFY row_number() OVER (PARTITION BY sequence) = 1"
    return Statement(
        f"CREATE TABLE events AS SELECT {', '.join(columns)} FROM ({once}) "
        f"JOIN entities USING ({', '.join(layout.keys)}) {joins} ORDER BY entity, occurred_us",
        tuple(value for _, values in found for value in values),
    )


def _condition(condition: Condition) -> tuple[str, tuple[Any, ...]]:
    lists = (("kind", condition.kinds), ("page_type", condition.pages), ("device", condition.devices))
    given = [(f"list_contains(CAST(? AS VARCHAR[]), {name})", list(values)) for name, values in lists if values]
    rules = [text for text, _ in given]
    if condition.positive is not None:
        rules.append(f"coalesce(positive = {str(condition.positive).upper()}, FALSE)")
    if condition.field is not None:
        rules.append(f"{value_of(condition.field)} IS NOT NULL")
    return " AND ".join(rules) or "TRUE", tuple(values for _, values in given)


def _decay(layout: Layout, half_life_us: int) -> tuple[str, str]:
    step = quotient("occurred_us", half_life_us // STEPS_PER_HALF_LIFE)
    weights = ", ".join(f"{weight:d}" for weight in STEP_WEIGHTS)
    whole, weight = layout.decay(half_life_us)
    return (
        f"{_whole('occurred_us', half_life_us)} AS {whole}",
        f"CAST(([{weights}])[{remainder(step, STEPS_PER_HALF_LIFE)} + 1] AS BIGINT) AS {weight}",
    )


def _whole(time: str, half_life_us: int) -> str:
    """Return the first of :func:`core.features.streams.decay.decay_step` as SQL: rounding down twice is once."""
    return quotient(time, half_life_us)
