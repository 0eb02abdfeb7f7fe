"""Feedback on the wire."""

from __future__ import annotations

from typing import Final, cast

from leadline.convert.durations import duration_from_wire, duration_to_wire
from leadline.convert.enums import enum_table
from leadline.convert.score import interval_from_wire
from leadline.convert.times import time_from_wire, time_to_wire
from leadline.errors import InvalidRequest, Violation
from leadline.feedback import (
    ActionShare,
    Feedback,
    FeedbackAction,
    FeedbackAnalytics,
    FeedbackDay,
    FeedbackSource,
    Interaction,
    RateSummary,
    SourceShare,
    StoredFeedback,
    TimeSlot,
)
from leadline.v1 import feedback_pb2, feedback_service_pb2

_ACTIONS: Final = enum_table(feedback_pb2.FeedbackAction.items(), "FEEDBACK_ACTION_", FeedbackAction)
_SOURCES: Final = enum_table(feedback_pb2.FeedbackSource.items(), "FEEDBACK_SOURCE_", FeedbackSource)
_ACTION_NUMBERS: Final = {member: number for number, member in _ACTIONS.items()}
_SOURCE_NUMBERS: Final = {member: number for number, member in _SOURCES.items()}


def feedback_to_wire(feedback: Feedback) -> feedback_pb2.Feedback:
    """Return feedback as a message.

    Raises:
        InvalidRequest: If a time has no zone, or an action is one this client does not know.
    """
    wire = feedback_pb2.Feedback(
        feedback_id=feedback.feedback_id,
        lead_id=feedback.lead_id,
        action=_action(feedback.action, "feedback.action"),
        user_rating=feedback.user_rating,
        contact_successful=feedback.contact_successful,
        conversion_value=feedback.conversion_value,
        session_id=feedback.session_id,
        source=cast("feedback_pb2.FeedbackSource.ValueType", _SOURCE_NUMBERS.get(feedback.source, 0)),
        agent_id=feedback.agent_id,
        attribution_token=feedback.attribution_token,
        model_version=feedback.model_version,
        shown_score=feedback.shown_score,
        user_agent=feedback.user_agent,
        ip_address=feedback.ip_address,
    )
    if feedback.interaction_duration is not None:
        wire.interaction_duration.CopyFrom(duration_to_wire(feedback.interaction_duration))
    if feedback.contact_response_time is not None:
        wire.contact_response_time.CopyFrom(duration_to_wire(feedback.contact_response_time))
    if feedback.occurred_time is not None:
        try:
            wire.occurred_time.CopyFrom(time_to_wire(feedback.occurred_time))
        except ValueError as problem:
            raise _invalid("feedback.occurred_time", str(problem)) from problem
    return wire


def interaction_to_wire(interaction: Interaction, position: int) -> feedback_service_pb2.Interaction:
    """Return an interaction as a message. Raises as :func:`feedback_to_wire`."""
    path = f"interactions[{position}]"
    wire = feedback_service_pb2.Interaction(
        lead_id=interaction.lead_id,
        action=_action(interaction.action, f"{path}.action"),
        attribution_token=interaction.attribution_token,
    )
    if interaction.duration is not None:
        wire.duration.CopyFrom(duration_to_wire(interaction.duration))
    if interaction.occurred_time is not None:
        try:
            wire.occurred_time.CopyFrom(time_to_wire(interaction.occurred_time))
        except ValueError as problem:
            raise _invalid(f"{path}.occurred_time", str(problem)) from problem
    return wire


def stored_feedback_from_wire(wire: feedback_pb2.StoredFeedback) -> StoredFeedback:
    """Return a message as stored feedback."""
    return StoredFeedback(
        feedback=_feedback_from_wire(wire.feedback),
        confidence=wire.confidence,
        revision=wire.revision,
        actor=wire.actor,
        record_time=time_from_wire(wire.record_time) if wire.HasField("record_time") else None,
        create_time=time_from_wire(wire.create_time) if wire.HasField("create_time") else None,
        supersede_time=time_from_wire(wire.supersede_time) if wire.HasField("supersede_time") else None,
    )


