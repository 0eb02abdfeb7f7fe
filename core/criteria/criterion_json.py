"""Criteria as JSON.

``{"all": […]}``, ``{"any": […]}``, ``{"not": …}``, or a comparison: ``{"field": "lead.price", "is": "at_least",
"value": 100}``, with ``texts`` instead of ``value`` for ``one_of`` and neither for ``known``.
"""

from __future__ import annotations

from typing import Any

from core.criteria.checking import too_deep
from core.criteria.criterion import MOST_DEPTH, All, AnyOf, Comparison, Criterion, Not, Operator
from core.errors import InvalidInput

_FORM_RULE = 'must be an object with one of "all", "any", "not", or "field" and "is"'
_OPERATORS = {operator.value: operator for operator in Operator}


def criterion_to_json(criterion: Criterion) -> dict[str, Any]:
    """Return a criterion as an object for :func:`json.dumps`."""
    if isinstance(criterion, Comparison):
        return _comparison_to_json(criterion)
    if isinstance(criterion, Not):
        return {"not": criterion_to_json(criterion.criterion)}
    kind = "all" if isinstance(criterion, All) else "any"
    return {kind: [criterion_to_json(part) for part in criterion.criteria]}


def criterion_from_json(value: Any, where: str, depth: int = 1) -> Criterion:
    """Return the criterion of an object that :func:`json.loads` made.

    Args:
        value: The object.
        where: Its path, for errors.
        depth: How many criteria it is in, counting itself.

    Raises:
        InvalidInput: If it is none; names the first broken part below ``where``.
    """
    if depth > MOST_DEPTH:
        raise too_deep(where)
    if not isinstance(value, dict):
        raise InvalidInput.of(where, _FORM_RULE)
    if value.keys() == {"not"}:
        return Not(criterion_from_json(value["not"], f"{where}.not", depth + 1))
    for kind, make in (("all", All), ("any", AnyOf)):
        if value.keys() == {kind}:
            return _several(value[kind], kind, make, where, depth)
    return _comparison_from_json(value, where)


def _comparison_to_json(comparison: Comparison) -> dict[str, Any]:
    body: dict[str, Any] = {"field": comparison.field, "is": comparison.operator.value}
    if comparison.value is not None:
        body["value"] = comparison.value
    if comparison.texts:
        body["texts"] = list(comparison.texts)
    return body


def _several(parts: Any, kind: str, make: type[All | AnyOf], where: str, depth: int) -> Criterion:
    if not isinstance(parts, list):
        raise InvalidInput.of(f"{where}.{kind}", "must be a list of criteria")
    found = [criterion_from_json(part, f"{where}.{kind}[{at}]", depth + 1) for at, part in enumerate(parts)]
    try:
        return make(tuple(found))
    except InvalidInput as problem:
        raise problem.under(where) from None


def _comparison_from_json(value: dict[str, Any], where: str) -> Comparison:
    if not {"field", "is"} <= value.keys() <= {"field", "is", "value", "texts"}:
        raise InvalidInput.of(where, _FORM_RULE)
    operator = _OPERATORS.get(str(value["is"]))
    if operator is None:
        raise InvalidInput.of(f"{where}.is", f"must be one of {', '.join(_OPERATORS)}")
    with_what, texts = value.get("value"), value.get("texts", [])
    if not isinstance(with_what, str | int | float | None):
        raise InvalidInput.of(f"{where}.value", "must be a number, a text, true or false")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InvalidInput.of(f"{where}.texts", "must be a list of texts")
    try:
        return Comparison(field=str(value["field"]), operator=operator, value=with_what, texts=tuple(texts))
    except InvalidInput as problem:
        raise problem.under(where) from None
