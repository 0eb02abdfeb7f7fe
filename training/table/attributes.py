"""Decides which columns become attributes of leads, and which of them are numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.lead import MAX_ATTRIBUTE_NAME, MAX_ATTRIBUTE_TEXT, MAX_ATTRIBUTES, AttributeValue
from training.table.cells import parse_column, parse_number
from training.table.grid import Grid
from training.table.mapping import LeadMapping
from training.table.problems import Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeColumn:
    """One attribute of all leads."""

    name: str
    values: Sequence[AttributeValue | None]
    """None: the lead does not have it."""
    is_numeric: bool


def attribute_columns(grid: Grid, mapping: LeadMapping, problems: Problems) -> tuple[AttributeColumn, ...]:
    """Return the attributes in the order of the file. Columns without any value are left out; problems are noted."""
    names = [name for name in grid.columns if _is_attribute(name, mapping)]
    columns = [_read(grid, name, mapping, problems) for name in names]
    kept = tuple(column for column in columns if any(value is not None for value in column.values))
    if len(kept) > MAX_ATTRIBUTES:
        problems.add(f"must have at most {MAX_ATTRIBUTES} columns that become attributes, not {len(kept)}")
    return kept


def _is_attribute(name: str, mapping: LeadMapping) -> bool:
    if name in mapping.exclude or name in mapping.reserved_columns():
        return False
    if mapping.include is not None:
        return name in mapping.include
    return name not in mapping.used_columns()


def _read(grid: Grid, name: str, mapping: LeadMapping, problems: Problems) -> AttributeColumn:
    if len(name) > MAX_ATTRIBUTE_NAME:
        problems.add(f"must have a name of at most {MAX_ATTRIBUTE_NAME} characters", column=name[:MAX_ATTRIBUTE_NAME])
    texts = grid.columns[name]
    numbers = parse_column(texts, parse_number)
    wrong = [i for i, text in enumerate(texts) if numbers[i] is None and text not in mapping.missing]
    if name in mapping.numeric:
        for position in wrong:
            problems.add("must be a number", place=grid.place(position), column=name)
    elif wrong:
        return _categorical(grid, name, mapping, problems)
    values = [None if text in mapping.missing else number for text, number in zip(texts, numbers, strict=True)]
    # A category written in digits stays a number here: serving writes 3, 3.0 and "3" as the same level.
    return AttributeColumn(name=name, values=values, is_numeric=name not in mapping.categorical)


def _categorical(grid: Grid, name: str, mapping: LeadMapping, problems: Problems) -> AttributeColumn:
    texts = grid.columns[name]
    for position, text in enumerate(texts):
        if len(text) > MAX_ATTRIBUTE_TEXT:
            rule = f"must be at most {MAX_ATTRIBUTE_TEXT:,} characters: map it to description, or exclude it"
            problems.add(rule, place=grid.place(position), column=name)
    values = [None if text in mapping.missing else text for text in texts]
    return AttributeColumn(name=name, values=values, is_numeric=False)