def analytics_from_wire(wire: feedback_service_pb2.GetFeedbackAnalyticsResponse) -> FeedbackAnalytics:
    """Return a message as a summary."""
    return FeedbackAnalytics(
        start_time=time_from_wire(wire.start_time) if wire.HasField("start_time") else None,
        end_time=time_from_wire(wire.end_time) if wire.HasField("end_time") else None,
        total_count=wire.total_count,
        actions=tuple(
            ActionShare(action=_ACTIONS.get(one.action, FeedbackAction.UNKNOWN), count=one.count, share=one.share)
            for one in wire.actions
        ),
        sources=tuple(map(_source_share, wire.sources)),
        average_confidence=wire.average_confidence if wire.HasField("average_confidence") else None,
        average_rating=wire.average_rating if wire.HasField("average_rating") else None,
        contact_success=_rate(wire.contact_success) if wire.HasField("contact_success") else None,
        conversion=_rate(wire.conversion) if wire.HasField("conversion") else None,
        total_value=wire.total_value,
        average_value=wire.average_value if wire.HasField("average_value") else None,
        hours=tuple(map(_slot, wire.hours)),
        weekdays=tuple(map(_slot, wire.weekdays)),
        trend=tuple(
            FeedbackDay(
                day=time_from_wire(one.day),
                count=one.count,
                conversion_count=one.conversion_count,
                value=one.value,
            )
            for one in wire.trend
        ),
    )


def _feedback_from_wire(wire: feedback_pb2.Feedback) -> Feedback:
    has = wire.HasField
    return Feedback(
        feedback_id=wire.feedback_id,
        lead_id=wire.lead_id,
        action=_ACTIONS.get(wire.action, FeedbackAction.UNKNOWN),
        user_rating=wire.user_rating if has("user_rating") else None,
        interaction_duration=duration_from_wire(wire.interaction_duration) if has("interaction_duration") else None,
        contact_successful=wire.contact_successful if has("contact_successful") else None,
        contact_response_time=duration_from_wire(wire.contact_response_time) if has("contact_response_time") else None,
        conversion_value=wire.conversion_value if has("conversion_value") else None,
        session_id=wire.session_id,
        source=_SOURCES.get(wire.source, FeedbackSource.UNKNOWN),
        agent_id=wire.agent_id,
        model_version=wire.model_version,
        shown_score=wire.shown_score if has("shown_score") else None,
        occurred_time=time_from_wire(wire.occurred_time) if has("occurred_time") else None,
    )


def _source_share(wire: feedback_service_pb2.SourceShare) -> SourceShare:
    return SourceShare(
        source=_SOURCES.get(wire.source, FeedbackSource.UNKNOWN),
        count=wire.count,
        share=wire.share,
        average_confidence=wire.average_confidence,
        contact_success=_rate(wire.contact_success) if wire.HasField("contact_success") else None,
    )


def _slot(wire: feedback_service_pb2.TimeSlot) -> TimeSlot:
    return TimeSlot(slot=wire.slot, contact_success=_rate(wire.contact_success))


def _rate(wire: feedback_service_pb2.RateSummary) -> RateSummary:
    return RateSummary(
        success_count=wire.success_count,
        total_count=wire.total_count,
        rate=wire.rate,
        interval=interval_from_wire(wire.interval) if wire.HasField("interval") else None,
    )


def _action(action: FeedbackAction, path: str) -> feedback_pb2.FeedbackAction.ValueType:
    number = _ACTION_NUMBERS.get(action)
    if number is None:
        raise _invalid(path, "must be an action this client knows")
    return cast("feedback_pb2.FeedbackAction.ValueType", number)


def _invalid(field: str, rule: str) -> InvalidRequest:
    return InvalidRequest.of([Violation(field=field, rule=rule)])
