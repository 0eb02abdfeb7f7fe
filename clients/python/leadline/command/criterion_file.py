"""Criteria in JSON files, like ``{"field": "lead.price", "is": "at_least", "value": 100}`` or ``{"all": [...]}``."""

from __future__ import annotations

from typing import Any, Final

from leadline.command.file_fields import WrongField, listed, texts
from leadline.convert.criterion import MOST_DEPTH
from leadline.criterion import All, AnyOf, ComparisonOperator, Criterion, FieldComparison, Not

_OPERATORS: Final = {one.value: one for one in ComparisonOperator if one is not ComparisonOperator.UNKNOWN}


def read_criterion(value: Any, place: str, depth: int = 1) -> Criterion:
    """Return the criterion of a JSON object.

    Raises:
        WrongField: If it is none; names the part below ``place``.
    """
    if depth > MOST_DEPTH:
        raise WrongField(place, f"must be at most {MOST_DEPTH} criteria deep")
    if not isinstance(value, dict):
        raise WrongField(place, "must be an object")
    match value:
        case {"not": part, **rest} if not rest:
            return Not(read_criterion(part, f"{place}.not", depth + 1))
        case {"all": parts, **rest} if not rest:
            return All(_parts(parts, f"{place}.all", depth))
        case {"any": parts, **rest} if not rest:
            return AnyOf(_parts(parts, f"{place}.any", depth))
        case {"field": str(field), "is": str(operator), **rest} if rest.keys() <= {"value", "texts"}:
            return _comparison(field, operator, rest, place)
        case _:
            raise WrongField(place, 'must have "all", "any", "not", or "field" and "is"')


def plain_criterion(criterion: Criterion) -> dict[str, Any]:
    """Return a criterion as a JSON object."""
    match criterion:
        case Not():
            return {"not": plain_criterion(criterion.criterion)}
        case All():
            return {"all": [plain_criterion(part) for part in criterion.criteria]}
        case AnyOf():
            return {"any": [plain_criterion(part) for part in criterion.criteria]}
        case FieldComparison():
            return _plain_comparison(criterion)


def _parts(value: Any, place: str, depth: int) -> tuple[Criterion, ...]:
    return tuple(read_criterion(part, f"{place}[{at}]", depth + 1) for at, part in enumerate(listed(value, place)))


def _comparison(field: str, operator: str, rest: dict[str, Any], place: str) -> FieldComparison:
    if operator not in _OPERATORS:
        raise WrongField(f"{place}.is", f"must be one of {', '.join(_OPERATORS)}")
    value = rest.get("value")
    if not isinstance(value, str | int | float | None):
        raise WrongField(f"{place}.value", "must be a number, a text, true or false")
    named = texts(rest["texts"], f"{place}.texts") if "texts" in rest else ()
    return FieldComparison(field=field, operator=_OPERATORS[operator], value=value, texts=named)


def _plain_comparison(comparison: FieldComparison) -> dict[str, Any]:
    found: dict[str, Any] = {"field": comparison.field, "is": comparison.operator.value}
    if comparison.value is not None:
        found["value"] = comparison.value
    if comparison.texts:
        found["texts"] = list(comparison.texts)
    return found
