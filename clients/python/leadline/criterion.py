"""Conditions over what is known of a lead, its health and its conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class ComparisonOperator(Enum):
    """How a field is compared. A field that is not known meets no comparison."""

    KNOWN = "known"
    """It is known. Takes no value."""
    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    """Known, and not equal."""
    LESS = "less"
    AT_MOST = "at_most"
    GREATER = "greater"
    AT_LEAST = "at_least"
    ONE_OF = "one_of"
    """One of ``texts``."""
    CONTAINS = "contains"
    """A field of several texts holds the text."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldComparison:
    """Compares one field."""

    field: str
    """For example "analysis.urgency", "health.level", "lead.price" or "lead.attributes.budget"."""
    operator: ComparisonOperator
    value: float | str | bool | None = None
    """With what; its type must be the field's. None for KNOWN and ONE_OF."""
    texts: Sequence[str] = ()
    """For ONE_OF: 1 to 100 texts."""


@dataclass(frozen=True, slots=True)
class All:
    """All of these hold."""

    criteria: Sequence[Criterion]
    """1 to 50."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these holds."""

    criteria: Sequence[Criterion]
    """1 to 50."""


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    criterion: Criterion


Criterion: TypeAlias = All | AnyOf | Not | FieldComparison
"""A condition, at most 20 deep."""
