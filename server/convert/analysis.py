"""What is said of a whole conversation."""

from __future__ import annotations

from leadline.v1 import conversation_pb2 as pb
from leadline.v1 import intelligence_service_pb2

from core.conversation.analysis import Analysis
from core.conversation.insights.insight import Insight, UrgencyLevel
from core.conversation.judged import Judged
from core.conversation.kinds import BehavioralSignal, ConversationSource, Momentum
from core.conversation.lead_picture import LeadPicture
from core.conversation.levels import MOST_EVIDENCE
from core.conversation.needs import Needs, SaidOnce
from core.conversation.reading import SentimentReading
from server.convert.message_reading import (
    OBJECTIONS,
    entity_to_wire,
    intent_to_wire,
    sentiment_to_wire,
    signal_to_wire,
    spans_to_wire,
)
from server.convert.times import time_to_wire

Response = intelligence_service_pb2.AnalyzeResponse

_SIGNALS = {one: pb.BehavioralSignalKind.Value(f"BEHAVIORAL_SIGNAL_KIND_{one.name}") for one in BehavioralSignal}
_MOMENTA = {
    one: pb.MOMENTUM_UNSPECIFIED if one is Momentum.UNKNOWN else pb.Momentum.Value(f"MOMENTUM_{one.name}")
    for one in Momentum
}
_SOURCES = {one: pb.ConversationSource.Value(f"CONVERSATION_SOURCE_{one.name}") for one in ConversationSource}
URGENCY_LEVELS = {one: pb.UrgencyLevel.Value(f"URGENCY_LEVEL_{one.name}") for one in UrgencyLevel}


def analysis_to_wire(analysis: Analysis) -> Response:
    """Return an analysis as a message."""
    judged = analysis.judged
    # Those of single messages are written already; reading them is quicker than building them.
    wire = Response.FromString(analysis.written)
    wire.message_count = judged.state.tempo.message_count
    wire.momentum = _MOMENTA[judged.momentum]
    wire.priority_score = judged.priority_score
    wire.confidence = judged.confidence
    wire.experiment, wire.variant = analysis.experiment, analysis.variant
    wire.attribution_token = analysis.attribution_token
    wire.as_of_time.CopyFrom(time_to_wire(analysis.as_of_time))
    _add_judged(wire, judged)
    for insight in analysis.insights:
        _add_insight(wire, insight)
    for kind, use in analysis.uses.items():
        wire.heads.add(model_kind=kind, source=_SOURCES[use.source], model_version=use.version)
    for warning in analysis.warnings:
        wire.warnings.add(code=warning.code, message=warning.message)
    return wire


def _add_judged(wire: Response, judged: Judged) -> None:
    if judged.sentiment is not None:
        wire.sentiment.CopyFrom(sentiment_to_wire(_rounded(judged.sentiment)))
    wire.intents.extend(intent_to_wire(one) for one in judged.intents)
    wire.urgency.CopyFrom(signal_to_wire(judged.urgency))
    wire.buying_intent.CopyFrom(signal_to_wire(judged.buying_intent))
    for one in judged.objections:
        wire.objections.add(
            kind=OBJECTIONS[one.kind],
            probability=one.probability,
            evidence=spans_to_wire(one.spans[:MOST_EVIDENCE]),
            message_count=one.message_count,
            is_overcome=one.is_overcome,
        )
    wire.needs.CopyFrom(_needs(judged.state.needs, judged.deadline_days))
    for signal in judged.signals:
        wire.behavioral_signals.add(
            kind=_SIGNALS[signal.kind], strength=signal.strength, evidence=spans_to_wire(signal.evidence)
        )
    if judged.lead is not None:
        _add_lead(wire, judged.lead)


def _rounded(read: SentimentReading) -> SentimentReading:
    """Return it with the sum of its parts exactly as near to 1 as they are: sums of many are not."""
    return SentimentReading(
        negative=read.negative, neutral=max(0.0, 1.0 - read.negative - read.positive), positive=read.positive
    )


def _add_lead(wire: Response, lead: LeadPicture) -> None:
    if lead.score is not None:
        wire.lead_score = lead.score
    wire.lead_event_count = lead.event_count


def _needs(needs: Needs, deadline_days: float | None) -> pb.Needs:
    return pb.Needs(
        budget_lower=needs.budget_lower,
        budget_upper=needs.budget_upper,
        budget_currency=needs.budget_currency,
        bedrooms_lower=needs.bedrooms_lower,
        bedrooms_upper=needs.bedrooms_upper,
        places=needs.places,
        deadline=None if needs.deadline is None else time_to_wire(needs.deadline),
        deadline_days=deadline_days,
        is_pre_approved=_said(needs.pre_approved),
        is_decision_maker=_said(needs.decision_maker),
        entities=[entity_to_wire(one) for one in needs.entities],
    )


def _said(said: SaidOnce | None) -> bool | None:
    return None if said is None else said.value


def _add_insight(wire: Response, insight: Insight) -> None:
    wire.insights.add(
        type=insight.type,
        title=insight.title,
        confidence=insight.confidence,
        priority_score=insight.priority_score,
        urgency_level=URGENCY_LEVELS[insight.urgency_level],
        predicted_outcome=insight.predicted_outcome,
        recommended_actions=insight.recommended_actions,
        evidence=spans_to_wire(insight.evidence),
        is_custom=insight.is_custom,
    )
