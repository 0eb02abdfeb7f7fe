"""Feedback as somebody tells it, before anything of it is checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.feedback.feedback import Feedback, FeedbackAction, FeedbackSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFeedback:
    """What a caller said. ``None`` and "" mean "not said"; the fields are those of the wire."""

    feedback_id: str = ""
    lead_id: str
    action: FeedbackAction
    user_rating: float | None = None
    interaction_duration: timedelta | None = None
    contact_successful: bool | None = None
    contact_response_time: timedelta | None = None
    conversion_value: float | None = None
    session_id: str = ""
    source: FeedbackSource = FeedbackSource.MANUAL
    agent_id: str = ""
    attribution_token: str = ""
    model_version: str = ""
    shown_score: float | None = None
    occurred_time: datetime | None = None
    user_agent: str = ""
    ip_address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackWrite:
    """Feedback that is fit to be kept."""

    feedback: Feedback
    """Its ``occurred_time`` is the present moment where nobody said when."""
    says_when: bool
    """Whether the caller said when it happened. If not it happened at the moment of recording, and the same request
    sent again later is still the same request."""
    confidence: float
    """In [0, 1]."""
