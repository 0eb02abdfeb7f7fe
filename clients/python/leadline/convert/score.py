"""Scores on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.enums import enum_table
from leadline.convert.times import time_from_wire
from leadline.score import (
    Contribution,
    FeatureGroup,
    Interval,
    IntervalMethod,
    Score,
    ScoreSource,
    ScoreWarning,
)
from leadline.v1 import explanation_pb2, scoring_service_pb2

SOURCES: Final = enum_table(scoring_service_pb2.ScoreSource.items(), "SCORE_SOURCE_", ScoreSource)
_GROUPS: Final = enum_table(explanation_pb2.FeatureGroup.items(), "FEATURE_GROUP_", FeatureGroup)
_METHODS: Final = enum_table(explanation_pb2.IntervalMethod.items(), "INTERVAL_METHOD_", IntervalMethod)


def interval_from_wire(wire: explanation_pb2.Interval) -> Interval:
    """Return a message as an interval."""
    method = _METHODS.get(wire.method, IntervalMethod.UNKNOWN)
    return Interval(lower=wire.lower, upper=wire.upper, level=wire.level, method=method)


def score_from_wire(wire: scoring_service_pb2.LeadScore) -> Score:
    """Return a message as a score."""
    return Score(
        lead_id=wire.lead_id,
        score=wire.score,
        probability=wire.probability,
        interval=interval_from_wire(wire.probability_interval) if wire.HasField("probability_interval") else None,
        confidence=wire.confidence,
        model_version=wire.model_version,
        source=SOURCES.get(wire.source, ScoreSource.UNKNOWN),
        base_points=wire.base_points,
        contributions=tuple(map(_contribution_from_wire, wire.contributions)),
        other_points=wire.other_points,
        feature_importance=dict(wire.feature_importance),
        score_time=time_from_wire(wire.score_time) if wire.HasField("score_time") else None,
        experiment=wire.experiment,
        variant=wire.variant,
        attribution_token=wire.attribution_token,
        warnings=tuple(ScoreWarning(code=warning.code, message=warning.message) for warning in wire.warnings),
        online_snapshot=wire.online_snapshot,
    )


def _contribution_from_wire(wire: explanation_pb2.Contribution) -> Contribution:
    return Contribution(
        feature=wire.feature,
        group=_GROUPS.get(wire.group, FeatureGroup.UNKNOWN),
        points=wire.points,
        value_text=wire.value_text,
    )
