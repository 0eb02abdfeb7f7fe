"""Criteria."""

from __future__ import annotations

from leadline.v1 import criterion_pb2 as pb

from core.criteria.checking import too_deep
from core.criteria.criterion import MOST_DEPTH, MOST_PARTS, All, AnyOf, Comparison, Criterion, Not, Operator
from core.errors import InvalidInput

_TO_WIRE = {one: pb.ComparisonOperator.Value(f"COMPARISON_OPERATOR_{one.name}") for one in Operator}
_FROM_WIRE = {number: one for one, number in _TO_WIRE.items()}


def criterion_from_wire(wire: pb.Criterion, where: str, depth: int = 1) -> Criterion:
    """Return a criterion.

    Args:
        wire: As it was sent.
        where: Its path, for example ``insight_type.criterion``.
        depth: How many criteria it is in, counting itself.

    Raises:
        InvalidInput: Names the first broken part below ``where``.
    """
    if depth > MOST_DEPTH:
        raise too_deep(where)
    kind = wire.WhichOneof("kind")
    if kind == "all":
        return All(_parts(wire.all, f"{where}.all", depth))
    if kind == "any":
        return AnyOf(_parts(wire.any, f"{where}.any", depth))
    if kind == "not":
        # "not" is a word of the language.
        return Not(criterion_from_wire(getattr(wire, "not"), f"{where}.not", depth + 1))
    if kind == "comparison":
        return _comparison(wire.comparison, f"{where}.comparison")
    raise InvalidInput.of(where, "must be one of all, any, not and comparison")


def criterion_to_wire(criterion: Criterion) -> pb.Criterion:
    """Return a criterion as a message."""
    if isinstance(criterion, Comparison):
        return pb.Criterion(comparison=_comparison_to_wire(criterion))
    if isinstance(criterion, Not):
        wire = pb.Criterion()
        getattr(wire, "not").CopyFrom(criterion_to_wire(criterion.criterion))
        return wire
    parts = pb.CriterionList(criteria=[criterion_to_wire(part) for part in criterion.criteria])
    return pb.Criterion(all=parts) if isinstance(criterion, All) else pb.Criterion(any=parts)


def _parts(wire: pb.CriterionList, where: str, depth: int) -> tuple[Criterion, ...]:
    count = len(wire.criteria)
    if not 1 <= count <= MOST_PARTS:
        raise InvalidInput.of(f"{where}.criteria", f"must be 1 to {MOST_PARTS}, not {count:,}")
    return tuple(
        criterion_from_wire(part, f"{where}.criteria[{at}]", depth + 1) for at, part in enumerate(wire.criteria)
    )


def _comparison(wire: pb.FieldComparison, where: str) -> Comparison:
    operator = _FROM_WIRE.get(wire.operator)
    if operator is None:
        raise InvalidInput.of(f"{where}.operator", "must be one of those in the contract")
    kind = wire.WhichOneof("value")
    value = None if kind is None else getattr(wire, kind)
    try:
        return Comparison(field=wire.field, operator=operator, value=value, texts=tuple(wire.texts))
    except InvalidInput as problem:
        raise problem.under(where) from None


def _comparison_to_wire(comparison: Comparison) -> pb.FieldComparison:
    wire = pb.FieldComparison(field=comparison.field, operator=_TO_WIRE[comparison.operator], texts=comparison.texts)
    if isinstance(comparison.value, bool):
        wire.flag = comparison.value
    elif isinstance(comparison.value, str):
        wire.text = comparison.value
    elif comparison.value is not None:
        wire.number = comparison.value
    return wire
