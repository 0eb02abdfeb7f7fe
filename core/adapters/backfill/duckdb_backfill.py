"""The past of a plan, by DuckDB within the process."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from core.adapters.backfill.arrow import event_table, row_table
from core.adapters.backfill.as_of import AsOf
from core.adapters.backfill.partials import Codes, empty, finished
from core.features.streams.admissible import check_plan
from core.features.streams.columns import EventColumns
from core.features.streams.declaration import Reading, StreamPlan, Value
from core.features.streams.sql.layout import Layout
from core.features.streams.sql.passes import Pass, passes
from core.features.streams.sql.tables import codes, tables

PAIRS_PER_CHUNK = 4_000_000
"""Events that the rows of one chunk look at together, about: what bounds the memory of a query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillLimits:
    """What a backfill may use.

    Attributes:
        threads: Of DuckDB.
        memory_mb: Of DuckDB; beyond that it writes to a temporary folder.
        pairs_per_chunk: See ``PAIRS_PER_CHUNK``.
    """

    threads: int = 2
    memory_mb: int = 2048
    pairs_per_chunk: int = PAIRS_PER_CHUNK


class DuckDbBackfill:
    """Computes a plan's features as of any moments, from the events themselves.

    Args:
        plan: What to compute.
        limits: What it may use.

    Raises:
        InvalidInput: If the plan has an aggregate that cannot be kept live either.
    """

    def __init__(self, plan: StreamPlan, limits: BackfillLimits | None = None) -> None:
        check_plan(plan)
        self._plan = plan
        self._limits = limits or BackfillLimits()
        self._layout = Layout.of(plan)
        self._passes = tuple(passes(self._layout))

    def readings(self, events: EventColumns, rows: Sequence[AsOf]) -> list[Reading]:
        """Return a reading for each row, in their order.

        Args:
            events: Of one tenant, in any order; each sequence number counts once.
            rows: What is asked. Rows of whom there are no events have an empty reading.
        """
        moments = [row.moment_us for row in rows]
        answers = {aggregate.name: [empty(aggregate)] * len(rows) for aggregate in self._plan.aggregates}
        if rows and len(events):
            with _connection(self._limits) as connection, _collector_at_rest():
                self._answer(connection, events, rows, answers)
        return [
            Reading(aggregates=dict(zip(answers, values, strict=True)), moment_us=moment_us)
            for moment_us, *values in zip(moments, *answers.values(), strict=True)
        ]

    def values(self, events: EventColumns, rows: Sequence[AsOf]) -> list[dict[str, Value]]:
        """Return the features for each row, in their order; arguments as of :meth:`readings`."""
        return [self._plan.values(reading) for reading in self.readings(events, rows)]

    def _answer(
        self,
        connection: duckdb.DuckDBPyConnection,
        events: EventColumns,
        rows: Sequence[AsOf],
        answers: dict[str, list[Any]],
    ) -> None:
        connection.register("incoming", event_table(events))
        connection.register("wanted", row_table(rows))
        for statement in tables(self._layout, self._limits.pairs_per_chunk):
            connection.execute(statement.text, statement.values)
        known = {unit: _codes(connection, codes(unit).text) for unit in self._layout.coded}
        chunks = connection.execute("SELECT DISTINCT chunk FROM asked ORDER BY chunk").fetchall()
        for (chunk,) in chunks:
            for one in self._passes:
                found = connection.execute(one.text, (chunk,)).fetchall()
                _enter(one, found, rows, known, answers)


def _enter(
    one: Pass,
    found: Sequence[tuple[Any, ...]],
    rows: Sequence[AsOf],
    codes: dict[Any, Codes],
    answers: dict[str, list[Any]],
) -> None:
    """Enter what a query found under the numbers of the rows."""
    if not found:
        return
    numbers, *columns = zip(*found, strict=True)
    moments = [rows[number].moment_us for number in numbers]
    for aggregate, width in one.aggregates:
        mine, columns = columns[:width], columns[width:]
        answer = answers[aggregate.name]
        known = codes.get(aggregate.field, Codes())
        for number, value in zip(numbers, finished(aggregate, mine, moments, known), strict=True):
            answer[number] = value


def _codes(connection: duckdb.DuckDBPyConnection, query: str) -> Codes:
    found = connection.execute(query).fetchall()
    return Codes(values=[value for value, _ in found], hashes=[value for _, value in found])


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Hold back the search for cycles, of which answers have none, while millions of objects come into being."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _connection(limits: BackfillLimits) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that reaches neither the network nor files, but for its temporary folder."""
    with tempfile.TemporaryDirectory(prefix="leadline-backfill-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": limits.threads,
            "memory_limit": f"{limits.memory_mb:d}MB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(":memory:", config=settings) as connection:
            # In this order: after the second the folder can no longer be set, after the third nothing can.
            connection.execute("SET temp_directory = ?", (folder,))
            connection.execute("SET enable_external_access = FALSE")
            connection.execute("SET lock_configuration = TRUE")
            yield connection
