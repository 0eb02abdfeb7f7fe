"""Questions about many ids at once, in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_

IDS_AT_ONCE = 500
"""Values of one IN."""

_Id = TypeVar("_Id", bound=str)


def in_parts(ids: Sequence[_Id]) -> Iterator[Sequence[_Id]]:
    """Yield ids in parts that fit one question."""
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield ids[start : start + IDS_AT_ONCE]


def among(column: ColumnElement[Any], ids: Sequence[str]) -> ColumnElement[bool]:
    """Return whether a column holds one of some ids, said so that a database takes the index that begins with it.

    A database without fresh statistics believes that a long IN leaves out nothing, and that any index on the columns
    before will do; of a range it believes that it leaves out most. The rows are best put in order by who asks: to ask
    for an order would lead to the index that has it.

    Args:
        column: Text that sorts by code point.
        ids: At least one.
    """
    return and_(column.between(min(ids), max(ids)), column.in_(ids))
