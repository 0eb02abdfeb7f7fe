"""Which column of a file is what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from leadline.leadfile.outcome_rule import OutcomeRule

LEAD_FIELDS: Final = (
    "lead_id",
    "title",
    "description",
    "category",
    "location_name",
    "price",
    "email",
    "phone",
    "posted_time",
    "owner_id",
)
JOINS: Final[Mapping[str, str]] = {"title": " ", "description": " ", "category": "/", "location_name": ", "}
"""Fields that may be made of several columns, and what stands between them."""
DEFAULT_MISSING: Final = frozenset(["", "NaN", "nan", "NULL", "null"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """What the columns of a file mean. Read as the trainer reads it, so that a lead is scored as it was learned."""

    fields: Mapping[str, tuple[str, ...]]
    """Field of a lead → its columns, joined as ``JOINS`` says."""
    outcome: OutcomeRule = field(default_factory=OutcomeRule)
    include: tuple[str, ...] | None = None
    """Columns that are attributes; None means every column that is nothing else."""
    exclude: frozenset[str] = frozenset()
    numeric: frozenset[str] = frozenset()
    """Attributes that must be numbers; others are if all their cells are."""
    missing: frozenset[str] = DEFAULT_MISSING
    """Cells that have no value."""
    order_column: str = ""
    """Rises with time and is never an attribute; empty if there is none."""
    date_format: str = ""
    """Of all times, as ``datetime.strptime`` reads it; empty means ISO 8601."""

    def needed_columns(self) -> frozenset[str]:
        """Return the columns that must be there. A file of open leads need not have the outcome or the order."""
        fields = (column for columns in self.fields.values() for column in columns)
        return frozenset(fields) | frozenset(self.include or ())

    def is_attribute(self, column: str) -> bool:
        """Return whether a column is an attribute."""
        if column in self.exclude or column in {self.outcome.column, self.outcome.time_column, self.order_column}:
            return False
        if self.include is not None:
            return column in self.include
        return not any(column in columns for columns in self.fields.values())


def mapping_by_name(columns: tuple[str, ...]) -> ColumnMapping:
    """Return the mapping of a file whose columns are named like the fields: ``converted`` is the outcome."""
    return ColumnMapping(fields={name: (name,) for name in LEAD_FIELDS if name == "lead_id" or name in columns})
