"""How leads are."""

from __future__ import annotations

from leadline.v1 import conversation_pb2, explanation_pb2
from leadline.v1 import health_pb2 as pb
from leadline.v1 import intelligence_service_pb2 as service

from core.conversation.kinds import Momentum
from core.health.health import LeadHealth, LeadLevel, Qualification, QualificationCriterion
from core.scoring.result import IntervalMethod, ProbabilityInterval
from server.convert.times import time_to_wire

_LEVELS = {level: pb.LeadLevel.Value(f"LEAD_LEVEL_{level.name}") for level in LeadLevel}
_METHODS = {method: explanation_pb2.IntervalMethod.Value(f"INTERVAL_METHOD_{method.name}") for method in IntervalMethod}
_CRITERIA = {
    criterion: pb.QualificationCriterion.Value(f"QUALIFICATION_CRITERION_{criterion.name}")
    for criterion in QualificationCriterion
}
_MOMENTA = {
    momentum: conversation_pb2.MOMENTUM_UNSPECIFIED
    if momentum is Momentum.UNKNOWN
    else conversation_pb2.Momentum.Value(f"MOMENTUM_{momentum.name}")
    for momentum in Momentum
}


def assessed_to_wire(health: LeadHealth) -> service.AssessHealthResponse:
    """Return an assessment as an answer."""
    return service.AssessHealthResponse(health=health_to_wire(health))


def health_to_wire(health: LeadHealth) -> pb.LeadHealth:
    """Return how a lead is as a message."""
    wire = pb.LeadHealth(
        lead_id=health.lead_id,
        health_score=health.health_score,
        base_points=health.base_points,
        level=_LEVELS[health.level],
        level_time=time_to_wire(health.level_time),
        momentum=_MOMENTA[health.momentum],
        engagement_score=health.engagement_score,
        qualification=_qualification(health.qualification),
        conversion_probability=health.conversion_probability,
        conversion_interval=_interval(health.conversion_interval),
        model_version=health.model_version,
        cold_risk=health.cold_risk,
        trend_points_per_week=health.trend_points_per_week,
        confidence=health.confidence,
        conversation_count=health.conversation_count,
        assess_time=time_to_wire(health.assess_time),
    )
    for reason in health.reasons:
        wire.reasons.add(text=reason.text, points=reason.points, component=reason.component.value)
    for change in health.level_changes:
        wire.level_changes.add(
            from_level=_LEVELS[change.from_level],
            to_level=_LEVELS[change.to_level],
            change_time=time_to_wire(change.change_time),
        )
    for warning in health.warnings:
        wire.warnings.add(code=warning.code, message=warning.message)
    return wire


def _qualification(found: Qualification) -> pb.Qualification:
    return pb.Qualification(
        score=found.score,
        parts=[
            pb.QualificationPart(criterion=_CRITERIA[part.criterion], score=part.score, text=part.text)
            for part in found.parts
        ],
        missing=[_CRITERIA[criterion] for criterion in found.missing],
    )


def _interval(interval: ProbabilityInterval | None) -> explanation_pb2.Interval | None:
    if interval is None:
        return None
    return explanation_pb2.Interval(
        lower=interval.lower, upper=interval.upper, level=interval.level, method=_METHODS[interval.method]
    )
