"""Kinds of insights on the wire."""

from __future__ import annotations

from leadline.convert.criterion import criterion_from_wire, criterion_to_wire
from leadline.convert.insight import urgency_from_wire, urgency_to_wire
from leadline.errors import InvalidRequest, Violation
from leadline.insight_type import InsightType
from leadline.v1 import conversation_pb2 as pb


def insight_type_to_wire(kind: InsightType, path: str) -> pb.InsightType:
    """Return a kind of insight as a message.

    Raises:
        InvalidRequest: If the wire cannot carry it; names the field below ``path``.
    """
    level = urgency_to_wire(kind.urgency_level, f"{path}.urgency_level")
    criterion = criterion_to_wire(kind.criterion, f"{path}.criterion")
    try:
        return pb.InsightType(
            key=kind.key,
            title=kind.title,
            criterion=criterion,
            priority_score=kind.priority_score,
            urgency_level=level,
            predicted_outcome=kind.predicted_outcome,
            recommended_actions=kind.recommended_actions,
        )
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidRequest.of([Violation(field=path, rule=f"must fit: {problem}")]) from None


def insight_type_from_wire(wire: pb.InsightType) -> InsightType:
    """Return a message as a kind of insight."""
    return InsightType(
        key=wire.key,
        title=wire.title,
        criterion=criterion_from_wire(wire.criterion),
        priority_score=wire.priority_score,
        urgency_level=urgency_from_wire(wire.urgency_level),
        predicted_outcome=wire.predicted_outcome,
        recommended_actions=tuple(wire.recommended_actions),
    )
