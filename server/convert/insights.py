"""Insights on agents, and how the wishes of leads change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leadline.v1 import explanation_pb2
from leadline.v1 import recommendation_service_pb2 as pb

from core.experiments.results import Range
from core.recommend.agents.coaching import Suggestion
from core.recommend.agents.figure import Comparison, Figure
from core.recommend.agents.insights import AgentInsights
from core.recommend.wishes.drift import LEVEL, PreferenceChange, PreferenceDrift
from server.convert.times import time_to_wire

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COMPARISONS = {one: pb.AgentComparison.Value(f"AGENT_COMPARISON_{one.name}") for one in Comparison}


def insights_to_wire(insights: AgentInsights) -> pb.GetAgentInsightsResponse:
    """Return insights as a message."""
    return pb.GetAgentInsightsResponse(
        agent_id=insights.agent_id,
        start_time=time_to_wire(insights.start),
        end_time=time_to_wire(insights.end),
        figures=map(_figure, insights.figures),
        suggestions=map(_suggestion, insights.suggestions),
    )


def drift_to_wire(drift: PreferenceDrift) -> pb.GetPreferenceDriftResponse:
    """Return what became of a lead's wishes as a message."""
    return pb.GetPreferenceDriftResponse(
        changes=map(_change, drift.changes),
        has_too_few_events=drift.has_too_few_events,
        event_count=drift.event_count,
        start_time=None if drift.start_us is None else time_to_wire(_moment(drift.start_us)),
        significance_level=LEVEL,
    )


def _figure(figure: Figure) -> pb.AgentFigure:
    method = (
        explanation_pb2.INTERVAL_METHOD_WELCH if figure.unit == "minutes" else explanation_pb2.INTERVAL_METHOD_WILSON
    )
    return pb.AgentFigure(
        name=figure.name,
        segment=figure.segment,
        value=figure.value,
        interval=_interval(figure.interval, method),
        sample_count=figure.sample_count,
        peer_value=figure.peer_value,
        peer_interval=_interval(figure.peer_interval, method),
        peer_sample_count=figure.peer_sample_count,
        peer_count=figure.peer_count,
        comparison=_COMPARISONS[figure.comparison],
        unit=figure.unit,
    )


def _interval(found: Range | None, method: explanation_pb2.IntervalMethod.ValueType) -> explanation_pb2.Interval | None:
    if found is None:
        return None
    return explanation_pb2.Interval(lower=found.lower, upper=found.upper, level=found.level, method=method)


def _suggestion(suggestion: Suggestion) -> pb.CoachingSuggestion:
    return pb.CoachingSuggestion(
        text=suggestion.text,
        figure_name=suggestion.figure_name,
        segment=suggestion.segment,
        potential=suggestion.potential,
        example_lead_ids=suggestion.example_lead_ids,
    )


def _change(change: PreferenceChange) -> pb.PreferenceChange:
    return pb.PreferenceChange(
        property=change.property_name,
        before=change.before,
        after=change.after,
        since_time=time_to_wire(_moment(change.since_us)),
        p_value=change.p_value,
        before_count=change.before_count,
        after_count=change.after_count,
    )


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
