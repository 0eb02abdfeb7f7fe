"""What to do next."""

from __future__ import annotations

from leadline.v1 import action_pb2, conversation_pb2, explanation_pb2
from leadline.v1 import intelligence_service_pb2 as pb

from core.actions.action import ActionCategory
from core.actions.answer import USUAL_LIMIT, NextActions, RecommendedAction, WantedActions
from core.actions.dropped import Dropped, DropReason
from core.actions.effects import Effect
from core.actions.ranking import RankingBasis
from core.actions.urgency import Urgency
from core.identifiers import LeadId
from server.convert.health import health_to_wire
from server.convert.times import time_to_wire

CATEGORIES = {one: action_pb2.ActionCategory.Value(f"ACTION_CATEGORY_{one.name}") for one in ActionCategory}
_BASES = {one: action_pb2.RankingBasis.Value(f"RANKING_BASIS_{one.name}") for one in RankingBasis}
_URGENCIES = {one: conversation_pb2.UrgencyLevel.Value(f"URGENCY_LEVEL_{one.name}") for one in Urgency}
_REASONS = {one: action_pb2.DropReason.Value(f"DROP_REASON_{one.name}") for one in DropReason}
_CREDIBLE = explanation_pb2.INTERVAL_METHOD_CREDIBLE
_BY_MODEL = explanation_pb2.INTERVAL_METHOD_MODEL
_LEVEL = 0.95


def wanted_from_wire(request: pb.NextBestActionsRequest) -> WantedActions:
    """Return what is asked for.

    Raises:
        InvalidInput: Names every broken field.
    """
    return WantedActions(
        lead_id=LeadId(request.lead_id),
        agent_id=request.agent_id,
        limit=request.limit or USUAL_LIMIT,
        channels=frozenset(request.channels),
        explain=request.explain,
        catalog_version=request.catalog_version,
    )


def next_actions_to_wire(answer: NextActions) -> pb.NextBestActionsResponse:
    """Return an answer as a message."""
    wire = pb.NextBestActionsResponse(
        basis=_BASES[answer.basis],
        catalog_version=answer.catalog_version,
        model_version=answer.model_version,
        health=health_to_wire(answer.health),
        experiment=answer.experiment,
        variant=answer.variant,
        decide_time=time_to_wire(answer.decide_time),
    )
    for place, one in enumerate(answer.actions, 1):
        _add_action(wire, one, place, answer.basis)
    for dropped in answer.dropped:
        _add_dropped(wire, dropped)
    for warning in answer.warnings:
        wire.warnings.add(code=warning.code, message=warning.message)
    return wire


def _add_action(wire: pb.NextBestActionsResponse, one: RecommendedAction, place: int, basis: RankingBasis) -> None:
    added = wire.actions.add(
        action_id=one.action_id,
        title=one.title,
        category=CATEGORIES[one.category],
        channel=one.channel,
        priority=place,
        rank_score=one.rank_score,
        basis=_BASES[basis],
        confidence=one.confidence,
        urgency=_URGENCIES[one.urgency],
        due_time=time_to_wire(one.due_time),
        reasons=one.reasons,
        suggested_wording=one.suggested_wording,
        propensity=one.propensity,
        action_token=one.action_token,
        is_explored=one.is_explored,
    )
    for term in one.terms:
        added.terms.add(name=term.name, factor=term.factor, text=term.text)
    if one.effect is not None:
        _add_impact(added, one.effect, basis)


def _add_impact(wire: action_pb2.RecommendedAction, effect: Effect, basis: RankingBasis) -> None:
    wire.evidence_count = effect.evidence_count
    if not effect.evidence_count:
        return
    is_compared = basis is RankingBasis.INCREMENTAL_VALUE and effect.uplift is not None
    wire.estimated_impact = (effect.uplift or 0.0) if is_compared else effect.propensity
    # An interval is of the uplift where there is one.
    if effect.interval is not None and is_compared == (effect.uplift is not None):
        lower, upper = effect.interval
        method = _BY_MODEL if is_compared else _CREDIBLE
        wire.impact_interval.CopyFrom(explanation_pb2.Interval(lower=lower, upper=upper, level=_LEVEL, method=method))


def _add_dropped(wire: pb.NextBestActionsResponse, dropped: Dropped) -> None:
    added = wire.dropped_actions.add(
        action_id=dropped.action_id,
        reason=_REASONS[dropped.reason],
        text=dropped.text,
    )
    if dropped.available_time is not None:
        added.available_time.CopyFrom(time_to_wire(dropped.available_time))
