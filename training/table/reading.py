"""Reads a file of labelled leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from training.table.attributes import attribute_columns
from training.table.csv_file import read_csv
from training.table.grid import Grid
from training.table.lead_table import LeadTable, fingerprint_rows
from training.table.mapping import LeadMapping
from training.table.outcomes import check_outcomes, read_outcomes
from training.table.parquet_file import read_parquet
from training.table.problems import Problems
from training.table.rows import make_leads
from training.table.times import rank_in_time, read_moments, read_order

MIN_SAMPLES = 100


def read_leads(path: Path, mapping: LeadMapping, *, min_samples: int = MIN_SAMPLES) -> LeadTable:
    """Read a CSV file (``.csv``, ``.csv.gz``; UTF-8, with a header) or a Parquet file (``.parquet``).

    Rows without a known outcome are left out and counted, and so are rows without a time where the mapping names a
    time or an order: guessing it could put an outcome before its own lead.

    Args:
        path: The file.
        mapping: Which column means what.
        min_samples: Fewest rows with a known outcome to accept.

    Raises:
        InvalidInput: Names file, line and column of the first 20 problems, and counts the rest. Lines count as in the
            file, the header being line 1; Parquet files have rows instead, from 1.
    """
    problems = Problems(path.name)
    grid = read_grid(path, problems)
    _check_columns(grid, mapping, problems)
    outcomes = read_outcomes(grid, mapping, problems)
    labelled = [i for i, outcome in enumerate(outcomes) if outcome is not None]
    rows, undated_count = _dated_rows(grid.keep(labelled), [bool(outcomes[i]) for i in labelled], mapping, problems)
    problems.check()
    check_outcomes(rows.outcomes, mapping, problems, min_samples)
    return _table(rows, mapping, problems, unlabelled_count=len(outcomes) - len(labelled), undated_count=undated_count)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Rows with an outcome and a place in time, in the order of the file."""

    grid: Grid
    outcomes: Sequence[bool]
    posted: Sequence[datetime | None]
    moments: Sequence[datetime | None]
    """When each lead was to be scored: when it was posted, unless the mapping names a column."""
    order: Sequence[float | None]


def read_grid(path: Path, problems: Problems) -> Grid:
    """Return the columns of a file, chosen by its suffix."""
    name = path.name.lower()
    if name.endswith(".parquet"):
        return read_parquet(path, problems)
    if name.endswith((".csv", ".csv.gz")):
        return read_csv(path, problems)
    raise problems.stop("must be a .csv, .csv.gz or .parquet file")


def _check_columns(grid: Grid, mapping: LeadMapping, problems: Problems) -> None:
    wanted = {*(mapping.include or ()), *mapping.numeric, *mapping.categorical}
    for name in sorted((mapping.used_columns() | wanted | {*mapping.exclude}) - grid.columns.keys()):
        problems.add("must be in the file: the mapping names it", column=name)
    for name in sorted(mapping.reserved_columns() & wanted):
        problems.add("must not be an attribute: it tells the outcome or only the order", column=name)
    problems.check()


def _dated_rows(grid: Grid, outcomes: Sequence[bool], mapping: LeadMapping, problems: Problems) -> tuple[_Rows, int]:
    """Leave out rows without a place in time; return the others and how many were left out."""
    posted_column = mapping.fields.get("posted_time", (None,))[0]
    posted = read_moments(grid, posted_column, mapping, problems)
    scoring_column = mapping.scoring_column or posted_column
    moments = posted if scoring_column == posted_column else read_moments(grid, scoring_column, mapping, problems)
    order = read_order(grid, mapping, problems)
    decisive: Sequence[object] = moments if scoring_column is not None else order
    has_clock = scoring_column is not None or mapping.order_column is not None
    dated = [i for i, value in enumerate(decisive) if value is not None or not has_clock]
    rows = _Rows(
        grid=grid.keep(dated),
        outcomes=[outcomes[i] for i in dated],
        posted=[posted[i] for i in dated],
        moments=[moments[i] for i in dated],
        order=[order[i] for i in dated],
    )
    return rows, len(outcomes) - len(dated)


def _table(
    rows: _Rows, mapping: LeadMapping, problems: Problems, *, unlabelled_count: int, undated_count: int
) -> LeadTable:
    """Understand the remaining columns in the order of the file, then sort by time."""
    attributes = attribute_columns(rows.grid, mapping, problems)
    outcome_times = read_moments(rows.grid, mapping.outcome.time_column, mapping, problems)
    leads = make_leads(rows.grid, mapping, rows.posted, attributes, problems)
    problems.check()
    by_age, ranks = rank_in_time(rows.moments, rows.order)
    sorted_leads = tuple(leads[i] for i in by_age)
    sorted_outcomes = [rows.outcomes[i] for i in by_age]
    sorted_times = tuple(outcome_times[i] for i in by_age)
    return LeadTable(
        leads=sorted_leads,
        outcomes=np.array(sorted_outcomes, dtype=np.bool_),
        moments=tuple(rows.moments[i] for i in by_age),
        outcome_times=sorted_times,
        order=ranks,
        in_time_order="posted_time" in mapping.fields
        or mapping.scoring_column is not None
        or mapping.order_column is not None,
        numeric_attributes=tuple(column.name for column in attributes if column.is_numeric),
        categorical_attributes=tuple(column.name for column in attributes if not column.is_numeric),
        source=problems.source,
        fingerprint=fingerprint_rows(sorted_leads, sorted_outcomes, sorted_times),
        columns_of_attribute={column.name: column.name for column in attributes},
        places=tuple(rows.grid.place(i) for i in by_age),
        unlabelled_count=unlabelled_count,
        undated_count=undated_count,
        date_format=mapping.date_format,
        known_at_scoring=mapping.known_at_scoring,
    )
