"""Criteria on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.enums import enum_number, enum_table
from leadline.criterion import All, AnyOf, ComparisonOperator, Criterion, FieldComparison, Not
from leadline.errors import InvalidRequest, Violation
from leadline.v1 import criterion_pb2 as pb

MOST_DEPTH: Final = 20
"""Deepest criterion that a server takes."""
_OPERATORS: Final = enum_table(pb.ComparisonOperator.items(), "COMPARISON_OPERATOR_", ComparisonOperator)


def criterion_to_wire(criterion: Criterion, path: str, depth: int = 1) -> pb.Criterion:
    """Return a criterion as a message.

    Args:
        criterion: What to send.
        path: Where it is, for errors.
        depth: How many criteria it is in, counting itself.

    Raises:
        InvalidRequest: If the wire cannot carry it; names the part below ``path``.
    """
    if depth > MOST_DEPTH:
        raise _wrong(path, f"must be at most {MOST_DEPTH} criteria deep")
    match criterion:
        case FieldComparison():
            return pb.Criterion(comparison=_comparison_to_wire(criterion, f"{path}.comparison"))
        case Not():
            wire = pb.Criterion()
            # "not" is a word of the language.
            getattr(wire, "not").CopyFrom(criterion_to_wire(criterion.criterion, f"{path}.not", depth + 1))
            return wire
        case All():
            return pb.Criterion(all=_list_to_wire(criterion, f"{path}.all", depth))
        case AnyOf():
            return pb.Criterion(any=_list_to_wire(criterion, f"{path}.any", depth))
        case _:
            raise _wrong(path, "must be All, AnyOf, Not or FieldComparison")


def criterion_from_wire(wire: pb.Criterion) -> Criterion:
    """Return a message as a criterion. One of a kind that this client does not know becomes an unknown comparison."""
    kind = wire.WhichOneof("kind")
    if kind == "all":
        return All(tuple(map(criterion_from_wire, wire.all.criteria)))
    if kind == "any":
        return AnyOf(tuple(map(criterion_from_wire, wire.any.criteria)))
    if kind == "not":
        return Not(criterion_from_wire(getattr(wire, "not")))
    return _comparison_from_wire(wire.comparison)


def _list_to_wire(criterion: All | AnyOf, path: str, depth: int) -> pb.CriterionList:
    parts = enumerate(criterion.criteria)
    return pb.CriterionList(criteria=[criterion_to_wire(one, f"{path}.criteria[{at}]", depth + 1) for at, one in parts])


def _comparison_to_wire(comparison: FieldComparison, path: str) -> pb.FieldComparison:
    operator = enum_number(_OPERATORS, comparison.operator, f"{path}.operator")
    value = comparison.value
    try:
        wire = pb.FieldComparison(field=comparison.field, texts=comparison.texts)
        wire.operator = pb.ComparisonOperator.ValueType(operator)
        if isinstance(value, bool):
            wire.flag = value
        elif isinstance(value, str):
            wire.text = value
        elif value is not None:
            wire.number = value
    except (TypeError, ValueError) as problem:
        raise _wrong(path, f"must fit: {problem}") from None
    return wire


def _comparison_from_wire(wire: pb.FieldComparison) -> FieldComparison:
    kind = wire.WhichOneof("value")
    return FieldComparison(
        field=wire.field,
        operator=_OPERATORS.get(wire.operator, ComparisonOperator.UNKNOWN),
        value=None if kind is None else getattr(wire, kind),
        texts=tuple(wire.texts),
    )


def _wrong(path: str, rule: str) -> InvalidRequest:
    return InvalidRequest.of([Violation(field=path, rule=rule)])
