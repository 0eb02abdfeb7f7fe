"""Conditions over facts, as values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from core.errors import InvalidInput, Violation

MOST_PARTS = 50
"""Most criteria of one :class:`All` or :class:`AnyOf`."""
MOST_TEXTS = 100
"""Most texts of one comparison."""
LONGEST_TEXT = 1_000
"""Longest text that a field is compared with, in characters."""
MOST_DEPTH = 20
"""Deepest criterion: a comparison alone is 1 deep."""
MOST_COMPARISONS = 500
"""Most comparisons of one criterion, at any depth."""

MOST_NUMBER = 1e300
"""Largest number that a field is compared with."""

_is_field = re.compile(r"[a-z][a-z0-9_]{0,31}\.[^\x00-\x1f]{0,149}[^\x00-\x1f.]").fullmatch
_FIELD_RULE = 'must be the name of a field, like "lead.price": see docs/criteria.md'


class Operator(StrEnum):
    """How a field is compared."""

    KNOWN = "known"
    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    LESS = "less"
    AT_MOST = "at_most"
    GREATER = "greater"
    AT_LEAST = "at_least"
    ONE_OF = "one_of"
    CONTAINS = "contains"


ORDERING = frozenset({Operator.LESS, Operator.AT_MOST, Operator.GREATER, Operator.AT_LEAST})
"""Operators that compare numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Compares one field. A field that is not known meets none.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    field: str
    """For example "analysis.urgency"; :mod:`core.criteria.checking` says whether there is such a field."""
    operator: Operator
    value: float | str | bool | None = None
    """With what. None for KNOWN and ONE_OF."""
    texts: tuple[str, ...] = ()
    """For ONE_OF: 1 to 100 texts."""

    def __post_init__(self) -> None:
        found = [*_field_problems(self.field), *_value_problems(self), *_texts_problems(self)]
        if found:
            raise InvalidInput(found)


@dataclass(frozen=True, slots=True)
class All:
    """Holds where all parts hold.

    Raises:
        InvalidInput: On construction, unless there are 1 to 50 parts.
    """

    criteria: tuple[Criterion, ...]

    def __post_init__(self) -> None:
        _check_count(self.criteria, "all")


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds where at least one part holds.

    Raises:
        InvalidInput: On construction, unless there are 1 to 50 parts.
    """

    criteria: tuple[Criterion, ...]

    def __post_init__(self) -> None:
        _check_count(self.criteria, "any")


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where its part does not: also where the part compares a field that is not known."""

    criterion: Criterion


Criterion: TypeAlias = All | AnyOf | Not | Comparison


def comparisons(criterion: Criterion) -> Iterator[Comparison]:
    """Yield all comparisons of a criterion, in the order they are written."""
    if isinstance(criterion, Comparison):
        yield criterion
    elif isinstance(criterion, Not):
        yield from comparisons(criterion.criterion)
    else:
        for part in criterion.criteria:
            yield from comparisons(part)


def _check_count(criteria: tuple[Criterion, ...], field: str) -> None:
    if not 1 <= len(criteria) <= MOST_PARTS:
        raise InvalidInput.of(f"{field}.criteria", f"must be 1 to {MOST_PARTS}, not {len(criteria)}")


def _field_problems(field: str) -> Iterator[Violation]:
    if _is_field(field) is None:
        yield Violation(field="field", rule=_FIELD_RULE)


def _value_problems(comparison: Comparison) -> Iterator[Violation]:
    operator, value = comparison.operator, comparison.value
    if operator in {Operator.KNOWN, Operator.ONE_OF}:
        if value is not None:
            yield Violation(field="value", rule=f"must not be set for {operator.name}")
        return
    if operator in ORDERING and (isinstance(value, bool) or not isinstance(value, int | float)):
        yield Violation(field="value", rule=f"must be a number for {operator.name}")
    elif operator is Operator.CONTAINS and not isinstance(value, str):
        yield Violation(field="value", rule="must be a text for CONTAINS")
    elif value is None:
        yield Violation(field="value", rule=f"must be set for {operator.name}")
    elif isinstance(value, str) and len(value) > LONGEST_TEXT:
        yield Violation(field="value", rule=f"must be at most {LONGEST_TEXT:,} characters")
    elif not isinstance(value, str) and not -MOST_NUMBER <= value <= MOST_NUMBER:
        yield Violation(field="value", rule=f"must be a number from {-MOST_NUMBER:g} to {MOST_NUMBER:g}")


def _texts_problems(comparison: Comparison) -> Iterator[Violation]:
    texts = comparison.texts
    if comparison.operator is not Operator.ONE_OF:
        if texts:
            yield Violation(field="texts", rule="must be empty except for ONE_OF")
    elif not 1 <= len(texts) <= MOST_TEXTS:
        yield Violation(field="texts", rule=f"must be 1 to {MOST_TEXTS}, not {len(texts)}")
    elif any(len(text) > LONGEST_TEXT for text in texts):
        yield Violation(field="texts", rule=f"must be at most {LONGEST_TEXT:,} characters each")
