"""Feedback."""

from __future__ import annotations

from datetime import datetime, timedelta

from leadline.v1 import feedback_pb2, feedback_service_pb2

from core.caller import Caller
from core.errors import InvalidInput, Violation
from core.feedback.feedback import FeedbackAction, FeedbackSource, StoredFeedback
from core.feedback.feedback_store import MAX_INTERACTIONS
from core.feedback.problems import Problems
from core.feedback.recording import FeedbackIntake, check_text
from core.feedback.told import FeedbackWrite, ToldFeedback
from core.identifiers import check_identifier
from server.convert.durations import duration_from_wire, duration_to_wire
from server.convert.times import time_from_wire, time_to_wire

RECORD, RECORD_IMPLICIT = "RecordFeedback", "RecordImplicitFeedback"
ACTIONS = {
    feedback_pb2.FeedbackAction.Value(f"FEEDBACK_ACTION_{action.value.upper()}"): action for action in FeedbackAction
}
SOURCES = {
    feedback_pb2.FeedbackSource.Value(f"FEEDBACK_SOURCE_{source.value.upper()}"): source for source in FeedbackSource
}
ACTION_NUMBERS = {action: number for number, action in ACTIONS.items()}
SOURCE_NUMBERS = {source: number for number, source in SOURCES.items()}
_ACTION_NAMES = ", ".join(action.value.upper() for action in FeedbackAction)
_WIRE_NAMES = {"interaction_duration": "duration"}
"""Fields of an interaction that are called otherwise in feedback."""
_OF_THE_SESSION = {"agent_id", "session_id", "user_agent", "ip_address"}


def explicit_from_wire(
    request: feedback_service_pb2.RecordFeedbackRequest, caller: Caller, intake: FeedbackIntake
) -> FeedbackWrite:
    """Return what a request tells.

    Raises:
        InvalidInput: Names every broken field.
    """
    request_id = check_identifier(request.request_id, "request_id")
    try:
        return intake.accept(caller, _told(request.feedback), method=RECORD, request_id=request_id)
    except InvalidInput as problem:
        raise problem.under("feedback") from None


def implicit_from_wire(
    request: feedback_service_pb2.RecordImplicitFeedbackRequest, caller: Caller, intake: FeedbackIntake
) -> list[FeedbackWrite]:
    """Return what a session tells, in order.

    Raises:
        InvalidInput: Names every broken field.
    """
    request_id, count = check_identifier(request.request_id, "request_id"), len(request.interactions)
    if not 1 <= count <= MAX_INTERACTIONS:
        raise InvalidInput.of("interactions", f"must be 1 to {MAX_INTERACTIONS}, not {count:,}")
    if not check_text(request.session_id, "session_id"):
        raise InvalidInput.of("session_id", "must not be empty")
    writes: list[FeedbackWrite] = []
    problems: dict[tuple[str, str], Violation] = {}
    for position, wire in enumerate(request.interactions):
        try:
            told = _told_in_session(wire, request)
            writes.append(intake.accept(caller, told, method=RECORD_IMPLICIT, request_id=request_id, position=position))
        except InvalidInput as problem:
            found = (_placed(violation, position) for violation in problem.violations)
            # What is wrong with the session is wrong with each of its interactions, and is said once.
            problems.update({(violation.field, violation.rule): violation for violation in found})
    if problems:
        raise InvalidInput(list(problems.values()))
    return writes


def _told(wire: feedback_pb2.Feedback) -> ToldFeedback:
    problems = Problems()
    read = problems.of
    action = read(lambda: _action(wire.action), FeedbackAction.VIEW)
    source = read(lambda: _source(wire.source), FeedbackSource.MANUAL)
    lasted = read(lambda: _duration(wire, "interaction_duration"), None)
    response = read(lambda: _duration(wire, "contact_response_time"), None)
    occurred = read(lambda: _time(wire), None)
    problems.raise_found()
    return ToldFeedback(
        feedback_id=wire.feedback_id,
        lead_id=wire.lead_id,
        action=action,
        user_rating=wire.user_rating if wire.HasField("user_rating") else None,
        interaction_duration=lasted,
        contact_successful=wire.contact_successful if wire.HasField("contact_successful") else None,
        contact_response_time=response,
        conversion_value=wire.conversion_value if wire.HasField("conversion_value") else None,
        session_id=wire.session_id,
        source=source,
        agent_id=wire.agent_id,
        attribution_token=wire.attribution_token,
        model_version=wire.model_version,
        shown_score=wire.shown_score if wire.HasField("shown_score") else None,
        occurred_time=occurred,
        user_agent=wire.user_agent,
        ip_address=wire.ip_address,
    )


