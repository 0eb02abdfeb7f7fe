"""Feedback as rows, as the body of a request and as its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from core.adapters.sql.idempotency import Json
from core.feedback.feedback import Feedback, FeedbackAction, FeedbackSource, StoredFeedback
from core.feedback.told import FeedbackWrite
from core.identifiers import LeadId, TenantId
from core.paging import page_token_error


def row_of(tenant: TenantId, stored: StoredFeedback) -> dict[str, Any]:
    """Return the row of a newest revision."""
    feedback = stored.feedback
    return {
        "tenant": tenant,
        "feedback_id": feedback.feedback_id,
        "revision": stored.revision,
        "lead_id": feedback.lead_id,
        "action_type": feedback.action.value,
        "user_rating": feedback.user_rating,
        "interaction_duration": _seconds(feedback.interaction_duration),
        "feedback_source": feedback.source.value,
        "feedback_confidence": stored.confidence,
        "contact_successful": feedback.contact_successful,
        "contact_response_time": _seconds(feedback.contact_response_time),
        "conversion_value": feedback.conversion_value,
        "session_id": feedback.session_id,
        "agent_id": feedback.agent_id,
        "user_agent": feedback.user_agent_pseudonym,
        "ip_address": feedback.address_pseudonym,
        "model_version": feedback.model_version,
        "prediction_score": feedback.shown_score,
        "token_id": feedback.token_id,
        "actor": stored.actor,
        "occurred_time": feedback.occurred_time,
        "created_at": stored.create_time,
        "updated_at": stored.record_time,
    }


def stored_of(row: Row[Any]) -> StoredFeedback:
    """Return the revision a row holds; ``superseded_at`` is None where it is the newest."""
    return StoredFeedback(
        feedback=Feedback(
            feedback_id=row.feedback_id,
            lead_id=LeadId(row.lead_id),
            action=FeedbackAction(row.action_type),
            user_rating=row.user_rating,
            interaction_duration=_duration(row.interaction_duration),
            contact_successful=row.contact_successful,
            contact_response_time=_duration(row.contact_response_time),
            conversion_value=row.conversion_value,
            session_id=row.session_id,
            source=FeedbackSource(row.feedback_source),
            agent_id=row.agent_id,
            model_version=row.model_version,
            shown_score=row.prediction_score,
            token_id=row.token_id,
            occurred_time=row.occurred_time,
            user_agent_pseudonym=row.user_agent,
            address_pseudonym=row.ip_address,
        ),
        confidence=row.feedback_confidence,
        revision=row.revision,
        actor=row.actor,
        create_time=row.created_at,
        record_time=row.updated_at,
        supersede_time=row.superseded_at,
    )


def first_revision(write: FeedbackWrite, actor: str, now: datetime) -> StoredFeedback:
    """Return what is kept if nothing was said under its id before."""
    feedback = write.feedback if write.says_when else replace(write.feedback, occurred_time=now)
    return StoredFeedback(
        feedback=feedback, confidence=write.confidence, revision=1, actor=actor, create_time=now, record_time=now
    )


def body_of(write: FeedbackWrite) -> Json:
    """Return what a request says, to tell one from another. A time left open stays open here."""
    feedback = write.feedback
    return [
        feedback.feedback_id,
        feedback.lead_id,
        feedback.action.value,
        feedback.user_rating,
        _seconds(feedback.interaction_duration),
        feedback.contact_successful,
        _seconds(feedback.contact_response_time),
        feedback.conversion_value,
        feedback.session_id,
        feedback.source.value,
        feedback.agent_id,
        feedback.model_version,
        feedback.shown_score,
        feedback.token_id,
        feedback.occurred_time.astimezone(UTC).isoformat() if write.says_when else None,
        feedback.user_agent_pseudonym,
        feedback.address_pseudonym,
    ]


def answer_of(stored: StoredFeedback) -> Json:
    """Return what the request does not say itself. :func:`answered` is its inverse."""
    return [
        stored.revision,
        stored.confidence,
        stored.actor,
        stored.feedback.occurred_time.isoformat(),
        stored.create_time.isoformat(),
        stored.record_time.isoformat(),
    ]


def answered(write: FeedbackWrite, answer: Json) -> StoredFeedback:
    """Return the answer that was given to this request."""
    revision, confidence, actor, occurred, created, recorded = answer
    return StoredFeedback(
        feedback=replace(write.feedback, occurred_time=datetime.fromisoformat(occurred)),
        confidence=confidence,
        revision=revision,
        actor=actor,
        create_time=datetime.fromisoformat(created),
        record_time=datetime.fromisoformat(recorded),
    )


def superseded_row(row: Row[Any], superseded_at: datetime) -> Mapping[str, Any]:
    """Return the row of history of a newest revision that is corrected."""
    return {**row._mapping, "superseded_at": superseded_at}  # noqa: SLF001  public in spite of its name


def page_key(stored: StoredFeedback) -> str:
    """Return the key of a revision in a list ordered by (occurred_time, feedback_id, revision)."""
    return f"{stored.feedback.occurred_time.isoformat()}/{stored.revision}/{stored.feedback.feedback_id}"


def read_page_key(key: str) -> tuple[datetime, str, int]:
    """Return (occurred_time, feedback_id, revision) of a key. It comes back from a caller, so that it may be anything.

    Raises:
        InvalidInput: If :func:`page_key` did not make it.
    """
    time_text, _, rest = key.partition("/")
    revision, _, feedback_id = rest.partition("/")
    try:
        # Near the ends of the calendar a moment has no name in UTC, and one without an offset has none at all.
        moment, number = datetime.fromisoformat(time_text), int(revision)
        if moment.tzinfo is None or not 0 < number < _MOST_REVISIONS or "\x00" in feedback_id:
            raise page_token_error()
        return moment.astimezone(UTC), feedback_id, number
    except (ValueError, OverflowError) as error:
        raise page_token_error() from error


_MOST_REVISIONS = 2**31


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
