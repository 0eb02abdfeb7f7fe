"""Insights on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.conversation import spans_from_wire
from leadline.convert.enums import enum_number, enum_table
from leadline.insight import Insight, UrgencyLevel
from leadline.v1 import conversation_pb2 as pb

_LEVELS: Final = enum_table(pb.UrgencyLevel.items(), "URGENCY_LEVEL_", UrgencyLevel)


def urgency_from_wire(number: int) -> UrgencyLevel:
    """Return how soon something is due."""
    return _LEVELS.get(number, UrgencyLevel.UNKNOWN)


def urgency_to_wire(level: UrgencyLevel, field: str) -> pb.UrgencyLevel.ValueType:
    """Return how soon something is due, for the wire.

    Raises:
        InvalidRequest: If the wire has no such level; names ``field``.
    """
    return pb.UrgencyLevel.ValueType(enum_number(_LEVELS, level, field))


def insight_from_wire(wire: pb.Insight) -> Insight:
    """Return a message as an insight."""
    return Insight(
        type=wire.type,
        title=wire.title,
        confidence=wire.confidence,
        priority_score=wire.priority_score,
        urgency_level=urgency_from_wire(wire.urgency_level),
        predicted_outcome=wire.predicted_outcome,
        recommended_actions=tuple(wire.recommended_actions),
        evidence=spans_from_wire(wire.evidence),
        is_custom=wire.is_custom,
    )
