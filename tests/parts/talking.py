"""Calls of somebody who has conversations analysed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leadline.v1 import conversation_pb2
from leadline.v1 import intelligence_service_pb2 as pb

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LEAD, AGENT, SYSTEM = (
    conversation_pb2.MESSAGE_ROLE_LEAD,
    conversation_pb2.MESSAGE_ROLE_AGENT,
    conversation_pb2.MESSAGE_ROLE_SYSTEM,
)
TALK = (
    (LEAD, "Hi, I am urgently looking for a 3 bedroom house in Riverside."),
    (AGENT, "Good morning! What is your budget?"),
    (LEAD, "My budget is $400k and I am pre-approved. Can I see it tomorrow?"),
    (AGENT, "Of course. 10 am?"),
    (LEAD, "Yes please. But honestly, it is a bit too expensive for us."),
)


def message(role, text, minutes=None, message_id=""):
    one = conversation_pb2.ConversationMessage(role=role, text=text, message_id=message_id)
    if minutes is not None:
        one.send_time.FromDatetime(START + timedelta(minutes=minutes))
    return one


def asked(turns=TALK, *, timed=True, **fields):
    """Return a request for an analysis of ``(role, text)`` turns, a minute apart."""
    messages = [message(role, text, at if timed else None, f"m{at}") for at, (role, text) in enumerate(turns)]
    as_of_time = fields.pop("as_of_time", None)
    request = pb.AnalyzeRequest(messages=messages, **fields)
    if as_of_time is not None:
        request.as_of_time.FromDatetime(as_of_time)
    return request


def same_answer(answer):
    """Return an answer without what differs from call to call."""
    kept = pb.AnalyzeResponse()
    kept.CopyFrom(answer)
    kept.ClearField("attribution_token")
    return kept


def spans_of(answer):
    """Yield every piece of evidence of an answer."""
    for owner in (answer, *answer.messages):
        for intent in owner.intents:
            yield from intent.evidence
        yield from owner.urgency.evidence
        yield from owner.buying_intent.evidence
        for objection in owner.objections:
            yield from objection.evidence
    for one in answer.messages:
        for entity in one.entities:
            yield entity.span
    for entity in answer.needs.entities:
        yield entity.span
    for shown in (*answer.behavioral_signals, *answer.insights):
        yield from shown.evidence


def probabilities_of(answer):
    """Yield every number of an answer that must be 0 to 1."""
    yield answer.confidence
    for owner in (answer, *answer.messages):
        if owner.HasField("sentiment"):
            yield from (
                owner.sentiment.negative_probability,
                owner.sentiment.neutral_probability,
                owner.sentiment.positive_probability,
            )
        yield from (intent.probability for intent in owner.intents)
        yield from (owner.urgency.probability, owner.buying_intent.probability)
        yield from (objection.probability for objection in owner.objections)
    yield from (one.dialogue_act_probability for one in answer.messages)
    yield from (signal.strength for signal in answer.behavioral_signals)
    yield from (insight.confidence for insight in answer.insights)


def check_answer(request, answer):
    """Check what must hold of every answer."""
    texts = [one.text for one in request.messages]
    assert answer.message_count == len(texts)
    for span in spans_of(answer):
        assert 0 <= span.message_index < len(texts)
        assert 0 <= span.start < span.end <= len(texts[span.message_index])
        assert texts[span.message_index][span.start : span.end] == span.text
    for probability in probabilities_of(answer):
        assert 0.0 <= probability <= 1.0
    for owner in (answer, *answer.messages):
        if owner.HasField("sentiment"):
            read = owner.sentiment
            total = read.negative_probability + read.neutral_probability + read.positive_probability
            assert abs(total - 1.0) < 1e-3
            assert abs(read.score - (read.positive_probability - read.negative_probability)) < 1e-9
    assert 0.0 <= answer.priority_score <= 100.0
    assert [one.message_index for one in answer.messages] == list(range(request.results_from, len(texts)))
    assert [one.message_id for one in answer.messages] == [
        one.message_id for one in request.messages[request.results_from :]
    ]
    scores = [one.priority_score for one in answer.insights]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 100.0 for score in scores)
    assert answer.attribution_token
