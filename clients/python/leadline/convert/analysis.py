"""Analyses of conversations on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from leadline.analysis import (
    Analysis,
    BehavioralSignal,
    BehavioralSignalKind,
    ConversationSource,
    DialogueAct,
    Entity,
    EntityKind,
    HeadAnswer,
    Intent,
    IntentReading,
    MessageAnalysis,
    Momentum,
    Needs,
    ObjectionKind,
    ObjectionReading,
    Sentiment,
    SentimentReading,
    SignalReading,
)
from leadline.conversation import ConversationMessage
from leadline.convert.conversation import message_to_wire, role_from_wire, span_from_wire, spans_from_wire
from leadline.convert.enums import enum_table
from leadline.convert.insight import insight_from_wire
from leadline.convert.times import time_from_wire, time_to_wire
from leadline.errors import InvalidRequest, Violation
from leadline.score import ScoreWarning
from leadline.v1 import conversation_pb2 as pb
from leadline.v1 import intelligence_service_pb2

_SOURCES: Final = enum_table(pb.ConversationSource.items(), "CONVERSATION_SOURCE_", ConversationSource)
_SENTIMENTS: Final = enum_table(pb.Sentiment.items(), "SENTIMENT_", Sentiment)
_INTENTS: Final = enum_table(pb.Intent.items(), "INTENT_", Intent)
_OBJECTIONS: Final = enum_table(pb.ObjectionKind.items(), "OBJECTION_KIND_", ObjectionKind)
_ACTS: Final = enum_table(pb.DialogueAct.items(), "DIALOGUE_ACT_", DialogueAct)
_ENTITIES: Final = enum_table(pb.EntityKind.items(), "ENTITY_KIND_", EntityKind)
_SIGNALS: Final = enum_table(pb.BehavioralSignalKind.items(), "BEHAVIORAL_SIGNAL_KIND_", BehavioralSignalKind)
_MOMENTA: Final = enum_table(pb.Momentum.items(), "MOMENTUM_", Momentum)


def analyze_request(
    messages: Sequence[ConversationMessage],
    *,
    lead_id: str,
    conversation_id: str,
    results_from: int,
    as_of_time: datetime | None,
    model_versions: Mapping[str, str],
    experiment: str,
    unit_id: str,
) -> intelligence_service_pb2.AnalyzeRequest:
    """Return the request for an analysis; see :meth:`leadline.Client.analyze`.

    Raises:
        InvalidRequest: If the wire cannot carry it; names the field.
    """
    wires = [message_to_wire(message, f"messages[{at}]") for at, message in enumerate(messages)]
    try:
        judged = None if as_of_time is None else time_to_wire(as_of_time)
    except (TypeError, ValueError, AttributeError):
        raise InvalidRequest.of([Violation(field="as_of_time", rule="must be a moment with a time zone")]) from None
    try:
        return intelligence_service_pb2.AnalyzeRequest(
            messages=wires,
            lead_id=lead_id,
            conversation_id=conversation_id,
            results_from=results_from,
            as_of_time=judged,
            model_versions=dict(model_versions),
            experiment=experiment,
            unit_id=unit_id,
        )
    except (TypeError, ValueError) as problem:
        raise InvalidRequest.of([Violation(field="request", rule=f"must fit: {problem}")]) from None


def analysis_from_wire(wire: intelligence_service_pb2.AnalyzeResponse) -> Analysis:
    """Return a message as an analysis."""
    return Analysis(
        messages=tuple(map(_message, wire.messages)),
        message_count=wire.message_count,
        sentiment=_sentiment(wire),
        intents=tuple(map(_intent, wire.intents)),
        urgency=_signal(wire, "urgency"),
        buying_intent=_signal(wire, "buying_intent"),
        objections=tuple(map(_objection, wire.objections)),
        needs=_needs(wire.needs),
        behavioral_signals=tuple(map(_behavior, wire.behavioral_signals)),
        momentum=momentum_from_wire(wire.momentum),
        priority_score=wire.priority_score,
        insights=tuple(map(insight_from_wire, wire.insights)),
        heads=tuple(map(_head, wire.heads)),
        confidence=wire.confidence,
        lead_score=_optional(wire, "lead_score"),
        lead_event_count=wire.lead_event_count,
        experiment=wire.experiment,
        variant=wire.variant,
        attribution_token=wire.attribution_token,
        as_of_time=_time(wire, "as_of_time"),
        warnings=tuple(ScoreWarning(code=warning.code, message=warning.message) for warning in wire.warnings),
    )


def momentum_from_wire(number: int) -> Momentum:
    """Return where something is heading."""
    return _MOMENTA.get(number, Momentum.UNKNOWN)


def _message(wire: pb.MessageAnalysis) -> MessageAnalysis:
    return MessageAnalysis(
        message_index=wire.message_index,
        message_id=wire.message_id,
        role=role_from_wire(wire.role),
        sentiment=_sentiment(wire),
        intents=tuple(map(_intent, wire.intents)),
        urgency=_signal(wire, "urgency"),
        buying_intent=_signal(wire, "buying_intent"),
        objections=tuple(map(_objection, wire.objections)),
        dialogue_act=_ACTS.get(wire.dialogue_act, DialogueAct.UNKNOWN),
        dialogue_act_probability=wire.dialogue_act_probability,
        entities=tuple(map(_entity, wire.entities)),
    )


def _sentiment(holder: pb.MessageAnalysis | intelligence_service_pb2.AnalyzeResponse) -> SentimentReading | None:
    if not holder.HasField("sentiment"):
        return None
    wire = holder.sentiment
    return SentimentReading(
        sentiment=_SENTIMENTS.get(wire.sentiment, Sentiment.UNKNOWN),
        negative_probability=wire.negative_probability,
        neutral_probability=wire.neutral_probability,
        positive_probability=wire.positive_probability,
        score=wire.score,
    )


def _intent(wire: pb.IntentReading) -> IntentReading:
    return IntentReading(
        intent=_INTENTS.get(wire.intent, Intent.UNKNOWN),
        probability=wire.probability,
        is_present=wire.is_present,
        evidence=spans_from_wire(wire.evidence),
    )


def _objection(wire: pb.ObjectionReading) -> ObjectionReading:
    return ObjectionReading(
        kind=_OBJECTIONS.get(wire.kind, ObjectionKind.UNKNOWN),
        probability=wire.probability,
        evidence=spans_from_wire(wire.evidence),
        message_count=wire.message_count,
        is_overcome=wire.is_overcome,
    )


def _signal(holder: Any, name: str) -> SignalReading | None:
    if not holder.HasField(name):
        return None
    wire: pb.SignalReading = getattr(holder, name)
    return SignalReading(
        probability=wire.probability, is_present=wire.is_present, evidence=spans_from_wire(wire.evidence)
    )


def _entity(wire: pb.Entity) -> Entity:
    return Entity(
        kind=_ENTITIES.get(wire.kind, EntityKind.UNKNOWN),
        span=span_from_wire(wire.span),
        normalized_text=wire.normalized_text,
        lower=_optional(wire, "lower"),
        upper=_optional(wire, "upper"),
        unit=wire.unit,
        time=_time(wire, "time"),
    )


def _needs(wire: pb.Needs) -> Needs:
    return Needs(
        budget_lower=_optional(wire, "budget_lower"),
        budget_upper=_optional(wire, "budget_upper"),
        budget_currency=wire.budget_currency,
        bedrooms_lower=_optional(wire, "bedrooms_lower"),
        bedrooms_upper=_optional(wire, "bedrooms_upper"),
        places=tuple(wire.places),
        deadline=_time(wire, "deadline"),
        deadline_days=_optional(wire, "deadline_days"),
        is_pre_approved=_optional(wire, "is_pre_approved"),
        is_decision_maker=_optional(wire, "is_decision_maker"),
        entities=tuple(map(_entity, wire.entities)),
    )


def _behavior(wire: pb.BehavioralSignal) -> BehavioralSignal:
    return BehavioralSignal(
        kind=_SIGNALS.get(wire.kind, BehavioralSignalKind.UNKNOWN),
        strength=wire.strength,
        evidence=spans_from_wire(wire.evidence),
    )


def _head(wire: pb.HeadAnswer) -> HeadAnswer:
    return HeadAnswer(
        model_kind=wire.model_kind,
        source=_SOURCES.get(wire.source, ConversationSource.UNKNOWN),
        model_version=wire.model_version,
    )


def _optional(holder: Any, name: str) -> Any:
    return getattr(holder, name) if holder.HasField(name) else None


def _time(holder: Any, name: str) -> datetime | None:
    return time_from_wire(getattr(holder, name)) if holder.HasField(name) else None