def _told_in_session(
    wire: feedback_service_pb2.Interaction, request: feedback_service_pb2.RecordImplicitFeedbackRequest
) -> ToldFeedback:
    problems = Problems()
    action = problems.of(lambda: _action(wire.action), FeedbackAction.VIEW)
    lasted = problems.of(lambda: _duration(wire, "duration"), None)
    occurred = problems.of(lambda: _time(wire), None)
    problems.raise_found()
    return ToldFeedback(
        lead_id=wire.lead_id,
        action=action,
        interaction_duration=lasted,
        session_id=request.session_id,
        source=FeedbackSource.IMPLICIT,
        agent_id=request.agent_id,
        attribution_token=wire.attribution_token,
        occurred_time=occurred,
        user_agent=request.user_agent,
        ip_address=request.ip_address,
    )


def _action(number: feedback_pb2.FeedbackAction.ValueType) -> FeedbackAction:
    found = ACTIONS.get(number)
    if found is None:
        raise InvalidInput.of("action", f"must be one of {_ACTION_NAMES}")
    return found


def _source(number: feedback_pb2.FeedbackSource.ValueType) -> FeedbackSource:
    if number == feedback_pb2.FEEDBACK_SOURCE_UNSPECIFIED:
        return FeedbackSource.MANUAL
    found = SOURCES.get(number)
    if found is None:
        raise InvalidInput.of("source", "must be MANUAL, IMPLICIT or INTEGRATION")
    return found


def _duration(wire: feedback_pb2.Feedback | feedback_service_pb2.Interaction, field: str) -> timedelta | None:
    return duration_from_wire(getattr(wire, field), field) if wire.HasField(field) else None  # type: ignore[arg-type]


def _time(wire: feedback_pb2.Feedback | feedback_service_pb2.Interaction) -> datetime | None:
    if not wire.HasField("occurred_time"):
        return None
    return time_from_wire(wire.occurred_time, "occurred_time")


def _placed(violation: Violation, position: int) -> Violation:
    """Return what is wrong under the name its field has in the request."""
    if violation.field in _OF_THE_SESSION:
        return violation
    name = _WIRE_NAMES.get(violation.field, violation.field)
    return Violation(field=f"interactions[{position}].{name}", rule=violation.rule)


def feedback_to_wire(stored: StoredFeedback) -> feedback_pb2.StoredFeedback:
    """Return one revision as a message. Addresses and user agents stay inside, even as pseudonyms."""
    told = stored.feedback
    lasted, response = told.interaction_duration, told.contact_response_time
    wire = feedback_pb2.Feedback(
        feedback_id=told.feedback_id,
        lead_id=told.lead_id,
        action=ACTION_NUMBERS[told.action],
        user_rating=told.user_rating,
        interaction_duration=None if lasted is None else duration_to_wire(lasted),
        contact_successful=told.contact_successful,
        contact_response_time=None if response is None else duration_to_wire(response),
        conversion_value=told.conversion_value,
        session_id=told.session_id,
        source=SOURCE_NUMBERS[told.source],
        agent_id=told.agent_id,
        model_version=told.model_version,
        shown_score=told.shown_score,
        occurred_time=time_to_wire(told.occurred_time),
    )
    superseded = stored.supersede_time
    return feedback_pb2.StoredFeedback(
        feedback=wire,
        confidence=stored.confidence,
        revision=stored.revision,
        actor=stored.actor,
        record_time=time_to_wire(stored.record_time),
        create_time=time_to_wire(stored.create_time),
        supersede_time=None if superseded is None else time_to_wire(superseded),
    )
