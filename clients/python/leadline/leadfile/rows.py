"""Rows of a file, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Cell = str | int | float | bool | None | Mapping[str, object] | list[object]
"""Always a text in CSV; any JSON value in JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row."""

    number: int
    """Row of the spreadsheet (the header is 1), line of JSON lines, or place in a JSON list from 1."""
    cells: Mapping[str, Cell]
    problem: str = ""
    """Why the row cannot be read, beginning with "must"; empty when it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFile:
    """A file as read."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    typed: bool
    """Whether cells have types of their own (JSON), or are texts whose type is to be found out (CSV)."""
