"""Which column of a file means what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

LeadField: TypeAlias = Literal[
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
]
JOINS: Mapping[str, str] = {"title": " ", "description": " ", "category": "/", "location_name": ", "}
"""Lead fields that may be made of several columns, and what stands between them."""
DEFAULT_POSITIVE = frozenset(["1", "yes", "true", "y", "won", "converted"])
DEFAULT_MISSING = frozenset(["", "NaN", "nan", "NULL", "null"])


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRule:
    """How a row says whether its lead converted."""

    column: str
    positive: frozenset[str] = DEFAULT_POSITIVE
    """Values that mean "converted", compared without regard to case; ``1.0`` equals ``1``."""
    negative: frozenset[str] | None = None
    """Values that mean "did not"; None: every other one. With it, rows with other values are open and left out."""
    at_least: float | None = None
    """Converted if the column's number is at least this; then ``positive`` and ``negative`` are not looked at."""
    missing_is_negative: bool = False
    """Whether a row without a value did not convert; otherwise it is left out."""
    time_column: str | None = None
    """When the outcome became known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadMapping:
    """Reads lead files of one shape. Columns are named exactly as in the file."""

    outcome: OutcomeRule
    fields: Mapping[LeadField, tuple[str, ...]] = field(default_factory=dict)
    """Lead field to its columns, joined as ``JOINS`` says."""
    include: tuple[str, ...] | None = None
    """Columns that become attributes; None: all that are not used otherwise."""
    exclude: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    """Attributes that must be numbers; others are if all their values are."""
    categorical: tuple[str, ...] = ()
    """Attributes that are categories even if all their values are numbers."""
    missing: frozenset[str] = DEFAULT_MISSING
    """Cells that hold one of these have no value."""
    order_column: str | None = None
    """A number or time that rises with time, where there is no posted time. Never a feature."""
    scoring_column: str | None = None
    """When each lead was to be scored; None: when it was posted. Never a feature."""
    date_format: str | None = None
    """Of all times, as ``datetime.strptime`` reads it; None: ISO 8601. Times without a zone are UTC."""
    known_at_scoring: frozenset[str] = frozenset()
    """Attributes and fields a person vouches for: known when a lead is scored, however well they tell its outcome."""

    def used_columns(self) -> frozenset[str]:
        """Return the columns that are not free to become attributes."""
        fields = (column for columns in self.fields.values() for column in columns)
        return frozenset(fields) | self.reserved_columns()

    def reserved_columns(self) -> frozenset[str]:
        """Return the columns that must never become attributes: they tell the outcome or only the order."""
        candidates = (self.outcome.column, self.outcome.time_column, self.order_column, self.scoring_column)
        return frozenset(column for column in candidates if column is not None)
