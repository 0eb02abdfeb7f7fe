"""Whether a criterion compares fields that there are, with values of their types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.criteria.criterion import (
    MOST_COMPARISONS,
    MOST_DEPTH,
    ORDERING,
    All,
    AnyOf,
    Comparison,
    Criterion,
    Not,
    Operator,
)
from core.criteria.facts import FieldType
from core.errors import InvalidInput, Violation

_Found = Iterator[tuple[str, Comparison]]


def check(criterion: Criterion, fields: Mapping[str, FieldType], where: str) -> None:
    """Do nothing if a criterion fits the fields.

    Args:
        criterion: What to check.
        fields: Types by name. A name that ends with a point stands for all below it, for example "lead.attributes.".
        where: Path of the criterion as the caller wrote it, for example ``insight_type.criterion``.

    Raises:
        InvalidInput: Names every comparison of a field that does not exist or has another type, and a criterion that
            is too deep or too large.
    """
    found = list(_walked(criterion, where, 1))
    if len(found) > MOST_COMPARISONS:
        raise InvalidInput.of(where, f"must have at most {MOST_COMPARISONS} comparisons, not {len(found):,}")
    problems = [problem for path, comparison in found for problem in _problems(comparison, fields, path)]
    if problems:
        raise InvalidInput(problems)


def type_of(field: str, fields: Mapping[str, FieldType]) -> FieldType | None:
    """Return what a field holds, None where there is no such field."""
    if field in fields:
        return fields[field]
    at = field.rfind(".")
    while at > 0:
        if field[: at + 1] in fields:
            return fields[field[: at + 1]]
        at = field.rfind(".", 0, at)
    return None


def too_deep(where: str) -> InvalidInput:
    """Return the error for a criterion that is nested too deep."""
    return InvalidInput.of(where, f"must be at most {MOST_DEPTH} criteria deep")


def _walked(criterion: Criterion, where: str, depth: int) -> _Found:
    if depth > MOST_DEPTH:
        raise too_deep(where)
    if isinstance(criterion, Comparison):
        yield f"{where}.comparison", criterion
    elif isinstance(criterion, Not):
        yield from _walked(criterion.criterion, f"{where}.not", depth + 1)
    else:
        yield from _parts(criterion, where, depth)


def _parts(criterion: All | AnyOf, where: str, depth: int) -> _Found:
    kind = "all" if isinstance(criterion, All) else "any"
    for at, part in enumerate(criterion.criteria):
        yield from _walked(part, f"{where}.{kind}.criteria[{at}]", depth + 1)


def _problems(comparison: Comparison, fields: Mapping[str, FieldType], path: str) -> Iterator[Violation]:
    kind = type_of(comparison.field, fields)
    if kind is None:
        # Its own name is not repeated: it may be anything a caller sent.
        yield Violation(field=f"{path}.field", rule="must be a field of docs/criteria.md")
        return
    allowed = _allowed(comparison.operator)
    if kind not in allowed:
        kinds = " or ".join(sorted(one.value for one in allowed if one is not FieldType.ANY))
        rule = f"must be one that a field of type {kind.value} knows; {comparison.operator.name} is for {kinds}"
        yield Violation(field=f"{path}.operator", rule=rule)
    elif comparison.operator in {Operator.EQUAL, Operator.NOT_EQUAL} and kind is not FieldType.ANY:
        yield from _value_problems(comparison, kind, path)


def _allowed(operator: Operator) -> frozenset[FieldType]:
    if operator is Operator.KNOWN:
        return frozenset(FieldType)
    if operator in ORDERING:
        return frozenset({FieldType.NUMBER, FieldType.ANY})
    if operator is Operator.ONE_OF:
        return frozenset({FieldType.TEXT, FieldType.ANY})
    if operator is Operator.CONTAINS:
        return frozenset({FieldType.TEXTS})
    return frozenset({FieldType.TEXT, FieldType.NUMBER, FieldType.FLAG, FieldType.ANY})


def _value_problems(comparison: Comparison, kind: FieldType, path: str) -> Iterator[Violation]:
    value = comparison.value
    is_flag = isinstance(value, bool)
    fits = {
        FieldType.TEXT: isinstance(value, str),
        FieldType.FLAG: is_flag,
        FieldType.NUMBER: isinstance(value, int | float) and not is_flag,
    }
    if not fits[kind]:
        yield Violation(field=f"{path}.value", rule=f"must be a {kind.value}, as the field is")
