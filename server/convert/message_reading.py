"""What is said of single messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leadline.v1 import conversation_pb2 as pb
from leadline.v1 import intelligence_service_pb2

from core.conversation.entities.entity import EntityKind
from core.conversation.kinds import DialogueAct, Intent, Objection, Role, Sentiment
from core.conversation.reading import (
    EvidenceSpan,
    Feelings,
    FoundEntity,
    IntentReading,
    MessageReading,
    SentimentReading,
    SignalReading,
)
from server.convert.times import time_to_wire

_ROLES = {role: pb.MessageRole.Value(f"MESSAGE_ROLE_{role.name}") for role in Role}
_SENTIMENTS = {one: pb.Sentiment.Value(f"SENTIMENT_{one.name}") for one in Sentiment}
INTENTS = {one: pb.Intent.Value(f"INTENT_{one.name}") for one in Intent}
OBJECTIONS: Mapping[Objection, pb.ObjectionKind.ValueType] = {
    one: pb.ObjectionKind.Value(f"OBJECTION_KIND_{one.name}") for one in Objection if one is not Objection.NONE
}
_ACTS = {one: pb.DialogueAct.Value(f"DIALOGUE_ACT_{one.name}") for one in DialogueAct}
_ENTITIES = {one: pb.EntityKind.Value(f"ENTITY_KIND_{one.name}") for one in EntityKind}
Response = intelligence_service_pb2.AnalyzeResponse


def written_reading(read: MessageReading) -> bytes:
    """Return what is said of one message as it stands in the bytes of an answer.

    Such bytes one after the other are the ``messages`` of an AnalyzeResponse: those of calls before need not be written
    again.
    """
    # One entry of the repeated field, written alone: its tag and length come with it.
    return bytes(Response(messages=[reading_to_wire(read)]).SerializeToString())


def reading_to_wire(read: MessageReading) -> pb.MessageAnalysis:
    """Return what is said of one message as a message."""
    wire = pb.MessageAnalysis(
        message_index=read.message_index,
        message_id=read.message_id,
        role=_ROLES[read.role],
        entities=[entity_to_wire(one) for one in read.entities],
    )
    if read.feelings is not None:
        _add_feelings(wire, read.feelings)
    return wire


def spans_to_wire(spans: Iterable[EvidenceSpan]) -> list[pb.EvidenceSpan]:
    """Return words as messages."""
    return [_span_to_wire(one) for one in spans]


def sentiment_to_wire(read: SentimentReading) -> pb.SentimentReading:
    """Return a feeling as a message."""
    return pb.SentimentReading(
        sentiment=_SENTIMENTS[read.sentiment],
        negative_probability=read.negative,
        neutral_probability=read.neutral,
        positive_probability=read.positive,
        score=read.score,
    )


def intent_to_wire(read: IntentReading) -> pb.IntentReading:
    """Return an intent as a message."""
    signal = read.signal
    return pb.IntentReading(
        intent=INTENTS[read.intent],
        probability=signal.probability,
        is_present=signal.is_present,
        evidence=spans_to_wire(signal.evidence),
    )


def signal_to_wire(read: SignalReading) -> pb.SignalReading:
    """Return a signal as a message."""
    return pb.SignalReading(
        probability=read.probability, is_present=read.is_present, evidence=spans_to_wire(read.evidence)
    )


def entity_to_wire(found: FoundEntity) -> pb.Entity:
    """Return a fact as a message."""
    entity = found.entity
    return pb.Entity(
        kind=_ENTITIES[entity.kind],
        span=_span_to_wire(found.span),
        normalized_text=entity.normalized_text,
        lower=entity.lower,
        upper=entity.upper,
        unit=entity.unit,
        time=None if entity.time is None else time_to_wire(entity.time),
    )


def _span_to_wire(span: EvidenceSpan) -> pb.EvidenceSpan:
    return pb.EvidenceSpan(message_index=span.message_index, start=span.start, end=span.end, text=span.text)


def _add_feelings(wire: pb.MessageAnalysis, feelings: Feelings) -> None:
    wire.sentiment.CopyFrom(sentiment_to_wire(feelings.sentiment))
    wire.intents.extend(intent_to_wire(one) for one in feelings.intents)
    wire.urgency.CopyFrom(signal_to_wire(feelings.urgency))
    wire.buying_intent.CopyFrom(signal_to_wire(feelings.buying_intent))
    for one in feelings.objections:
        wire.objections.add(
            kind=OBJECTIONS[one.kind], probability=one.probability, evidence=spans_to_wire(one.evidence)
        )
    wire.dialogue_act = _ACTS[feelings.act]
    wire.dialogue_act_probability = feelings.act_probability
