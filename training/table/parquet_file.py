"""Reads a Parquet file into columns of text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.table.grid import Grid, shared
from training.table.problems import Problems


def read_parquet(path: Path, problems: Problems) -> Grid:
    """Read a Parquet file; numbers, flags, dates and times become the text a CSV file would have for them.

    Raises:
        InvalidInput: If it cannot be read, holds no rows, a name appears twice, or a column holds lists or records.
    """
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise problems.stop("must be a readable Parquet file") from error
    if table.num_rows == 0:
        raise problems.stop("must hold rows")
    columns: dict[str, list[str]] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name in columns:
            problems.add("must have one column of that name, not several", column=name)
        elif not _is_plain(column.type):
            problems.add("must hold text, numbers, flags, dates or times", column=name)
        else:
            columns[name] = shared(_texts(column))
    problems.check()
    return Grid(columns=columns, lines=range(1, table.num_rows + 1), unit="row")


def _is_plain(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    types = pa.types
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_boolean(kind)
        or types.is_date(kind)
        or types.is_timestamp(kind)
        or types.is_null(kind)
    )


def _texts(column: Any) -> list[str]:
    if pa.types.is_timestamp(column.type):
        # A finer unit than Python's datetime has cannot be converted otherwise.
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    return ["" if value is None else _text(value) for value in column.to_pylist()]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if value != value else repr(value)  # noqa: PLR0124  a data frame's missing number
    return str(value)
