"""How leads are, on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.analysis import momentum_from_wire
from leadline.convert.enums import enum_table
from leadline.convert.score import interval_from_wire
from leadline.convert.times import time_from_wire
from leadline.health import (
    HealthReason,
    LeadHealth,
    LeadLevel,
    LevelChange,
    Qualification,
    QualificationCriterion,
    QualificationPart,
)
from leadline.score import ScoreWarning
from leadline.v1 import health_pb2 as pb

_LEVELS: Final = enum_table(pb.LeadLevel.items(), "LEAD_LEVEL_", LeadLevel)
_CRITERIA: Final = enum_table(pb.QualificationCriterion.items(), "QUALIFICATION_CRITERION_", QualificationCriterion)


def health_from_wire(wire: pb.LeadHealth) -> LeadHealth:
    """Return a message as the health of a lead."""
    probability, trend = wire.HasField("conversion_probability"), wire.HasField("trend_points_per_week")
    return LeadHealth(
        lead_id=wire.lead_id,
        health_score=wire.health_score,
        base_points=wire.base_points,
        reasons=tuple(map(_reason, wire.reasons)),
        level=_level(wire.level),
        level_time=time_from_wire(wire.level_time) if wire.HasField("level_time") else None,
        level_changes=tuple(map(_change, wire.level_changes)),
        momentum=momentum_from_wire(wire.momentum),
        engagement_score=wire.engagement_score,
        qualification=_qualification(wire.qualification),
        conversion_probability=wire.conversion_probability if probability else None,
        conversion_interval=interval_from_wire(wire.conversion_interval)
        if wire.HasField("conversion_interval")
        else None,
        model_version=wire.model_version,
        cold_risk=wire.cold_risk,
        trend_points_per_week=wire.trend_points_per_week if trend else None,
        confidence=wire.confidence,
        conversation_count=wire.conversation_count,
        assess_time=time_from_wire(wire.assess_time) if wire.HasField("assess_time") else None,
        warnings=tuple(ScoreWarning(code=warning.code, message=warning.message) for warning in wire.warnings),
    )


def _level(number: int) -> LeadLevel:
    return _LEVELS.get(number, LeadLevel.UNKNOWN)


def _reason(wire: pb.HealthReason) -> HealthReason:
    return HealthReason(text=wire.text, points=wire.points, component=wire.component)


def _change(wire: pb.LevelChange) -> LevelChange:
    return LevelChange(
        from_level=_level(wire.from_level),
        to_level=_level(wire.to_level),
        change_time=time_from_wire(wire.change_time),
    )


def _qualification(wire: pb.Qualification) -> Qualification:
    return Qualification(
        score=wire.score,
        parts=tuple(map(_part, wire.parts)),
        missing=tuple(map(_criterion, wire.missing)),
    )


def _part(wire: pb.QualificationPart) -> QualificationPart:
    score = wire.score if wire.HasField("score") else None
    return QualificationPart(criterion=_criterion(wire.criterion), score=score, text=wire.text)


def _criterion(number: int) -> QualificationCriterion:
    return _CRITERIA.get(number, QualificationCriterion.UNKNOWN)
