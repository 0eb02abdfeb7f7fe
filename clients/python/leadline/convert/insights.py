"""Insights on the wire."""

from __future__ import annotations

from typing import Final

from leadline.convert.enums import enum_table
from leadline.convert.score import interval_from_wire
from leadline.convert.times import time_from_wire
from leadline.insights import (
    AgentComparison,
    AgentFigure,
    AgentInsights,
    CoachingSuggestion,
    PreferenceChange,
    PreferenceDrift,
)
from leadline.v1 import recommendation_service_pb2 as pb

_COMPARISONS: Final = enum_table(pb.AgentComparison.items(), "AGENT_COMPARISON_", AgentComparison)


def insights_from_wire(wire: pb.GetAgentInsightsResponse) -> AgentInsights:
    """Return a message as insights."""
    return AgentInsights(
        agent_id=wire.agent_id,
        start_time=time_from_wire(wire.start_time),
        end_time=time_from_wire(wire.end_time),
        figures=tuple(map(_figure, wire.figures)),
        suggestions=tuple(map(_suggestion, wire.suggestions)),
    )


def drift_from_wire(wire: pb.GetPreferenceDriftResponse) -> PreferenceDrift:
    """Return a message as what became of a lead's wishes."""
    return PreferenceDrift(
        changes=tuple(map(_change, wire.changes)),
        has_too_few_events=wire.has_too_few_events,
        event_count=wire.event_count,
        start_time=time_from_wire(wire.start_time) if wire.HasField("start_time") else None,
        significance_level=wire.significance_level,
    )


def _figure(wire: pb.AgentFigure) -> AgentFigure:
    return AgentFigure(
        name=wire.name,
        segment=wire.segment,
        unit=wire.unit,
        comparison=_COMPARISONS.get(wire.comparison, AgentComparison.UNKNOWN),
        sample_count=wire.sample_count,
        peer_sample_count=wire.peer_sample_count,
        peer_count=wire.peer_count,
        value=wire.value if wire.HasField("value") else None,
        interval=interval_from_wire(wire.interval) if wire.HasField("interval") else None,
        peer_value=wire.peer_value if wire.HasField("peer_value") else None,
        peer_interval=interval_from_wire(wire.peer_interval) if wire.HasField("peer_interval") else None,
    )


def _suggestion(wire: pb.CoachingSuggestion) -> CoachingSuggestion:
    return CoachingSuggestion(
        text=wire.text,
        figure_name=wire.figure_name,
        segment=wire.segment,
        potential=wire.potential,
        example_lead_ids=tuple(wire.example_lead_ids),
    )


def _change(wire: pb.PreferenceChange) -> PreferenceChange:
    return PreferenceChange(
        property_name=wire.property,
        before=wire.before,
        after=wire.after,
        since_time=time_from_wire(wire.since_time),
        p_value=wire.p_value,
        before_count=wire.before_count,
        after_count=wire.after_count,
    )
