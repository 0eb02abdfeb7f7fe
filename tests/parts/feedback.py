"""Feedback for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from core.caller import Caller
from core.feedback.feedback import Feedback, FeedbackAction
from core.feedback.told import FeedbackWrite
from core.identifiers import LeadId

OCCURRED = datetime(2026, 2, 20, 8, 0, 0, 1, tzinfo=UTC)


def feedback(feedback_id: str = "f1", lead_id: str = "a", **fields) -> Feedback:
    """Return a view of a lead, or what ``fields`` say."""
    told = {"action": FeedbackAction.VIEW, "occurred_time": OCCURRED, "agent_id": "ann", **fields}
    return Feedback(feedback_id=feedback_id, lead_id=LeadId(lead_id), **told)


def feedback_write(
    feedback_id: str = "f1", lead_id: str = "a", *, confidence: float = 0.5, says_when: bool = True, **fields
) -> FeedbackWrite:
    """Return it fit to be kept."""
    return FeedbackWrite(feedback=feedback(feedback_id, lead_id, **fields), says_when=says_when, confidence=confidence)


def record(store, caller: Caller, request_id: str, *writes: FeedbackWrite, method: str = "RecordFeedback"):
    """Record and return what is kept: the only one, or all."""
    stored = store.record(caller, request_id, method, writes)
    return stored[0] if len(stored) == 1 else stored
