"""Reads JSON and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leadline.leadfile.problem import file_problem
from leadline.leadfile.rows import Row, RowFile


def read_json(name: str, text: str) -> RowFile:
    """Read one object, a list of objects, or (if it is not one document) JSON lines.

    Raises:
        InvalidRequest: If it is none of these.
    """
    try:
        document = _parse(text)
    except (ValueError, RecursionError) as problem:
        if "\n{" in text.strip():
            return read_json_lines(name, text)
        raise file_problem(name, f"must be JSON: {problem}") from problem
    items = document if isinstance(document, list) else [document]
    if not items:
        raise file_problem(name, "must not be an empty list")
    return _file(name, [_row(number, item) for number, item in enumerate(items, start=1)])


def read_json_lines(name: str, text: str) -> RowFile:
    """Read one object from each line; blank lines are skipped, a broken line is kept with its problem."""
    return _file(name, [_line(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()])


def _line(number: int, line: str) -> Row:
    try:
        return _row(number, _parse(line))
    except (ValueError, RecursionError) as problem:
        return Row(number=number, cells={}, problem=f"must be JSON: {problem}")


def _parse(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not a JSON number")


def _row(number: int, item: object) -> Row:
    if not isinstance(item, Mapping):
        return Row(number=number, cells={}, problem="must be a JSON object")
    return Row(number=number, cells=_flat(item))


def _flat(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a lead's cells, also where it was written as a stored lead with its outcome beside it."""
    lead, outcome = item.get("lead"), item.get("outcome")
    if not isinstance(lead, Mapping):
        return dict(item)
    known = outcome if isinstance(outcome, Mapping) else {}
    return {**lead, "converted": known.get("converted"), "outcome_time": known.get("outcome_time")}


def _file(name: str, rows: list[Row]) -> RowFile:
    columns = dict.fromkeys(column for row in rows for column in row.cells)
    return RowFile(name=name, columns=tuple(columns), rows=tuple(rows), typed=True)
