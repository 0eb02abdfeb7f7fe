"""Reads CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Final

from leadline.leadfile.problem import file_problem
from leadline.leadfile.rows import Row, RowFile

_DELIMITERS: Final = ",;\t"


def read_csv(name: str, text: str) -> RowFile:
    """Read CSV with a header; comma, semicolon or tab, whichever the header has most of.

    Columns without a name (an index that a program wrote along) are left out. A row with too few or too many cells
    is kept with its problem.

    Raises:
        InvalidRequest: If the header or the quoting is broken.
    """
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    records = _records(name, reader)
    number, header = next(records, (1, []))
    columns = [column.strip() for column in header]
    named = [column for column in columns if column]
    if not named:
        raise file_problem(name, "must begin with a row of column names")
    twice = sorted({column for column in named if named.count(column) > 1})
    if twice:
        raise file_problem(name, f"must have each column once; twice: {', '.join(twice)}", row=number)
    rows = tuple(_row(number, columns, record) for number, record in records)
    if not rows:
        raise file_problem(name, "must have rows below its column names")
    return RowFile(name=name, columns=tuple(named), rows=rows, typed=False)


def _delimiter(text: str) -> str:
    header = text.lstrip("\r\n").split("\n", 1)[0]
    return max(_DELIMITERS, key=header.count)


def _records(name: str, reader: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield every record that is not blank with its number; blank ones count, as in a spreadsheet."""
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            if any(record):
                yield number, record
    except csv.Error as problem:
        raise file_problem(name, f"must be CSV: {problem}", row=number + 1) from problem


def _row(number: int, columns: list[str], record: list[str]) -> Row:
    if len(record) != len(columns):
        problem = f"must have {len(columns)} cells, as the column names; it has {len(record)}"
        return Row(number=number, cells=_cells(columns, record), problem=problem)
    return Row(number=number, cells=_cells(columns, record))


def _cells(columns: list[str], record: list[str]) -> dict[str, str]:
    return {column: cell.strip() for column, cell in zip(columns, record, strict=False) if column}
