"""What to do next, on the wire."""

from __future__ import annotations

from typing import Final

from leadline.action import ActionCategory
from leadline.convert.action import CATEGORIES
from leadline.convert.enums import enum_table
from leadline.convert.health import health_from_wire
from leadline.convert.insight import urgency_from_wire
from leadline.convert.score import interval_from_wire
from leadline.convert.times import time_from_wire
from leadline.next_actions import (
    DroppedAction,
    DropReason,
    NextBestActions,
    RankingBasis,
    RankTerm,
    RecommendedAction,
)
from leadline.score import ScoreWarning
from leadline.v1 import action_pb2
from leadline.v1 import intelligence_service_pb2 as pb

_BASES: Final = enum_table(action_pb2.RankingBasis.items(), "RANKING_BASIS_", RankingBasis)
_REASONS: Final = enum_table(action_pb2.DropReason.items(), "DROP_REASON_", DropReason)


def next_actions_from_wire(wire: pb.NextBestActionsResponse) -> NextBestActions:
    """Return a message as an answer."""
    return NextBestActions(
        actions=tuple(map(_recommended, wire.actions)),
        basis=_BASES.get(wire.basis, RankingBasis.UNKNOWN),
        dropped_actions=tuple(map(_dropped, wire.dropped_actions)),
        catalog_version=wire.catalog_version,
        model_version=wire.model_version,
        health=health_from_wire(wire.health) if wire.HasField("health") else None,
        experiment=wire.experiment,
        variant=wire.variant,
        decide_time=time_from_wire(wire.decide_time) if wire.HasField("decide_time") else None,
        warnings=tuple(ScoreWarning(code=warning.code, message=warning.message) for warning in wire.warnings),
    )


def _recommended(wire: action_pb2.RecommendedAction) -> RecommendedAction:
    return RecommendedAction(
        action_id=wire.action_id,
        title=wire.title,
        category=CATEGORIES.get(wire.category, ActionCategory.UNKNOWN),
        channel=wire.channel,
        priority=wire.priority,
        rank_score=wire.rank_score,
        terms=tuple(RankTerm(name=term.name, factor=term.factor, text=term.text) for term in wire.terms),
        basis=_BASES.get(wire.basis, RankingBasis.UNKNOWN),
        confidence=wire.confidence,
        urgency=urgency_from_wire(wire.urgency),
        estimated_impact=wire.estimated_impact if wire.HasField("estimated_impact") else None,
        impact_interval=interval_from_wire(wire.impact_interval) if wire.HasField("impact_interval") else None,
        evidence_count=wire.evidence_count,
        due_time=time_from_wire(wire.due_time) if wire.HasField("due_time") else None,
        reasons=tuple(wire.reasons),
        suggested_wording=wire.suggested_wording,
        propensity=wire.propensity,
        action_token=wire.action_token,
        is_explored=wire.is_explored,
    )


def _dropped(wire: action_pb2.DroppedAction) -> DroppedAction:
    return DroppedAction(
        action_id=wire.action_id,
        reason=_REASONS.get(wire.reason, DropReason.UNKNOWN),
        text=wire.text,
        available_time=time_from_wire(wire.available_time) if wire.HasField("available_time") else None,
    )
