"""Reads times, and the order of leads in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from training.table.cells import parse_column, parse_moment, parse_number
from training.table.grid import Grid
from training.table.mapping import LeadMapping
from training.table.problems import Problems

Moments = list[datetime | None]
Ranks = npt.NDArray[np.float64]


def read_moments(grid: Grid, column: str | None, mapping: LeadMapping, problems: Problems) -> Moments:
    """Return the moments of a column, None for cells without a value or without a column. Notes what is no time."""
    if column is None:
        return [None] * len(grid.lines)
    texts = grid.columns[column]
    moments = _moments(texts, mapping)
    form = "in ISO 8601" if mapping.date_format is None else f"as {mapping.date_format}"
    for position, (text, moment) in enumerate(zip(texts, moments, strict=True)):
        if moment is None and text not in mapping.missing:
            rule = f"must be a time {form}, between 1970 and 2100"
            problems.add(rule, place=grid.place(position), column=column)
    return moments


def read_order(grid: Grid, mapping: LeadMapping, problems: Problems) -> list[float | None]:
    """Return the order column as numbers, or times as seconds since 1970; None for cells without a value."""
    column = mapping.order_column
    if column is None:
        return [None] * len(grid.lines)
    texts = grid.columns[column]
    times = [_seconds(moment) for moment in _moments(texts, mapping)]
    numbers = parse_column(texts, parse_number)
    readings = [numbers, times] if mapping.date_format is None else [times, numbers]
    for reading in readings:
        if all(value is not None or text in mapping.missing for text, value in zip(texts, reading, strict=True)):
            return reading
    for position, text in enumerate(texts):
        if numbers[position] is None and times[position] is None and text not in mapping.missing:
            problems.add("must be a number or a time, as the others are", place=grid.place(position), column=column)
    problems.add("must hold either numbers or times", column=column)
    return times


def rank_in_time(
    moments: Sequence[datetime | None], order: Sequence[float | None]
) -> tuple[npt.NDArray[np.intp], Ranks]:
    """Return the rows from old to new, stable, and each one's rank in that order; rows of one moment share theirs.

    Args:
        moments: When each lead was posted; None everywhere without a posted time.
        order: Decides among leads of one moment, or alone; None everywhere without an order column.
    """
    seconds = np.array([_seconds(moment) or 0.0 for moment in moments], dtype=np.float64)
    tie = np.array([value or 0.0 for value in order], dtype=np.float64)
    rows = np.lexsort((tie, seconds))
    if not rows.size or (moments[0] is None and order[0] is None):
        return rows, np.arange(rows.size, dtype=np.float64)
    later = (np.diff(seconds[rows]) != 0) | (np.diff(tie[rows]) != 0)
    return rows, np.concatenate(([0.0], np.cumsum(later))).astype(np.float64)


def _moments(texts: Sequence[str], mapping: LeadMapping) -> Moments:
    return parse_column(texts, lambda text: parse_moment(text, mapping.date_format))


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
